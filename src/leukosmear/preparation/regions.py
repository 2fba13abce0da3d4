"""Where cells and scale bars are in the test images, once for all models that are asked what they look at."""

import logging
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd
from PIL import Image

from leukosmear.attention.regions import BACKGROUND, CELL, SCALE_BAR
from leukosmear.datasets.image_folder import ImageFolder
from leukosmear.decoding import decode_file
from leukosmear.features import Preparation
from leukosmear.parameters import AttentionParameters, FeatureParameters, ImageParameters
from leukosmear.scale_bars import masked_regions

logger = logging.getLogger(__name__)

_BATCH = 128  # images after which the log says how far it is


def mark_regions(
    raw_images: ImageFolder,
    accepted_images: pd.DataFrame,
    split: pd.DataFrame,
    images: ImageParameters,
    features: FeatureParameters,
    attention: AttentionParameters,
) -> dict[str, np.ndarray]:
    """Find the stained cells of test images, and mark them on the grid of the model images.

    Cells are looked for as for measuring them, in frames whose pixels are square. All that is stained counts, burst
    nuclei and platelets too, so that what is called background holds nothing violet.

    Args:
        raw_images: The data set's folder.
        accepted_images: Columns `image_id`, `file_name`, `width`, `height`, and the boxes of scale bars.
        split: Columns `image_id`, `label` and `side`.
        images: Size of the model images.
        features: How images are made ready for finding their cells.
        attention: How many images, and the seed of their choice.

    Returns:
        `image_id` (n,), and `regions`, uint8 of shape (n, height, width): 0 background, 1 stained cell, 2 where scale
        bars lie, which are filled in every image unless `images.mask_scale_bar` is false.
    """
    files = accepted_images.set_index("image_id")["file_name"]
    chosen = choose_images(split[split["side"] == "test"], attention)
    bars = tuple(masked_regions(accepted_images))
    preparation = Preparation(features, bars)

    def mark(image_id: str) -> np.ndarray:
        _, found = preparation.segment(decode_file(raw_images.files, files[image_id]).rgb)
        cells = Image.fromarray((found.cells > 0) | found.stained).convert("L")
        covered = np.asarray(cells.resize(images.shape[::-1], Image.Resampling.BOX)) >= 128
        regions = np.where(covered, CELL, BACKGROUND).astype(np.uint8)
        for bar in bars:
            regions[bar.box(*images.shape[::-1]).slices] = SCALE_BAR
        return regions

    marked = np.empty((len(chosen), *images.shape), np.uint8)
    with ThreadPoolExecutor(features.workers) as pool:
        for index, regions in enumerate(pool.map(mark, chosen)):
            marked[index] = regions
            if (index + 1) % _BATCH == 0 or index + 1 == len(chosen):
                logger.info("Marked the cells of %s of %s test images", f"{index + 1:,}", f"{len(chosen):,}")
    return {"image_id": np.array(chosen, dtype=np.str_), "regions": marked}


def choose_images(test: pd.DataFrame, attention: AttentionParameters) -> list[str]:
    """Draw as many images of each class as its share of the test split, if there are more than are looked at.

    Args:
        test: Columns `image_id` and `label`.
        attention: How many at most, and the seed.

    Returns:
        The names, in the order of the split.
    """
    if len(test) <= attention.images:
        return list(test["image_id"])
    share = attention.images / len(test)
    parts = [
        members.sample(max(1, int(share * len(members))), random_state=attention.seed)
        for _, members in test.groupby("label")
    ]
    return list(test["image_id"][test.index.isin(pd.concat(parts).index)])
