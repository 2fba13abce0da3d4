from collections.abc import Callable

import keras
import numpy as np
import pandas as pd
import pytest

from conftest import partitions
from leukosmear.model_images import in_batches, read_images
from leukosmear.training.batches import HeldBatches, ImageBatches, StreamedBatches, open_batches

N_IMAGES, PARTITION, BATCH = 60, 6, 7
EVERY_FOURTH_IS_TESTED = [index for index in range(N_IMAGES) if index % 4]
BOUNDS = pytest.mark.parametrize("images_in_memory", [N_IMAGES, 30], ids=["held", "streamed"])


@pytest.fixture
def stored() -> tuple[dict[str, Callable[[], dict]], pd.DataFrame]:
    """Sixty images whose pixels are their numbers, in partitions of six; odd ones are of class B."""
    image_ids = [f"{'AB'[index % 2]}/{index}" for index in range(N_IMAGES)]
    pixels = np.broadcast_to(np.arange(N_IMAGES, dtype=np.uint8)[:, None, None, None], (N_IMAGES, 2, 2, 3))
    manifest = pd.DataFrame({"image_id": image_ids, "label": [name[0] for name in image_ids]})
    return partitions(pixels, image_ids, PARTITION), manifest.assign(side=["test", "train", "train", "train"] * 15)


def numbers(batches: ImageBatches, epoch: int) -> list[list[int]]:
    """Which images each batch of an epoch has, read from their pixels."""
    batches.set_epoch(epoch)
    return [batches[index][0][:, 0, 0, 0].tolist() for index in range(len(batches))]


@BOUNDS
def test_an_epoch_has_every_image_once_with_its_label(stored, images_in_memory: int) -> None:
    batches = open_batches(*stored, "train", BATCH, images_in_memory, seed=3)
    assert (batches.n_images, batches.image_shape, batches.classes) == (45, (2, 2, 3), ["A", "B"])
    assert batches.class_counts.tolist() == [15, 30]
    pixels, labels = zip(*(batches[index] for index in range(len(batches))), strict=True)
    assert [len(part) for part in pixels] == [7, 7, 7, 7, 7, 7, 3]
    seen = np.concatenate(pixels)[:, 0, 0, 0]
    assert sorted(seen) == EVERY_FOURTH_IS_TESTED
    np.testing.assert_array_equal(np.concatenate(labels), np.eye(2, dtype=np.float32)[seen % 2])


@BOUNDS
def test_the_order_follows_from_seed_and_epoch_alone(stored, images_in_memory: int) -> None:
    def opened(seed: int | None) -> ImageBatches:
        return open_batches(*stored, "train", BATCH, images_in_memory, seed)

    through = opened(3)
    epochs = [numbers(through, epoch) for epoch in range(3)]
    assert numbers(opened(3), 2) == epochs[2]  # as after a restart
    assert epochs[0] != epochs[1]
    assert numbers(opened(4), 0) != epochs[0]
    in_order = numbers(opened(None), 1)
    assert [number for batch in in_order for number in batch] == EVERY_FOURTH_IS_TESTED


def test_what_does_not_fit_is_streamed(stored) -> None:
    assert isinstance(open_batches(*stored, "train", BATCH, N_IMAGES), HeldBatches)
    assert isinstance(open_batches(*stored, "train", BATCH, N_IMAGES - 1), StreamedBatches)


def test_no_more_images_are_held_than_allowed(stored) -> None:
    """Images are counted from when their partition is read until they are given out."""
    loaded = 0

    def counting(load: Callable[[], dict]) -> Callable[[], dict]:
        def counted() -> dict:
            nonlocal loaded
            loaded += PARTITION
            return load()

        return counted

    model_images, manifest = stored
    model_images = {name: counting(load) for name, load in model_images.items()}
    batches = open_batches(model_images, manifest.assign(side="train"), "train", BATCH, 30, seed=0)
    loaded, given, most = 0, 0, 0
    for index in range(len(batches)):
        given += len(batches[index][0])
        most = max(most, loaded - given)
    assert loaded == given == N_IMAGES
    assert most == 30 - BATCH  # the pool of 24 and a partition that waits for room, once a batch is out


