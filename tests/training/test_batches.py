from collections.abc import Callable

import keras
import numpy as np
import pandas as pd
import pytest

from conftest import partitions
from leukosmear.training.batches import ImageBatches, as_fed, open_side

N_IMAGES, PARTITION, BATCH = 60, 6, 7
EVERY_FOURTH_IS_TESTED = [index for index in range(N_IMAGES) if index % 4]


@pytest.fixture
def stored() -> tuple[dict[str, Callable[[], dict]], pd.DataFrame]:
    """Sixty images whose pixels are their numbers, in partitions of six; odd ones are of class B."""
    image_ids = [f"{'AB'[index % 2]}/{index}" for index in range(N_IMAGES)]
    pixels = np.broadcast_to(np.arange(N_IMAGES, dtype=np.uint8)[:, None, None, None], (N_IMAGES, 2, 2, 3))
    split = pd.DataFrame({"image_id": image_ids, "label": [name[0] for name in image_ids]})
    return partitions(pixels, image_ids, PARTITION), split.assign(side=["test", "train", "train", "train"] * 15)


def numbers(batches: ImageBatches, epoch: int) -> list[list[int]]:
    """Which images each batch of an epoch has, read from their pixels."""
    batches.set_epoch(epoch)
    return [batches[index][0][:, 0, 0, 0].tolist() for index in range(len(batches))]


def test_an_epoch_has_every_image_once_with_its_label(stored) -> None:
    batches = open_side(*stored, "train", BATCH, seed=3)
    assert (batches.n_images, batches.image_shape, batches.dtype) == (45, (2, 2, 3), np.uint8)
    assert (batches.classes, batches.class_counts.tolist()) == (["A", "B"], [15, 30])
    pixels, labels = zip(*(batches[index] for index in range(len(batches))), strict=True)
    assert [len(part) for part in pixels] == [7, 7, 7, 7, 7, 7, 3]
    seen = np.concatenate(pixels)[:, 0, 0, 0]
    assert sorted(seen) == EVERY_FOURTH_IS_TESTED
    np.testing.assert_array_equal(np.concatenate(labels), np.eye(2, dtype=np.float32)[seen % 2])


def test_the_order_follows_from_seed_and_epoch_alone(stored) -> None:
    through = open_side(*stored, "train", BATCH, seed=3)
    epochs = [numbers(through, epoch) for epoch in range(3)]
    assert numbers(open_side(*stored, "train", BATCH, seed=3), 2) == epochs[2]  # as after a restart
    shuffled = np.random.default_rng([3, 1]).permutation(45)
    assert np.concatenate(epochs[1]).tolist() == np.array(EVERY_FOURTH_IS_TESTED)[shuffled].tolist()
    assert np.concatenate(numbers(open_side(*stored, "train", BATCH), 1)).tolist() == EVERY_FOURTH_IS_TESTED


def test_features_take_the_places_of_their_images(stored) -> None:
    images = open_side(*stored, "train", BATCH, seed=3)
    features = np.float32(EVERY_FOURTH_IS_TESTED)[:, None] + 100
    replaced = images.replace_images(features)
    assert (replaced.image_shape, replaced.dtype, len(replaced)) == ((1,), np.float32, len(images))
    for epoch in range(2):
        images.set_epoch(epoch)
        replaced.set_epoch(epoch)
        np.testing.assert_array_equal(replaced[2][0][:, 0], images[2][0][:, 0, 0, 0] + 100.0)
        np.testing.assert_array_equal(replaced[2][1], images[2][1])


class Watching(keras.layers.Layer):
    """Notes which images come by."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[list[int]] = []

    def call(self, pixels):
        if not keras.utils.is_keras_tensor(pixels):
            self.seen.append(keras.ops.convert_to_numpy(pixels)[:, 0, 0, 0].astype(int).tolist())
        return keras.ops.cast(pixels, "float32")


@pytest.mark.parametrize("feed", [as_fed, lambda batches: batches], ids=["TensorFlow", "Keras"])
def test_keras_trains_and_validates_on_them_in_their_order(stored, feed) -> None:
    """Both read ahead, which must not show in what a step gets."""
    train, validation = open_side(*stored, "train", BATCH, seed=3), open_side(*stored, "test", BATCH)
    watching = Watching()
    network = keras.Sequential([watching, keras.layers.Flatten(), keras.layers.Dense(2, activation="softmax")])
    network.compile("sgd", "categorical_crossentropy", run_eagerly=True)
    next_epoch = keras.callbacks.LambdaCallback(on_epoch_begin=lambda epoch, logs: train.set_epoch(epoch))
    network.fit(
        feed(train), validation_data=feed(validation), epochs=2, shuffle=False, callbacks=[next_epoch], verbose=0
    )
    again = open_side(*stored, "train", BATCH, seed=3)
    expected = [batch for epoch in range(2) for batch in numbers(again, epoch) + numbers(validation, 0)]
    assert watching.seen[-len(expected) :] == expected
