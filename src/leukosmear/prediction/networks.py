"""The node that applies a network: what it says of the images it has not learnt, and what it looks at in them."""

import numpy as np
import pandas as pd

from leukosmear.attention.measuring import measure_attention, predict_altered
from leukosmear.model_images import LabelledImages, Partitions, load_side, rows_of
from leukosmear.parameters import AttentionParameters, TrainingParameters
from leukosmear.training.nodes import Network, predict_with_network


def apply_network(
    network: Network,
    model_images: Partitions,
    split: pd.DataFrame,
    test_regions: dict[str, np.ndarray],
    training: TrainingParameters,
    attention: AttentionParameters,
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, dict[str, np.ndarray]]:
    """Predict the images of validation and test, and find out what of the test images decides.

    One node does both, since loading a deep network takes longer than applying it to a thousand images.

    Args:
        network: A trained network.
        model_images: Partitions of model images.
        split: One fold of `Splits`.
        test_regions: Where cells and scale bars are: `image_id` (n,) and `regions` (n, height, width), uint8.
        training: Its `images_per_call` is used here.
        attention: Which images are kept to be shown.

    Returns:
        `Predictions` for validation and test; of the images in `test_regions` the shares of the attention, see
        `attention.looking.measure_attention`, the predictions where cells or background were exchanged, see
        `attention.looking.predict_altered`, and examples with their attention.
    """
    from leukosmear.attention.gradcam import cut_network

    looked_at = _only(split, test_regions)
    images, regions = _match(load_side(model_images, looked_at, "test"), test_regions)
    rows = rows_of(looked_at, "test")
    cut = cut_network(network)
    shares, examples = measure_attention(cut, images, rows, regions, training.images_per_call, attention)
    altered = predict_altered(cut.predict, images, rows, regions, training.images_per_call)
    return predict_with_network(cut.predict, model_images, split, training), shares, altered, examples


def _only(split: pd.DataFrame, test_regions: dict[str, np.ndarray]) -> pd.DataFrame:
    """Leave out the test images whose regions are not known: of a large split only some are looked at."""
    known = split["image_id"].isin(test_regions["image_id"])
    return split[known | (split["side"] != "test")]


def _match(images: LabelledImages, test_regions: dict[str, np.ndarray]) -> tuple[LabelledImages, np.ndarray]:
    """Bring the regions into the order of the images."""
    place = {image_id: index for index, image_id in enumerate(test_regions["image_id"])}
    regions = test_regions["regions"][[place[image_id] for image_id in images.image_ids]]
    if regions.shape != images.pixels.shape[:3]:
        raise ValueError(
            f"Expected regions of the size of the model images, {images.pixels.shape[1:3]}. Found "
            f"{regions.shape[1:]}. Run the preprocessing pipeline again."
        )
    return images, regions
