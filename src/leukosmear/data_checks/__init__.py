"""Verdicts on a data set: each check says what it expects, what it found, and names every case."""
