"""Trained networks as files for phones and other runtimes: making them, running them, comparing what they say."""
