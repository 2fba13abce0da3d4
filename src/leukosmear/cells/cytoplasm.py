"""The cytoplasm around nuclei."""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from leukosmear.cells.lengths import length
from leukosmear.cells.morphology import dilate_by_disk, open_by_disk

Labels = NDArray[np.int32]
Mask = NDArray[np.bool_]

_BLUR = 0.7  # standard deviation in pixels
# How far cytoplasm reaches from its nucleus: a share of the nucleus's radius, and pixels.
_REACH = 0.6
_SHORTEST_REACH, _LONGEST_REACH = 4.0, 14.0
_MARGIN = 3.0  # pixels around what is violet
_AWAY = 14.0  # pixels from the nearest nucleus from which on there is no cytoplasm
_BYSTANDERS = 90  # percentile of how blue things are there: most of the red cells lie below
_SHARE = 0.12  # of the way from red cells to nuclei, from which on something is cytoplasm
_OPENING = 2  # radius in pixels: what is thinner and no rim of a nucleus is no cytoplasm
_FEW = 200  # pixels away from nuclei, too few to know red cells by


def find_cytoplasm(lab: NDArray[np.floating], nuclei: Labels, stained: Mask, seen: Mask) -> Labels:
    """Find what belongs to each nucleus: pixels near it that are bluer than red cells are in the same image.

    RNA in the cytoplasm of lymphocytes and blasts binds the azure dyes, so it is blue to violet (a* - b* is high); red
    cells are stained by eosin, or greyish, but how bluish they are differs from smear to smear. So the threshold is
    taken from each image: between the bluest of what is away from nuclei and the nuclei themselves. Scant cytoplasm of
    less than a pixel is not seen.

    Args:
        lab: CIELAB, shape (height, width, 3).
        nuclei: int32 (height, width): numbers of the nuclei, 0 elsewhere.
        stained: bool (height, width): everything violet; red cells are not measured by it.
        seen: bool (height, width): the pixels that may be looked at.

    Returns:
        int32 (height, width): the numbers over nuclei and cytoplasm.
    """
    if not nuclei.any():
        return nuclei.copy()
    blue = ndimage.gaussian_filter(lab[..., 1] - lab[..., 2], length(_BLUR, nuclei.shape))
    nuclear = nuclei > 0
    squared_distance, owner = _nearest(nuclei)
    radius = np.sqrt(np.bincount(nuclei[nuclear]) / np.pi)
    reach = np.clip(_REACH * radius, length(_SHORTEST_REACH, nuclei.shape), length(_LONGEST_REACH, nuclei.shape))
    violet = dilate_by_disk(stained, round(length(_MARGIN, nuclei.shape)))
    away = blue[(squared_distance > length(_AWAY, nuclei.shape) ** 2) & ~violet & seen]
    typical = float(np.median(blue[nuclear]))
    bystanders = float(np.percentile(away, _BYSTANDERS)) if len(away) >= _FEW else 0.0
    near = squared_distance <= np.take(reach**2, owner)
    cell = near & (blue > bystanders + _SHARE * (typical - bystanders)) & seen
    # Opened, so that neither bridges to other cells nor specks are left; and what hangs on no nucleus is none.
    cell = open_by_disk(cell | nuclear, round(length(_OPENING, nuclei.shape))) | nuclear
    pieces, n_pieces = ndimage.label(cell)
    has_nucleus = np.zeros(n_pieces + 1, bool)
    has_nucleus[pieces[nuclear]] = True
    return np.where(np.take(has_nucleus, pieces), owner, 0)


def _nearest(nuclei: Labels) -> tuple[NDArray[np.int32], Labels]:
    """For each pixel: squared distance to the nearest nucleus in square pixels, and its number."""
    rows, columns = ndimage.distance_transform_edt(nuclei == 0, return_distances=False, return_indices=True)
    owner = nuclei.ravel()[rows * nuclei.shape[1] + columns]
    rows -= np.arange(nuclei.shape[0], dtype=np.int32)[:, np.newaxis]
    columns -= np.arange(nuclei.shape[1], dtype=np.int32)
    return rows * rows + columns * columns, owner
