"""Which of the pixels of touching nuclei belong together."""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.sparse.csgraph import connected_components
from skimage.segmentation import watershed

from leukosmear.cells.lengths import length

Labels = NDArray[np.int32]
Mask = NDArray[np.bool_]

_BLUR = 1.0  # standard deviation in pixels of the smoothing of the distance transform
_PEAK_WINDOW = 9  # pixels: peaks nearer to each other than half of this are one
# Two nuclei touch in a neck that is narrower than either; a bent or notched one has no such neck.
_WIDEST_NECK = 0.88


def split_touching(mask: Mask) -> Labels:
    """Part touching nuclei by the watershed of the distance to the edge (Beucher and Lantuejoul 1979).

    A nucleus that is not round has several peaks of that distance, so parts are united again where the neck between
    them is nearly as wide as the smaller one.

    Args:
        mask: bool (height, width): where nuclei are.

    Returns:
        int32 (height, width): 1 to n inside of the nuclei, from top to bottom, 0 elsewhere.
    """
    distance = ndimage.gaussian_filter(_distance_to_edge(mask), length(_BLUR, mask.shape))
    window = max(3, 2 * round(length(_PEAK_WINDOW, mask.shape) / 2) + 1)
    peaks = (distance == ndimage.maximum_filter(distance, window)) & mask
    markers, n_parts = ndimage.label(peaks, np.ones((3, 3)))
    parts = watershed(-distance, markers, mask=mask)
    heights = np.zeros(n_parts + 1, distance.dtype)
    heights[markers[peaks]] = distance[peaks]
    return _unite(parts, heights, distance)


def _distance_to_edge(mask: Mask) -> NDArray[np.float64]:
    """Measure how far it is from each pixel of a mask to the nearest other pixel.

    Region by region, as most of the image is in none. The frame counts as an edge, or a cell that it cuts would seem to
    go on for ever.
    """
    regions, _ = ndimage.label(mask, np.ones((3, 3)))
    distance = np.zeros(mask.shape)
    for number, box in enumerate(ndimage.find_objects(regions), 1):
        region = regions[box] == number
        distance[box] += ndimage.distance_transform_edt(np.pad(region, 1))[1:-1, 1:-1]
    return distance


def _unite(parts: NDArray[np.integer], heights: NDArray[np.floating], distance: NDArray[np.floating]) -> Labels:
    """Unite parts with a wide neck between them under one number; 0 stays 0."""
    n = len(heights)
    ones, others, necks = _necks(parts, distance)
    widths = np.zeros((n, n), distance.dtype)
    np.maximum.at(widths, (ones, others), necks)
    wide = widths > _WIDEST_NECK * np.minimum.outer(heights, heights)
    return np.take(connected_components(wide, directed=False)[1].astype(np.int32), parts)


def _necks(parts: NDArray[np.integer], distance: NDArray[np.floating]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """For each pair of neighbouring pixels of different parts: both parts, and the smaller distance to the edge."""
    found = []
    for one, other in ((np.s_[:, 1:], np.s_[:, :-1]), (np.s_[1:], np.s_[:-1])):
        touching = (parts[one] != parts[other]) & (parts[one] > 0) & (parts[other] > 0)
        height = np.minimum(distance[one][touching], distance[other][touching])
        found.append((parts[one][touching], parts[other][touching], height))
    ones, others, heights = (np.concatenate(column) for column in zip(*found, strict=True))
    return np.minimum(ones, others), np.maximum(ones, others), heights
