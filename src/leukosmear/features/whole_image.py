"""What is measured of a whole image without looking at cells: controls for what accuracy has to do with cells."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from leukosmear.cells import Segmentation
from leukosmear.cells.lengths import length
from leukosmear.cells.morphology import dilate_by_disk
from leukosmear.scale_bars import Region

CHANNELS = ("red", "green", "blue")

# Pixels around stained cells that are left out too, in a frame of 224 rows: the cells' blur and the ringing of JPEG.
_MARGIN = 4.0

# Where microscope software usually puts the bar, for data sets without any: as large as those of the real data set.
_USUAL_CORNER = Region(0.8, 0.84, 1.0, 1.0)


def measure_background(
    rgb: NDArray[np.uint8], segmentation: Segmentation, hidden: NDArray[np.bool_]
) -> dict[str, float]:
    """Measure the colour of what is no stained cell: the empty field and the red cells.

    Args:
        rgb: uint8 (height, width, 3).
        segmentation: The cells, which are left out with all else that is violet, and a margin around them.
        hidden: bool (height, width): where the image shows nothing.

    Returns:
        Mean and standard deviation of red, green and blue, 0 to 255; missing where nothing is left.
    """
    stained = segmentation.stained | (segmentation.cells > 0)
    left = ~dilate_by_disk(stained, round(length(_MARGIN, stained.shape))) & ~hidden
    result = {}
    for place, channel in enumerate(CHANNELS):
        values = rgb[..., place][left].astype(np.float64)
        result[f"{channel}_mean"] = float(values.mean()) if len(values) else np.nan
        result[f"{channel}_sd"] = float(values.std()) if len(values) else np.nan
    return result


def corner_of(regions: list[Region]) -> Region:
    """Find the smallest rectangle around all scale bars of a data set; without any, the bottom right corner."""
    if not regions:
        return _USUAL_CORNER
    corner = regions[0]
    for region in regions[1:]:
        corner = corner.joined(region)
    return corner


def measure_corner(image: Image.Image, corner: Region, columns: int, rows: int) -> dict[str, float]:
    """Average the part of an image where scale bars are down to a few pixels.

    Args:
        image: RGB, nothing masked.
        corner: Which part, the same for all images.
        columns: Pixels across that are left.
        rows: Pixels down.

    Returns:
        `row<y>_column<x>_<channel>`, 0 to 255.
    """
    box = corner.box(*image.size)
    reduced = image.crop((box.left, box.top, box.right, box.bottom)).resize((columns, rows), Image.Resampling.BOX)
    values = np.asarray(reduced, float).ravel().tolist()
    return dict(zip(pixel_names(columns, rows), values, strict=True))


@lru_cache
def pixel_names(columns: int, rows: int) -> tuple[str, ...]:
    """Name the values of an image of some size, in the order of its array of shape (rows, columns, 3)."""
    return tuple(f"row{y}_column{x}_{channel}" for y in range(rows) for x in range(columns) for channel in CHANNELS)


def measure_histogram(rgb: NDArray[np.uint8], bins: int) -> dict[str, float]:
    """Count the colours of an image.

    Args:
        rgb: uint8 (height, width, 3).
        bins: Of equal width, for each channel.

    Returns:
        `<channel>_bin<k>`: share of the pixels, 0 to 1.
    """
    levels = np.array(Image.fromarray(rgb).histogram()).reshape(3, 256) / rgb[..., 0].size
    first = -(-256 * np.arange(bins) // bins)  # level of each bin
    return {
        f"{channel}_bin{k}": float(share)
        for channel, shares in zip(CHANNELS, np.add.reduceat(levels, first, axis=1), strict=True)
        for k, share in enumerate(shares)
    }
