"""What results were made from, and whether they still belong together."""
