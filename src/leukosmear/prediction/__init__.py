"""Applying a trained model, and what has to travel with it."""
