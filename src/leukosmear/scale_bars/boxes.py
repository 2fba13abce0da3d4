"""Rectangles of images: in pixels, and as shares of the frame; and what is known of a scale bar in one."""

import math
from dataclasses import dataclass

FRAME = 224  # pixels of a frame's shorter side for which lengths are given

_ROUNDING = 1e-6  # pixels by which shares may be off


def scaled(pixels: int, shape: tuple[int, ...]) -> int:
    """Convert a length in a frame of 224 pixels to whole pixels of a frame of some shape; never less than given."""
    return max(pixels, round(pixels * min(shape[:2]) / FRAME))


@dataclass(frozen=True)
class Box:
    """A rectangle of pixels; right and bottom are exclusive."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def width(self) -> int:
        """Columns."""
        return self.right - self.left

    @property
    def height(self) -> int:
        """Rows."""
        return self.bottom - self.top

    @property
    def slices(self) -> tuple[slice, slice]:
        """What to index an array of shape (height, width, ...) with."""
        return slice(self.top, self.bottom), slice(self.left, self.right)

    @property
    def edges(self) -> tuple[int, int, int, int]:
        """Left, top, right and bottom, as Pillow takes a rectangle."""
        return self.left, self.top, self.right, self.bottom

    def seen_from(self, other: "Box") -> "Box":
        """Count the rectangle from the left and the top of another."""
        return Box(self.left - other.left, self.top - other.top, self.right - other.left, self.bottom - other.top)

    def grown(self, across: int, down: int, shape: tuple[int, ...]) -> "Box":
        """Add a margin on each side, cut at the edges of an image of some shape (height, width, ...)."""
        return Box(
            max(self.left - across, 0),
            max(self.top - down, 0),
            min(self.right + across, shape[1]),
            min(self.bottom + down, shape[0]),
        )


@dataclass(frozen=True)
class ScaleBar:
    """A scale bar that was found.

    Attributes:
        colour: Colour of the ink.
        box: What the mark covers: lines, ticks, text, its white box, and a margin for the ringing of JPEG.
        ink: What the certain pixels of the ink span, without box and margin.
        cells: The part of the frame that `pattern` covers, in cells: pixels of a frame of 224.
        pattern: One byte for each of these cells, row by row: 0 unsure, 1 certainly free of ink, 2 certainly ink.
    """

    colour: str
    box: Box
    ink: Box
    cells: Box
    pattern: bytes


@dataclass(frozen=True)
class Region:
    """A rectangle as shares of an image's width and height, 0 to 1."""

    left: float
    top: float
    right: float
    bottom: float

    def box(self, width: int, height: int) -> Box:
        """Find the pixels of an image of some size that the rectangle touches."""
        return Box(
            math.floor(self.left * width + _ROUNDING),
            math.floor(self.top * height + _ROUNDING),
            math.ceil(self.right * width - _ROUNDING),
            math.ceil(self.bottom * height - _ROUNDING),
        )

    def meets(self, other: "Region") -> bool:
        """Tell whether two rectangles overlap."""
        across = self.left < other.right and other.left < self.right
        return across and self.top < other.bottom and other.top < self.bottom

    def joined(self, other: "Region") -> "Region":
        """Draw the smallest rectangle around two."""
        return Region(
            min(self.left, other.left),
            min(self.top, other.top),
            max(self.right, other.right),
            max(self.bottom, other.bottom),
        )
