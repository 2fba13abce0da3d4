"""How attention, and area, are shared out among the regions of an image."""

import numpy as np
import pandas as pd

from leukosmear.cells.regions import REGIONS


def shares_of_regions(maps: np.ndarray, regions: np.ndarray) -> pd.DataFrame:
    """Share out attention, and area, among the regions.

    Args:
        maps: Attention, array of shape (n, height, width), 0 or more.
        regions: uint8 array of the same shape: the codes of the regions.

    Returns:
        n rows; columns `cells`, `background` and `scale_bar`: shares of the attention, 0 to 1, which sum to 1 (missing
        where a map is 0 everywhere); and `cells_area`, `background_area` and `scale_bar_area`: shares of the area.
    """
    total = maps.sum(axis=(1, 2), dtype=np.float64)
    shares = {}
    for name, code in REGIONS.items():
        inside = regions == code
        attention = (maps * inside).sum(axis=(1, 2), dtype=np.float64)
        shares[name] = np.divide(attention, total, out=np.full(len(maps), np.nan), where=total > 0)
        shares[f"{name}_area"] = inside.mean(axis=(1, 2))
    return pd.DataFrame(shares)[[*REGIONS, *(f"{name}_area" for name in REGIONS)]]
