"""Burst nuclei, which are stained but are no cells to measure."""

import numpy as np
from numpy.typing import NDArray

from leukosmear.cells.hulls import hull_of

Labels = NDArray[np.int32]

_FIELD = 90  # percentile of lightness: the empty field
_PALE = 0.6  # of the median darkness of all nuclei
_RAGGED = 0.92  # area over that of the convex hull; that of whole nuclei is 0.95 and more


def drop_smudges(lightness: NDArray[np.floating], nuclei: Labels) -> Labels:
    """Drop nuclei that are both paler than the others of the image and ragged: smudge cells, burst on smearing.

    Either alone is not enough: nuclei of granulocytes are lobed, and those of some blasts pale.

    Args:
        lightness: L* of CIELAB, shape (height, width).
        nuclei: int32 (height, width): numbers of the nuclei, 0 elsewhere.

    Returns:
        The others, numbered anew from 1.
    """
    flat = nuclei.ravel()
    areas = np.bincount(flat)
    darkness = np.percentile(lightness, _FIELD) - np.bincount(flat, lightness.ravel()) / np.maximum(areas, 1)
    keep = np.ones(len(areas), bool)
    usual = np.median(darkness[1:]) if len(areas) > 1 else 0.0
    for label in np.flatnonzero(darkness < _PALE * usual):
        if label:  # 0 is no nucleus
            keep[label] = areas[label] >= _RAGGED * hull_of(*np.nonzero(nuclei == label)).area
    return np.where(keep, np.cumsum(keep) - 1, 0).astype(np.int32)[nuclei]
