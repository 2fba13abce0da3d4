"""Networks of which only the last layer is trained."""

import keras
import numpy as np
import pytest

from leukosmear.parameters import TrainingParameters
from leukosmear.training.batches import ImageBatches
from leukosmear.training.fitting import fit
from leukosmear.training.last_layer import choose_part, compute_features, split_frozen

TRAINING = TrainingParameters(
    epochs=3, batch_size=4, learning_rate=0.1, schedule="constant", monitor="validation_loss", patience=3, graph=False,
    seed=0,
)  # fmt: skip


def network(frozen: bool, dropout: bool = False) -> keras.Model:
    inputs = keras.Input((2, 2, 3))
    body = keras.layers.Conv2D(1, 1, use_bias=False, kernel_initializer="ones", trainable=not frozen)
    features = keras.layers.GlobalAveragePooling2D()(body(keras.layers.Rescaling(1 / 255)(inputs)))
    if dropout:
        features = keras.layers.Dropout(0.5)(features)
    return keras.Model(inputs, keras.layers.Dense(2, activation="softmax")(features))


@pytest.fixture
def images() -> ImageBatches:
    """Six images, dark ones of class 0 and bright ones of class 1."""
    pixels = np.zeros((6, 2, 2, 3), np.uint8)
    pixels[3:] = 255
    return ImageBatches(pixels.__getitem__, np.array([0, 0, 0, 1, 1, 1]), ["dark", "bright"], 4)


def test_features_are_those_before_the_last_layer(images):
    frozen, _ = split_frozen(network(frozen=True))
    (features,) = compute_features(frozen, [images], images_per_call=5)
    np.testing.assert_allclose(features[0][0], [[0], [0], [0], [3]])  # three channels of 0, or of 1, added up
    np.testing.assert_array_equal(features[1][1], [[0, 1], [0, 1]])


@pytest.mark.parametrize(
    "whole", [network(frozen=False), network(frozen=True, dropout=True)], ids=["trained", "random"]
)
def test_what_changes_from_pass_to_pass_is_not_computed_once(whole, images):
    assert split_frozen(whole) is None
    part = choose_part(whole, images, images, 4)
    assert (part.network, part.train, part.takes_images) == (whole, images, True)


def test_training_the_last_layer_trains_the_network(images):
    whole = network(frozen=True)
    part = choose_part(whole, images, images, 4)
    assert not part.takes_images
    before = keras.ops.convert_to_numpy(whole(images[0][0]))
    fit(part.network, part.train, part.validation, TRAINING)
    after = keras.ops.convert_to_numpy(whole(images[0][0]))
    assert after[3, 1] > before[3, 1]
    np.testing.assert_allclose(after, keras.ops.convert_to_numpy(part.network(part.train[0][0])), rtol=1e-6)
