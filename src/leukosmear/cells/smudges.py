"""Burst nuclei, which are stained but are no cells to measure."""

import numpy as np
from numpy.typing import NDArray

from leukosmear.cells.hulls import hulls_of

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
    nuclear = nuclei > 0
    owner = nuclei[nuclear]
    areas = np.bincount(owner, minlength=1)
    darkness = np.percentile(lightness, _FIELD) - np.bincount(owner, lightness[nuclear], 1) / np.maximum(areas, 1)
    keep = np.ones(len(areas), bool)
    usual = np.median(darkness[1:]) if len(areas) > 1 else 0.0
    pale = np.flatnonzero(darkness < _PALE * usual)
    pale = pale[pale > 0]  # 0 is no nucleus
    rows, columns = np.nonzero(np.isin(nuclei, pale)) if len(pale) else (pale, pale)
    hulls = hulls_of(rows, columns, nuclei[rows, columns])
    keep[pale] = areas[pale] >= _RAGGED * np.array([hull.area for hull in hulls])
    return np.take(np.where(keep, np.cumsum(keep) - 1, 0).astype(np.int32), nuclei)
