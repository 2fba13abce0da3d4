"""Which pixels of a smear are stained like nuclei."""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from skimage.filters import threshold_otsu
from skimage.morphology import remove_small_holes, remove_small_objects

from leukosmear.cells.lengths import area, length
from leukosmear.cells.morphology import open_by_disk

Mask = NDArray[np.bool_]

_BLUR = 1.0  # standard deviation in pixels: evens out the noise of JPEG
_OPENING = 2  # radius in pixels: strands thinner than this are no part of a nucleus
_LARGEST_HOLE = 200  # pixels: vacuoles and pale chromatin are filled
_SMALLEST_NUCLEUS = 80  # pixels: platelets and specks are smaller

# Units of CIELAB's a*. Chromatin has 15 to 60, red cells and the field -10 to 5; so in an image without a nucleus,
# where Otsu's threshold parts red cells from the field, nothing is above the lowest.
_LOWEST_THRESHOLD = 6.0
# Where a tinge of red cells is above the first threshold: they are weakly violet, and far from the nuclei.
_WEAK = 13.0
_GAP = 22.0

_FEW = 50  # pixels, too few to be parted once more


def find_nuclei(lab: NDArray[np.floating], seen: Mask) -> tuple[Mask, Mask]:
    """Find what is stained like chromatin.

    Chromatin binds the azure and eosin of Romanowsky stains to violet: high a*, and a b* below 0, which eosin alone
    (red cells, eosinophil granules) has not. Otsu's method (1979, doi 10.1109/TSMC.1979.4310076) parts violet from the
    rest of the image.

    Args:
        lab: CIELAB, shape (height, width, 3).
        seen: bool (height, width): the pixels that may be looked at.

    Returns:
        The nuclei, smoothed, without holes and specks; and everything above the threshold. Both bool (height, width).
    """
    violet = ndimage.gaussian_filter(lab[..., 1] - np.maximum(lab[..., 2], 0), length(_BLUR, seen.shape))
    stained = (violet > violet_threshold(violet[seen])) & seen
    nuclei = open_by_disk(stained, round(length(_OPENING, seen.shape)))
    nuclei = remove_small_holes(nuclei, max_size=area(_LARGEST_HOLE, seen.shape))
    return remove_small_objects(nuclei & seen, max_size=area(_SMALLEST_NUCLEUS, seen.shape)), stained


def violet_threshold(violet: NDArray[np.floating]) -> float:
    """Where what is violet begins, in units of a*.

    Args:
        violet: How violet the pixels are, any shape.
    """
    threshold = max(float(threshold_otsu(violet)), _LOWEST_THRESHOLD)
    above = violet[violet > threshold]
    if len(above) < _FEW:
        return threshold
    second = float(threshold_otsu(above))
    low, high = above[above <= second].mean(), above[above > second].mean()
    return second if low < _WEAK and high - low > _GAP else threshold
