"""Nodes that divide the images."""

import logging
from typing import Any

import pandas as pd

from leukosmear.splitting import list_names
from leukosmear.splitting.leakage import RELATIONS, describe_leakage, join_inventory

logger = logging.getLogger(__name__)


def measure_leakage(split: pd.DataFrame, accepted_images: pd.DataFrame) -> dict[str, Any]:
    """Measure how many images of validation and test resemble training images for other reasons than their class.

    Args:
        split: One fold of `Splits`.
        accepted_images: Columns `image_id`, `sha256` and `smear_id`.

    Returns:
        `protocol`, and for each of `validation` and `test` what `describe_leakage` counts.

    Raises:
        ValueError: If the split has images that were not accepted.
    """
    images = join_inventory(split, accepted_images)
    leakage = {side: describe_leakage(images, side) for side in ("validation", "test")}
    for side, counts in leakage.items():
        logger.info(
            "Of %s images in %s, train has an identical copy of %s, the field of view of %s, the acquisition of %s, "
            "the stream of %s, the smear of %s",
            f"{counts['n_images']:,}",
            side,
            *(f"{counts[relation]['n_images']:,}" for relation in RELATIONS),
        )
    (name,) = list_names(split)
    return {"protocol": name.protocol, **leakage}
