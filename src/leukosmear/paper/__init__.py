"""The paper: its printed figures, and its tables beside ours."""