def test_batches_mix_partitions(stored) -> None:
    batches = open_batches(*stored, "train", BATCH, 42, seed=0)
    for batch in numbers(batches, 0)[:-1]:
        assert len({number // PARTITION for number in batch}) > 2


def test_a_bound_that_no_partition_fits_into_is_an_error(stored) -> None:
    with pytest.raises(ValueError, match=r"of at least 19: two partitions of 6 images and a batch. Found 18"):
        open_batches(*stored, "train", BATCH, 18)


def test_a_stream_cannot_be_read_out_of_order(stored) -> None:
    batches = open_batches(*stored, "train", BATCH, 30, seed=0)
    first = batches[0][0]
    np.testing.assert_array_equal(batches[0][0], first)
    with pytest.raises(IndexError, match=r"batch 1 of the stream, or batch 0. Found 3"):
        batches[3]


def test_an_image_that_is_in_no_partition_is_an_error(stored) -> None:
    model_images, manifest = stored
    del model_images["0000012"]
    batches = open_batches(model_images, manifest, "train", BATCH, 30, seed=0)
    with pytest.raises(ValueError, match=r"45 images of the split; 4 are missing, such as \['B/13', .*preprocessing"):
        numbers(batches, 0)


def test_a_split_without_images_is_an_error(stored) -> None:
    with pytest.raises(ValueError, match=r"in the validation split. Found none among the 60"):
        open_batches(*stored, "validation", BATCH, 30)


def test_partitions_are_regrouped_into_batches_of_one_size(stored) -> None:
    model_images, manifest = stored
    wanted = manifest[manifest["side"] == "test"].iloc[::-1]  # in another order than they are stored in
    found = list(in_batches(read_images(model_images, wanted), 4))
    assert [len(rows) for rows, _ in found] == [4, 4, 4, 3]
    rows, pixels = (np.concatenate(parts) for parts in zip(*found, strict=True))
    assert wanted["image_id"].iloc[rows].tolist() == [f"A/{number}" for number in pixels[:, 0, 0, 0]]


def test_nothing_is_read_once_all_images_are_found(stored) -> None:
    model_images, manifest = stored
    beyond = dict.fromkeys(list(model_images)[2:])  # calling one would fail
    ((rows, pixels),) = read_images(model_images | beyond, manifest.iloc[[8, 6]])
    assert rows.tolist() == [1, 0]
    assert pixels[:, 0, 0, 0].tolist() == [6, 8]


class Watching(keras.layers.Layer):
    """Notes which images come by."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[list[int]] = []

    def call(self, pixels):
        if not keras.utils.is_keras_tensor(pixels):
            self.seen.append(keras.ops.convert_to_numpy(pixels)[:, 0, 0, 0].astype(int).tolist())
        return keras.ops.cast(pixels, "float32")


@BOUNDS
def test_keras_trains_and_validates_on_them_in_their_order(stored, images_in_memory: int) -> None:
    """It reads ahead, and opens iterators that it never reads: neither may show in what a step gets."""
    train = open_batches(*stored, "train", BATCH, images_in_memory, seed=3)
    validation = open_batches(*stored, "test", BATCH, images_in_memory)
    watching = Watching()
    network = keras.Sequential([watching, keras.layers.Flatten(), keras.layers.Dense(2, activation="softmax")])
    network.compile("sgd", "categorical_crossentropy", run_eagerly=True)
    next_epoch = keras.callbacks.LambdaCallback(on_epoch_begin=lambda epoch, logs: train.set_epoch(epoch))
    network.fit(train, validation_data=validation, epochs=3, shuffle=False, callbacks=[next_epoch], verbose=0)
    again = open_batches(*stored, "train", BATCH, images_in_memory, seed=3)
    expected = [batch for epoch in range(3) for batch in numbers(again, epoch) + numbers(validation, 0)]
    assert watching.seen[-len(expected) :] == expected
