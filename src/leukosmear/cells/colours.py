"""From RGB to CIELAB, fast."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from skimage.color import rgb2lab

_BITS = 6  # of each channel


def lab_of(rgb: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Convert pixels to CIELAB (D65, as scikit-image does) by a table of 64 x 64 x 64 colours.

    That takes a tenth of the time of converting each pixel. Grey levels are rounded to the middle of a step of 4, which
    changes a* and b* by about 1 at most, far less than between neighbouring pixels of a JPEG.

    Args:
        rgb: uint8 (height, width, 3).

    Returns:
        L* (0 to 100), a* and b*, shape (height, width, 3).
    """
    levels = rgb >> (8 - _BITS)
    place = levels[..., 0].astype(np.intp)
    for channel in (1, 2):
        place <<= _BITS
        place |= levels[..., channel]
    return np.take(_table(), place, axis=0)


@lru_cache
def _table() -> NDArray[np.float32]:
    step = 2 ** (8 - _BITS)
    levels = (np.arange(2**_BITS, dtype=np.float32) * step + (step - 1) / 2) / 255
    colours = np.stack(np.meshgrid(levels, levels, levels, indexing="ij"), axis=-1)
    return rgb2lab(colours).reshape(-1, 3)
