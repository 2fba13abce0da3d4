"""Which parts of an image are stained cells, background, or where a scale bar lies."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from leukosmear.cells.segmentation import Segmentation
from leukosmear.scale_bars import Region

# Codes in the masks of regions.
BACKGROUND, CELL, SCALE_BAR = 0, 1, 2

# Regions in the columns of tables: their codes, and how people call them.
REGIONS = {"cells": CELL, "background": BACKGROUND, "scale_bar": SCALE_BAR}
REGION_NAMES = {"cells": "stained cells", "background": "background", "scale_bar": "filled scale bar"}


def mark_regions(segmentation: Segmentation, bars: Sequence[Region], shape: tuple[int, int]) -> NDArray[np.uint8]:
    """Mark cells and bars of an image on a grid of another size.

    All that is stained counts as cell, burst nuclei and platelets too, so that what is called background holds nothing
    violet.

    Args:
        segmentation: The cells of the image.
        bars: Where scale bars lie, whether they are filled or not.
        shape: Rows and columns of the grid.

    Returns:
        uint8 of that shape: BACKGROUND, CELL or SCALE_BAR.
    """
    stained = Image.fromarray((segmentation.cells > 0) | segmentation.stained).convert("L")
    covered = np.asarray(stained.resize(shape[::-1], Image.Resampling.BOX)) >= 128
    regions = np.where(covered, CELL, BACKGROUND).astype(np.uint8)
    for bar in bars:
        regions[bar.box(*shape[::-1]).slices] = SCALE_BAR
    return regions
