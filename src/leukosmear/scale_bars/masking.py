"""Which parts of every image to fill, so that no image shows which scale bar it had."""

from typing import TYPE_CHECKING

import numpy as np

from leukosmear.scale_bars.boxes import Region

if TYPE_CHECKING:
    # Processes that measure files import this room, and would wait a second for pandas.
    import pandas as pd


def masked_regions(inventory: "pd.DataFrame") -> list[Region]:
    """Say which parts of every image to fill, so that what is filled does not tell which bar was there.

    Args:
        inventory: Columns `width`, `height`, `bar_left`, `bar_top`, `bar_right` and `bar_bottom`, in pixels; the
            last four missing where an image has no bar.

    Returns:
        Rectangles around all bars, joined where they overlap, from left to right; none where there is no bar.
    """
    bars = inventory.dropna(subset=["bar_left", "bar_top", "bar_right", "bar_bottom"])
    shares = [
        bars[f"bar_{side}"].to_numpy(float) / bars[size].to_numpy(float)
        for side, size in (("left", "width"), ("top", "height"), ("right", "width"), ("bottom", "height"))
    ]
    regions: list[Region] = []
    for corners in np.unique(np.stack(shares, axis=1), axis=0).tolist():
        region = Region(*corners)
        # joining makes a rectangle larger, so that it may meet others
        while met := [other for other in regions if region.meets(other)]:
            for other in met:
                regions.remove(other)
                region = region.joined(other)
        regions.append(region)
    return sorted(regions, key=lambda region: (region.left, region.top))
