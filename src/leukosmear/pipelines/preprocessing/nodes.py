"""Nodes of the preprocessing pipeline."""

import logging
import math
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from PIL import Image

from leukosmear.datasets.image_folder import ImageFolder
from leukosmear.decoding import decode_file
from leukosmear.parameters import ImageParameters
from leukosmear.scale_bars import Region, fill_regions, masked_regions
from leukosmear.splitting import list_names
from leukosmear.splitting.leakage import RELATIONS, describe_leakage, join_inventory

logger = logging.getLogger(__name__)

# Images, and their pixels, that a thread holds in full size: filled together small ones take less time, and those of a
# camera would take a lot of memory.
_MOST_AT_ONCE = 16
_MOST_PIXELS = 4_000_000


def make_model_images(
    raw_images: ImageFolder, accepted_images: pd.DataFrame, parameters: ImageParameters
) -> dict[str, Callable[[], dict[str, np.ndarray]]]:
    """Decode and resize every accepted image, once for all models.

    Args:
        raw_images: The data set's folder.
        accepted_images: Columns `image_id`, `file_name`, `width`, `height`, and the boxes of scale bars.
        parameters: Size, masking, interpolation, partition size and threads.

    Returns:
        Partition name to a function that makes the partition when the catalog saves it, so that one partition is
        in memory at a time: `image_id` (n,) and `pixels` (n, size, size * aspect_ratio, 3), uint8, RGB. Images are
        dealt to the partitions in turn: in the order of their names a partition would hold one class only, and
        training that reads a few partitions at a time would learn one class after the other.

    Raises:
        ValueError: If accepted images are no longer in the folder.
    """
    gone = sorted(set(accepted_images["file_name"]) - raw_images.files.keys())
    if gone:
        raise ValueError(
            f"Expected the {len(accepted_images):,} images that data validation accepted. Found {len(gone):,} of them "
            f"gone, such as {gone[:3]}. Run the data_validation pipeline again on the folder as it is now."
        )
    regions = masked_regions(accepted_images) if parameters.mask_scale_bar else []
    logger.info("Scale bars: %s regions are filled in every image", len(regions) or "no")
    n_partitions = math.ceil(len(accepted_images) / parameters.images_per_partition)
    return {
        f"{number:07d}": partial(
            _make_partition,
            raw_images,
            accepted_images.iloc[number::n_partitions],
            regions,
            parameters,
            f"{number + 1:,} of {n_partitions:,}",
        )
        for number in range(n_partitions)
    }


def _make_partition(
    raw_images: ImageFolder, images: pd.DataFrame, regions: list[Region], parameters: ImageParameters, which: str
) -> dict[str, np.ndarray]:
    def make(file_names: pd.Series) -> list[np.ndarray]:
        decoded = [decode_file(raw_images.files, name, parameters.least).rgb for name in file_names]
        # Those of the whole data set, whichever bar an image has: filling each image's own would show by the size of
        # the smooth patch what kind of bar was there, and so the class.
        fill_regions(decoded, regions)
        return [resize(image, parameters) for image in decoded]

    names = images["file_name"]
    share = math.ceil(len(names) / parameters.workers)
    at_once = max(1, min(_MOST_AT_ONCE, share, _MOST_PIXELS // int((images["width"] * images["height"]).max())))
    parts = [names.iloc[start : start + at_once] for start in range(0, len(names), at_once)]
    with ThreadPoolExecutor(parameters.workers) as pool:
        pixels = np.stack([image for part in pool.map(make, parts) for image in part])
    logger.info("Resized the %s images of partition %s", f"{len(images):,}", which)
    return {"image_id": images["image_id"].to_numpy(np.str_), "pixels": pixels}


def resize(image: Image.Image, parameters: ImageParameters) -> np.ndarray:
    """Resize an RGB image by interpolation.

    Returns:
        uint8 array of shape (size, size * aspect_ratio, 3).
    """
    method = Image.Resampling[parameters.interpolation.upper()]
    return np.asarray(image.resize(parameters.shape[::-1], method))


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
