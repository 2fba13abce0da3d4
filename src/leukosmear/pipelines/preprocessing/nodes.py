"""Nodes that divide the images."""

import logging
from typing import Any

import pandas as pd

from leukosmear.parameters import SplitParameters
from leukosmear.schemas import Splits
from leukosmear.splitting import PROTOCOLS
from leukosmear.splitting.leakage import RELATIONS, describe_leakage, join_hashes

logger = logging.getLogger(__name__)


def split_images(accepted_images: pd.DataFrame, parameters: SplitParameters) -> pd.DataFrame:
    """Divide the accepted images into train, validation and test.

    Args:
        accepted_images: Columns `image_id`, `label`, `field_id` and `acquisition_id`, and `scale_bar` for the
            protocol leave_stream_out.
        parameters: The protocol and what it needs.

    Returns:
        A `Splits` in the order of `accepted_images`.

    Raises:
        ValueError: If the images cannot be divided by this protocol.
    """
    divided = PROTOCOLS[parameters.protocol](accepted_images, parameters)
    logger.info("Split by protocol %s: %s", parameters.protocol, divided["side"].value_counts().to_dict())
    return divided[list(Splits.to_schema().columns)]


def measure_leakage(split: pd.DataFrame, accepted_images: pd.DataFrame, parameters: SplitParameters) -> dict[str, Any]:
    """Measure how many images of validation and test resemble training images for other reasons than their class.

    Args:
        split: A `Splits`.
        accepted_images: Columns `image_id` and `sha256`.
        parameters: The protocol that made the split.

    Returns:
        `protocol`, and for each of `validation` and `test` what `describe_leakage` counts.

    Raises:
        ValueError: If the manifest has images that were not accepted.
    """
    images = join_hashes(split, accepted_images)
    leakage = {side: describe_leakage(images, side) for side in ("validation", "test")}
    for side, counts in leakage.items():
        logger.info(
            "Of %s images in %s, train has an identical copy of %s, the field of view of %s, the acquisition of %s",
            f"{counts['n_images']:,}",
            side,
            *(f"{counts[relation]['n_images']:,}" for relation in RELATIONS),
        )
    return {"protocol": parameters.protocol, **leakage}
