"""One node predicts, looks at the attention, and exchanges cells and background."""

import keras
import numpy as np
import pytest

from leukosmear.parameters import AttentionParameters, TrainingParameters
from leukosmear.prediction.networks import apply_network
from leukosmear.schemas import Interventions, Predictions

TRAINING = TrainingParameters(
    epochs=1, batch_size=3, learning_rate=0.01, schedule="constant", monitor="validation_loss", patience=1, seed=0
)
ATTENTION = AttentionParameters(images=4, images_per_class=1, seed=0)


@pytest.fixture(scope="module")
def network() -> keras.Model:
    layers = [
        keras.Input((16, 16, 3)),
        keras.layers.Conv2D(2, 3),
        keras.layers.GlobalAveragePooling2D(),
        keras.layers.Dense(2, activation="softmax", dtype="float32"),
    ]
    return keras.Sequential(layers)


def regions_of(image_ids: list[str], side: int = 16) -> dict[str, np.ndarray]:
    """The k-th image has k + 1 rows of cells."""
    regions = np.zeros((len(image_ids), side, side), np.uint8)
    for index in range(len(image_ids)):
        regions[index, : index + 1] = 1
    return {"image_id": np.array(image_ids), "regions": regions}


def test_the_test_images_with_regions_are_looked_at(network, two_colours):
    images, manifest = two_colours
    some = regions_of(["B/7", "A/6", "B/6"])  # in another order than the split's, and one of it is missing
    predictions, attention, interventions, examples = apply_network(
        network, images, manifest, some, TRAINING, ATTENTION
    )
    Predictions.validate(predictions)
    assert predictions["side"].value_counts().to_dict() == {"validation": 4, "test": 4}
    assert attention.set_index("image_id")["cells_area"].to_dict() == {"A/6": 2 / 16, "B/6": 3 / 16, "B/7": 1 / 16}
    Interventions.validate(interventions)
    assert interventions.groupby("intervention")["image_id"].count().to_dict() == {
        "cells_on_other_class": 3,
        "cells_on_own_class": 2,  # of A only one image is looked at
        "cells_on_plain_colour": 3,
        "cells_painted_over": 3,
    }
    assert sorted(name[0] for name in examples["image_id"]) == ["A", "B"]


def test_regions_of_another_size_are_refused(network, two_colours):
    with pytest.raises(ValueError, match=r"size of the model images, \(16, 16\)\. Found \(8, 8\)"):
        apply_network(network, *two_colours, regions_of(["B/7"], side=8), TRAINING, ATTENTION)
