"""The table of pairs of images that show the same field of view, of copies too."""

import logging

import numpy as np
import pandas as pd

from leukosmear.inventory import accepted
from leukosmear.parameters import SameFieldParameters
from leukosmear.resemblance.copies import name_copies
from leukosmear.resemblance.same_field import search_same_fields

logger = logging.getLogger(__name__)


def find_same_fields(
    thumbnails: dict[str, np.ndarray], file_measurements: pd.DataFrame, parameters: SameFieldParameters
) -> pd.DataFrame:
    """Find the pairs of images that show the same field of view, one shifted against the other.

    Args:
        thumbnails: `image_id` and `grey` of the accepted images.
        file_measurements: `FileMeasurements`, for the sizes of images and the places of scale bars.
        parameters: What a pair needs.

    Returns:
        `SameFieldPairs`, a before b in the order of the measurements.
    """
    images = accepted(file_measurements).reset_index(drop=True)
    # Copies show the same as their first, so they are not searched, but named with it.
    first = np.flatnonzero(~images["sha256"].duplicated())
    grey = thumbnails["grey"]
    hidden = bar_pixels(images.iloc[first], grey.shape[1])
    found = search_same_fields(grey[first], hidden, parameters)
    pairs = name_copies(found.assign(a=first[found["a"]], b=first[found["b"]]), images["sha256"])
    of_a, of_b = images.loc[pairs["a"]], images.loc[pairs["b"]]
    logger.info("Same fields: %s pairs of %s images", f"{len(pairs):,}", f"{len(images):,}")
    return pd.DataFrame(
        {
            "image_id_a": of_a["image_id"].to_numpy(),
            "image_id_b": of_b["image_id"].to_numpy(),
            "shift_x": pairs["column"].to_numpy() * of_a["width"].to_numpy(float) / grey.shape[2],
            "shift_y": pairs["row"].to_numpy() * of_a["height"].to_numpy(float) / grey.shape[1],
            "overlap": pairs["overlap"].to_numpy(float),
            "correlation": pairs["correlation"].to_numpy(float),
        }
    )


def bar_pixels(images: pd.DataFrame, size: int) -> np.ndarray:
    """Mark the pixels of thumbnails that a scale bar touches: bool of shape (n, size, size)."""
    pixels = np.arange(size)
    hidden = np.zeros((len(images), size, size), dtype=bool)
    for place in np.flatnonzero(images["bar_left"].notna()):
        row = images.iloc[place]
        across, down = size / row["width"], size / row["height"]
        columns = (pixels + 1 > row["bar_left"] * across) & (pixels < row["bar_right"] * across)
        rows = (pixels + 1 > row["bar_top"] * down) & (pixels < row["bar_bottom"] * down)
        hidden[place] = rows[:, None] & columns[None, :]
    return hidden
