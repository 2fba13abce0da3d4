"""Inks of scale bars: how strong each is in a pixel, and how far it stands out from both sides."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from leukosmear.scale_bars.boxes import Box

Mask = NDArray[np.bool_]
Plane = NDArray[np.int16]

_AT_ONCE = 2**16  # pixels whose colours stay in a processor's cache


@dataclass(frozen=True)
class Ink:
    """A colour of ink: how to measure it, from which values on, and whether stains have it, too."""

    strength: Callable[[Plane, Plane, Plane], Plane]
    least: int
    contrast: int
    only_ruled: bool = False

    def strength_in(self, planes: Plane) -> Plane:
        """Measure the strength in each pixel of an image of shape (3, height, width): shape (height, width)."""
        if planes[0].size <= _AT_ONCE:
            return self.strength(*planes)
        strength = np.empty(planes.shape[1:], dtype=np.int16)
        for band in bands(strength.shape):
            strength[band.slices] = self.strength(*planes[(slice(None), *band.slices)])
        return strength


def bands(shape: tuple[int, ...]) -> list[Box]:
    """Cut an image of some shape (height, width, ...) into rows few enough to stay in a processor's cache."""
    height, width = shape[:2]
    rows = max(1, _AT_ONCE // width)
    return [Box(0, top, width, min(top + rows, height)) for top in range(0, height, rows)]


def _blackness(red: Plane, green: Plane, blue: Plane) -> Plane:
    """Subtract twice the chroma from the darkness: nuclei are dark, too, but never grey."""
    highest = np.maximum(np.maximum(red, green), blue)
    lowest = np.minimum(np.minimum(red, green), blue)
    # 255 - 3 * highest + 2 * lowest, in place: this is computed for every pixel of every image
    lowest -= highest
    lowest *= 2
    lowest -= highest
    lowest += 255
    return lowest


# Thresholds lie above what stains reach in 3,256 real images in thin structures of the size of a bar. Nuclei are
# blue, so that this ink needs a ruled line besides. White ink without a box can hardly be seen on a bright field.
INKS: dict[str, Ink] = {
    "black": Ink(_blackness, 90, 60),
    "red": Ink(lambda red, green, blue: red - np.maximum(green, blue), 20, 20),
    "green": Ink(lambda red, green, blue: green - np.maximum(red, blue), 40, 40),
    "yellow": Ink(lambda red, green, blue: np.minimum(red, green) - blue, 75, 40),
    "cyan": Ink(lambda red, green, blue: np.minimum(green, blue) - red, 85, 40),
    "magenta": Ink(lambda red, green, blue: np.minimum(red, blue) - green, 110, 40),
    "blue": Ink(lambda red, green, blue: blue - np.maximum(red, green), 90, 25, only_ruled=True),
}


def lowest_in(planes: Plane, box: Box) -> Plane:
    """Find the weakest colour of each pixel of a box, which tells ink of any colour from a bright field.

    Args:
        planes: The image, shape (3, height, width).
        box: The pixels to look at.
    """
    return np.minimum.reduce(planes[(slice(None), *box.slices)])


def contrast_in(strength: Plane, box: Box, reach: int) -> Plane:
    """Measure how much stronger the ink is than `reach` pixels away on both sides, across or down, whichever is more.

    Solid things of the same colour (cells in a red stain, a dark vignette) have no two such sides. An image goes on
    beyond its edges as it ends there.

    Args:
        strength: Strength of the ink, shape (height, width).
        box: The pixels to look at.
        reach: In pixels.

    Returns:
        One value for each pixel of the box.
    """
    height, width = strength.shape
    rows, columns = np.arange(box.top, box.bottom), np.arange(box.left, box.right)
    upright, sideways = box.slices
    down = np.maximum(
        strength[np.maximum(rows - reach, 0), sideways], strength[np.minimum(rows + reach, height - 1), sideways]
    )
    across = np.maximum(
        strength[upright, np.maximum(columns - reach, 0)], strength[upright, np.minimum(columns + reach, width - 1)]
    )
    return _standing_out(strength[box.slices], down, across)


def contrast_at(strength: Plane, places: NDArray[np.intp], reach: int) -> Plane:
    """Do what `contrast_in` does for single pixels, which is faster where they are few.

    Args:
        strength: Strength of the ink, shape (height, width).
        places: Flat indices of pixels.
        reach: In pixels.

    Returns:
        One value for each place.
    """
    height, width = strength.shape
    rows, columns = np.divmod(places, width)
    flat = strength.reshape(-1)
    down = np.maximum(
        flat[np.maximum(rows - reach, 0) * width + columns],
        flat[np.minimum(rows + reach, height - 1) * width + columns],
    )
    start = places - columns
    across = np.maximum(
        flat[start + np.maximum(columns - reach, 0)], flat[start + np.minimum(columns + reach, width - 1)]
    )
    return _standing_out(flat[places], down, across)


def _standing_out(strength: Plane, down: Plane, across: Plane) -> Plane:
    """Compute the contrast with the stronger of both sides, down and across."""
    sides = np.minimum(down, across)
    # where the surroundings have some of the colour, as cells in a red stain do, more is asked for
    return strength - sides - np.maximum(sides, 0) // 3
