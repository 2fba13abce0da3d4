"""One node predicts, takes the time of an image, looks at the attention, and exchanges cells and background."""

import hashlib
from collections.abc import Callable

import keras
import numpy as np
import pandas as pd
import pytest
from PIL import Image

from conftest import encode
from leukosmear.datasets.image_folder import ImageFolder
from leukosmear.parameters import AttentionParameters, TrainingParameters
from leukosmear.prediction.networks import apply_network
from leukosmear.preparation import Preparation, Preparations
from leukosmear.schemas import Interventions, Predictions

TRAINING = TrainingParameters(
    epochs=1, batch_size=3, learning_rate=0.01, schedule="constant", monitor="validation_loss", patience=1, seed=0
)
PREPARATION = Preparation(height=16, width=16, interpolation="bilinear")
PREPARATIONS = Preparations(model_images=PREPARATION, features=PREPARATION).model_dump(mode="json")


@pytest.fixture(scope="module")
def network() -> keras.Model:
    layers = [
        keras.Input((16, 16, 3)),
        keras.layers.Conv2D(2, 3),
        keras.layers.GlobalAveragePooling2D(),
        keras.layers.Dense(2, activation="softmax", dtype="float32"),
    ]
    return keras.Sequential(layers)


@pytest.fixture
def files(two_colours) -> tuple[ImageFolder, pd.DataFrame]:
    """The files of the images of `two_colours`."""
    partitions, split = two_colours
    contents = {
        f"{image_id}.png": encode(Image.fromarray(pixels))
        for load in partitions.values()
        for image_id, pixels in zip(load()["image_id"], load()["pixels"], strict=True)
    }
    accepted = pd.DataFrame({"image_id": split["image_id"], "file_name": split["image_id"] + ".png"})
    accepted["sha256"] = [hashlib.sha256(contents[name]).hexdigest() for name in accepted["file_name"]]
    return ImageFolder(("A", "B"), {name: (lambda data=data: data) for name, data in contents.items()}), accepted


def with_regions(partitions: dict[str, Callable[[], dict]]) -> dict[str, Callable[[], dict]]:
    """Of an image, as many rows are cells as its number says."""

    def load(name: str) -> dict[str, np.ndarray]:
        partition = partitions[name]()
        regions = np.zeros(partition["pixels"].shape[:3], np.uint8)
        for image_id, one in zip(partition["image_id"], regions, strict=True):
            one[: int(image_id[-1])] = 1
        return partition | {"regions": regions}

    return {name: (lambda name=name: load(name)) for name in partitions}


def test_the_test_images_are_predicted_timed_and_looked_at(network, two_colours, files) -> None:
    partitions, split = two_colours
    few = AttentionParameters(images=4, images_per_class=1, seed=0)
    predictions, milliseconds, attention, interventions, examples = apply_network(
        network, with_regions(partitions), split, *files, PREPARATIONS, TRAINING, few
    )
    Predictions.validate(predictions)
    assert predictions["side"].value_counts().to_dict() == {"validation": 4, "test": 4}
    assert 0 < milliseconds < 1000
    assert attention.set_index("image_id")["cells_area"].to_dict() == {
        "A/6": 6 / 16, "A/7": 7 / 16, "B/6": 6 / 16, "B/7": 7 / 16,
    }  # fmt: skip
    Interventions.validate(interventions)
    assert interventions.groupby("intervention")["image_id"].count().to_dict() == {
        "cells_on_other_class": 4,
        "cells_on_own_class": 4,
        "cells_on_plain_colour": 4,
        "cells_painted_over": 4,
    }
    assert sorted(name[0] for name in examples["image_id"]) == ["A", "B"]
