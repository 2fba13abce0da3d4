"""Division of the images into train, validation and test."""

import numpy as np
import pandas as pd

from leukosmear.parameters import SplitParameters
from leukosmear.schemas import SPLITS


def split_by_image(images: pd.DataFrame, parameters: SplitParameters) -> pd.DataFrame:
    """Divide the images of each class at random: the paper's protocol.

    Train and validation get their shares rounded down, test the rest. On the real data set this gives the sizes
    that the paper's figures imply: 2,277, 486 and 493. Images of one slide, even of one field of view, can fall
    on different sides.

    Args:
        images: Columns `image_id` and `label`.
        parameters: Shares and seed.

    Returns:
        A `SplitManifest` in the order of `images`.

    Raises:
        ValueError: If the shares leave nothing for the test split, or a class is too small to be on every side.
    """
    if parameters.train + parameters.validation >= 1:
        raise ValueError(
            "Expected the shares of train and validation to leave some images for the test split. Found "
            f"{parameters.train} + {parameters.validation}. Lower one of them in `split`."
        )
    generator = np.random.default_rng(parameters.seed)
    split = pd.Series("", index=images.index, dtype="str")
    for label, members in images.groupby("label", sort=True):
        n = len(members)
        # Round before flooring: 0.7 * 10 must be 7, not 6.999...
        n_train = int(np.floor(round(parameters.train * n, 9)))
        n_validation = int(np.floor(round(parameters.validation * n, 9)))
        sizes = (n_train, n_validation, n - n_train - n_validation)
        if min(sizes) == 0:
            raise ValueError(
                f"Class '{label}' has too few images to be split: expected at least one image in each of "
                f"{', '.join(SPLITS)}; {n} images give {', '.join(map(str, sizes))}. Add images, change the "
                "shares in `split`, or leave the class out."
            )
        split[generator.permutation(members.index)] = np.repeat(SPLITS, sizes)
    return images[["image_id", "label"]].assign(split=split)
