"""What one network looks at in the test images: Grad-CAM, and its answers to altered images."""

import logging
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from leukosmear.attention.interventions import Intervention, plan_interventions
from leukosmear.attention.regions import shares_of_regions
from leukosmear.model_images import LabelledImages
from leukosmear.parameters import AttentionParameters
from leukosmear.predictions import Predict, predictions_table
from leukosmear.schemas import SPLIT_NAME

if TYPE_CHECKING:
    from leukosmear.attention.gradcam import Cut

logger = logging.getLogger(__name__)


def measure_attention(
    cut: "Cut",
    images: LabelledImages,
    rows: pd.DataFrame,
    regions: np.ndarray,
    batch_size: int,
    parameters: AttentionParameters,
) -> tuple[pd.DataFrame, dict[str, np.ndarray]]:
    """Compute Grad-CAM for every image, and how it is shared out among cells, background and scale bar.

    Args:
        cut: The network, cut where Grad-CAM looks.
        images: The test images.
        rows: The same images as they stand in the split.
        regions: uint8 array of shape (n, height, width): the codes of the regions.
        batch_size: Images at a time.
        parameters: How many images are kept to be shown.

    Returns:
        One row per image: `protocol`, `fold`, `seed`, `image_id`, `side`, `label`, `predicted`, the shares of
        `shares_of_regions`, and the `grid_rows` and `grid_columns` of the features that the attention was read off.
        And of the images to be shown the arrays `image_id`, `pixels` and `attention`, uint8 of shape (k, height,
        width), 255 where it is highest.
    """
    from leukosmear.attention.gradcam import heat_maps

    shown = choose_examples(images, parameters)
    tables, kept = [], []
    for start in range(0, len(images), batch_size):
        here = slice(start, start + batch_size)
        maps, named = heat_maps(cut, images.pixels[here])
        predicted = [images.classes[index] for index in named]
        tables.append(shares_of_regions(maps, regions[here]).assign(predicted=predicted))
        kept.append(_as_levels(maps[[i - start for i in shown if start <= i < start + len(maps)]]))
    high, wide = cut.grid
    logger.debug("Grad-CAM of %s images on %s x %s places", f"{len(images):,}", high, wide)
    names = rows[[*SPLIT_NAME, "image_id", "side", "label"]].reset_index(drop=True)
    table = names.join(pd.concat(tables, ignore_index=True)).assign(grid_rows=high, grid_columns=wide)
    examples = {
        "image_id": np.array(images.image_ids, dtype=np.str_)[shown],
        "pixels": images.pixels[shown],
        "attention": np.concatenate(kept),
    }
    return table, examples


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


def choose_examples(images: LabelledImages, parameters: AttentionParameters) -> list[int]:
    """Draw the images to be shown, the same for all networks: positions, in order."""
    generator = np.random.default_rng(parameters.seed)
    chosen: list[int] = []
    for label in np.unique(images.labels):
        members = np.flatnonzero(images.labels == label)
        size = min(parameters.images_per_class, len(members))
        chosen += generator.choice(members, size, replace=False).tolist()
    return sorted(chosen)


def _as_levels(maps: np.ndarray) -> np.ndarray:
    highest = np.maximum(maps.max(axis=(1, 2), keepdims=True, initial=0), 1e-12)
    return np.rint(255 * maps / highest).astype(np.uint8)


def predict_altered(
    predict: Predict,
    images: LabelledImages,
    rows: pd.DataFrame,
    regions: np.ndarray,
    batch_size: int,
) -> pd.DataFrame:
    """Apply a network to images whose cells or background were exchanged.

    Args:
        predict: Applies a network to raw pixels.
        images: The test images.
        rows: The same images as they stand in the split.
        regions: uint8 array of shape (n, height, width): the codes of the regions.
        batch_size: Images at a time.

    Returns:
        For each intervention of `plan_interventions` one row per image: `intervention`, `donor_label` (the class of
        the image that gave the background; missing where none did) and the columns of `Predictions`.
    """
    plans = plan_interventions(images.pixels, regions, images.labels)
    probabilities = np.concatenate([predict(batch) for batch in _altered_batches(plans, batch_size)])
    tables, start = [], 0
    for name, plan in plans.items():
        end = start + len(plan.images)
        table = predictions_table(rows.iloc[plan.images], probabilities[start:end], images.classes)
        donors = None if plan.donors is None else [images.classes[label] for label in images.labels[plan.donors]]
        # as strings, so that Parquet knows the type of a column that is missing throughout
        donor_label = pd.Series(donors or [None] * len(table), dtype="string")
        tables.append(table.assign(intervention=name, donor_label=donor_label))
        start = end
    return pd.concat(tables, ignore_index=True)


def _altered_batches(plans: Mapping[str, Intervention], batch_size: int) -> Iterator[np.ndarray]:
    """Make the altered images, as many at a time as the network takes: calls of a deep one cost more than images."""
    batch: list[np.ndarray] = []
    for plan in plans.values():
        for place in range(len(plan.images)):
            batch.append(plan.alter(place))
            if len(batch) == batch_size:
                yield np.stack(batch)
                batch = []
    if batch:
        yield np.stack(batch)
