"""Nodes of the preprocessing pipeline."""

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np
import pandas as pd
from PIL import Image

from leukosmear.datasets.image_folder import ImageFolder
from leukosmear.decoding import decode
from leukosmear.parameters import ImageParameters, SplitParameters
from leukosmear.pipelines.preprocessing.splitting import split_by_image

logger = logging.getLogger(__name__)


def make_model_images(
    raw_images: ImageFolder, accepted_images: pd.DataFrame, parameters: ImageParameters
) -> dict[str, Callable[[], dict[str, np.ndarray]]]:
    """Decode and resize every accepted image, once for all models.

    Args:
        raw_images: The data set's folder.
        accepted_images: Columns `image_id` and `file_name`.
        parameters: Size, interpolation, partition size and threads.

    Returns:
        Partition name to a function that makes the partition when the catalog saves it, so that one partition is
        in memory at a time: `image_id` (n,) and `pixels` (n, size, size, 3), uint8, RGB.

    Raises:
        ValueError: If accepted images are no longer in the folder.
    """
    gone = sorted(set(accepted_images["file_name"]) - raw_images.files.keys())
    if gone:
        raise ValueError(
            f"Expected the {len(accepted_images):,} images that data validation accepted. Found {len(gone):,} of them "
            f"gone, such as {gone[:3]}. Run the data_validation pipeline again on the folder as it is now."
        )
    step = parameters.images_per_partition
    return {
        f"{start:07d}": partial(_make_partition, raw_images, accepted_images.iloc[start : start + step], parameters)
        for start in range(0, len(accepted_images), step)
    }


def _make_partition(
    raw_images: ImageFolder, images: pd.DataFrame, parameters: ImageParameters
) -> dict[str, np.ndarray]:
    def make(file_name: str) -> np.ndarray:
        return resize(decode(raw_images.files[file_name]()).rgb, parameters)

    with ThreadPoolExecutor(parameters.workers) as pool:
        pixels = np.stack(list(pool.map(make, images["file_name"])))
    logger.info("Resized images up to %s", images["image_id"].iloc[-1])
    return {"image_id": images["image_id"].to_numpy(np.str_), "pixels": pixels}


def resize(image: Image.Image, parameters: ImageParameters) -> np.ndarray:
    """Resize an RGB image by interpolation.

    Returns:
        uint8 array of shape (size, size, 3).
    """
    method = Image.Resampling[parameters.interpolation.upper()]
    return np.asarray(image.resize((parameters.size, parameters.size), method))


def split_images(accepted_images: pd.DataFrame, parameters: SplitParameters) -> pd.DataFrame:
    """Divide the accepted images into train, validation and test.

    Returns:
        A `SplitManifest`.
    """
    manifest = split_by_image(accepted_images, parameters)
    logger.info("Split by image: %s", manifest["split"].value_counts().to_dict())
    return manifest
