"""Stain that is stronger or weaker than it was, as between two laboratories or two days of one."""

from typing import Any

import numpy as np
from keras import ops
from skimage.color import rgb_from_bex

from leukosmear.parameters import AugmentationParameters

# Random numbers that staining an image anew takes: a factor and a shift for each of the two stains.
N_NUMBERS = 4

# The colours of the stains in optical density, RGB, a row each: azure and methylene blue, eosin, and what neither of
# them explains. Smears are stained with these (Giemsa, Leishman, Wright), not with haematoxylin and eosin.
STAINS = np.asarray(rgb_from_bex, np.float32)
UNMIXING = np.linalg.inv(STAINS)


def restain(images: Any, numbers: Any, parameters: AugmentationParameters) -> Any:  # noqa: ANN401 - tensors of the backend
    """Multiply and shift the amounts of the two stains, image by image.

    Light falls off with the amount of a stain as Beer and Lambert say, so amounts are found in optical density by the
    colour deconvolution of Ruifrok and Johnston (Anal Quant Cytol Histol 23, 2001), changed there, and mixed again, as
    in Tellez et al. (2018, doi 10.1109/TMI.2018.2820199; 2019, doi 10.1016/j.media.2019.101544), whose light variant
    has factors from 0.95 to 1.05 and whose strong one from 0.8 to 1.2. What neither stain explains stays.

    Args:
        images: float32 tensor of shape (n, height, width, 3), RGB, 0 to 255.
        numbers: Random numbers from -1 to 1, of shape (n, 4).
        parameters: How large the changes may be.

    Returns:
        float32 tensor of the shape of `images`, 0 to 255.
    """
    unchanged = ops.zeros_like(numbers[:, :1])
    factors = 1 + parameters.stain_factor * ops.concatenate([numbers[:, :2], unchanged], axis=1)
    shifts = parameters.stain_shift * ops.concatenate([numbers[:, 2:4], unchanged], axis=1)
    # Unmixing, changing and mixing are one 3 x 3 matrix per image.
    change = ops.matmul(UNMIXING * factors[:, None, :], STAINS)
    shift = ops.matmul(shifts, STAINS)
    # Counted from 1 to 256, so that black has a logarithm.
    density = (np.log(256) - ops.log(images + 1)) / np.log(10)
    density = sum(density[..., index : index + 1] * change[:, None, None, index] for index in range(3))
    density = density + shift[:, None, None]
    return ops.clip(256 * ops.exp(-np.log(10) * density) - 1, 0, 255)
