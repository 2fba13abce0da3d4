"""The node that applies a network: what it says of the images it has not learnt, and what it looks at in them."""

from typing import Any

import numpy as np
import pandas as pd

from leukosmear.attention.measuring import choose_images, measure_attention, predict_altered
from leukosmear.datasets.image_folder import ImageFolder
from leukosmear.model_images import Partitions, StoredImages, class_names, load_side, rows_of
from leukosmear.parameters import AttentionParameters, TrainingParameters
from leukosmear.prediction.timing import time_one_image
from leukosmear.predictions import PREDICTED_SIDES, Predict, predictions_table
from leukosmear.preparation import Preparations

# A `keras.Model`. Kedro reads the types of a node's arguments, which may not hold what is imported when it runs.
Network = Any


def apply_network(
    network: Network,
    model_images: Partitions,
    split: pd.DataFrame,
    raw_images: ImageFolder,
    accepted_images: pd.DataFrame,
    preparations: dict[str, Any],
    training: TrainingParameters,
    attention: AttentionParameters,
) -> tuple[pd.DataFrame, float, pd.DataFrame, pd.DataFrame, dict[str, np.ndarray]]:
    """Predict the images of validation and test, and find out what of the test images decides.

    One node does it all, since loading a deep network takes longer than applying it to a thousand images.

    Args:
        network: A trained network.
        model_images: Partitions of model images and of their regions.
        split: One fold of `Splits`.
        raw_images: The data set's folder, for the time that one image takes from its file on.
        accepted_images: Columns `image_id`, `file_name` and `sha256`.
        preparations: How model images are made of files.
        training: Its `images_per_call` is used here.
        attention: Which images are looked at, and which are kept to be shown.

    Returns:
        `Predictions` for validation and test; milliseconds for one image; and of some test images the shares of the
        attention, see `attention.measuring.measure_attention`, the predictions where cells or background were
        exchanged, see `attention.measuring.predict_altered`, and examples with their attention.
    """
    from leukosmear.attention.gradcam import cut_network

    chosen = choose_images(split[split["side"] == "test"], attention)
    looked_at = split[split["image_id"].isin(chosen) | (split["side"] != "test")]
    images, rows = load_side(model_images, looked_at, "test"), rows_of(looked_at, "test")
    regions = StoredImages(model_images, images.image_ids).gather("regions")
    cut = cut_network(network)
    prepare = Preparations.model_validate(preparations).model_images.apply
    shares, examples = measure_attention(cut, images, rows, regions, training.images_per_call, attention)
    altered = predict_altered(cut.predict, images, rows, regions, training.images_per_call)
    predictions = predict_with_network(cut.predict, model_images, split, training)
    milliseconds = time_one_image(
        lambda data: cut.predict(prepare(data)[np.newaxis]), raw_images, accepted_images, split
    )
    return predictions, milliseconds, shares, altered, examples


def predict_with_network(
    predict: Predict, model_images: Partitions, split: pd.DataFrame, training: TrainingParameters
) -> pd.DataFrame:
    """Apply a network to the images that it was not trained on.

    Args:
        predict: Applies the network to pixels, uint8 of shape (n, height, width, 3).
        model_images: Partitions of model images.
        split: Columns `image_id`, `label` and `side`.
        training: Its `images_per_call` is used here.

    Returns:
        `Predictions` for the validation and test sides.
    """
    classes = class_names(split)
    tables = []
    for side in PREDICTED_SIDES:
        images = rows_of(split, side)
        stored = StoredImages(model_images, list(images["image_id"]))
        batches = stored.in_batches("pixels", training.images_per_call)
        probabilities = np.concatenate([predict(pixels) for pixels in batches])
        tables.append(predictions_table(images, probabilities, classes))
    return pd.concat(tables, ignore_index=True)
