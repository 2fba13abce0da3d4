"""Lengths and areas that grow with the image: the code gives them for a frame 224 pixels high."""

FRAME_HEIGHT = 224


def length(pixels: float, shape: tuple[int, ...]) -> float:
    """Convert a length in a frame of 224 rows to pixels of an image of some shape (height, ...)."""
    return pixels * shape[0] / FRAME_HEIGHT


def area(pixels: float, shape: tuple[int, ...]) -> int:
    """Convert an area in a frame of 224 rows to whole pixels of an image of some shape (height, ...)."""
    return round(pixels * (shape[0] / FRAME_HEIGHT) ** 2)
