"""Pixels as features, for the estimators that work on whole images."""

import numpy as np
import pandas as pd
from PIL import Image

from leukosmear.features.whole_image import pixel_names
from leukosmear.model_images import Partitions
from leukosmear.parameters import PixelFeatureParameters


def pixels_as_features(model_images: Partitions, parameters: PixelFeatureParameters) -> pd.DataFrame:
    """Average every image down to a few pixels and lay them out as a row.

    Args:
        model_images: Partitions of model images.
        parameters: Size of the reduced images.

    Returns:
        `image_id` and 3 x size x size columns `row<y>_column<x>_<channel>`, uint8.
    """
    size = parameters.size
    tables = []
    for name in sorted(model_images):
        partition = model_images[name]()
        rows = np.stack([_reduce(pixels, size) for pixels in partition["pixels"]])
        table = pd.DataFrame(rows, columns=pixel_names(size, size))
        table.insert(0, "image_id", partition["image_id"].astype(str))
        tables.append(table)
    return pd.concat(tables, ignore_index=True)


def pixel_row(pixels: np.ndarray, size: int) -> dict[str, float]:
    """Average one model image, uint8 (height, width, 3), down to size x size pixels: its row without the name."""
    return dict(zip(pixel_names(size, size), _reduce(pixels, size).tolist(), strict=True))


def _reduce(pixels: np.ndarray, size: int) -> np.ndarray:
    return np.asarray(Image.fromarray(pixels).resize((size, size), Image.Resampling.BOX)).ravel()
