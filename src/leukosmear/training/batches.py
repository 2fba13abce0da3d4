"""Batches of labelled images for Keras, and how they get to its backend without keeping it waiting."""

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import keras
import numpy as np
import pandas as pd

from leukosmear.devices.distribution import count_replicas
from leukosmear.model_images import Partitions, StoredImages, class_names, label_indices, rows_of

Batch = tuple[np.ndarray, np.ndarray]

# From integers of shape (k,), the rows of images, to what a network takes of them, of shape (k, ...).
Gather = Callable[[np.ndarray], np.ndarray]

READ_AHEAD = 2  # batches


class ImageBatches(keras.utils.PyDataset):
    """Batches of one side: pixels, or features in their place, and one-hot labels as float32.

    With a seed, each epoch has an order of its own, which follows from the seed and the number of the epoch alone:
    a training that is resumed sees the same batches as one that was never interrupted.

    Args:
        gather: Copies what a network takes of the images of some rows.
        labels: Array of shape (n_images,), indices into `classes`.
        classes: Names of all classes.
        batch_size: Images of a batch; the last one has what is left.
        seed: Seed of the orders; None keeps the images as they come.

    Attributes:
        n_images: Images of the side.
        classes: Names of all classes.
        image_shape: Height, width and channels of an image; of features, whatever shape they have.
        dtype: Type of the pixels.
        batch_size: Images of a batch.
        class_counts: How many images each class has, int64 of shape (n_classes,).
    """

    def __init__(
        self, gather: Gather, labels: np.ndarray, classes: list[str], batch_size: int, seed: int | None = None
    ) -> None:
        super().__init__()
        first = gather(np.arange(1))
        self.n_images, self.classes, self.batch_size = len(labels), classes, batch_size
        self.image_shape, self.dtype = first.shape[1:], first.dtype
        self.class_counts = np.bincount(labels, minlength=len(classes))
        self._gather, self._labels, self._seed = gather, labels, seed
        self._targets = np.eye(len(classes), dtype=np.float32)[labels]
        self.set_epoch(0)

    def set_epoch(self, epoch: int) -> None:
        """Draw the order of an epoch, from 0; to be called before its first batch is asked for."""
        self._order = (
            np.arange(self.n_images)
            if self._seed is None
            else np.random.default_rng([self._seed, epoch]).permutation(self.n_images)
        )

    def in_order(self, batch_size: int) -> "ImageBatches":
        """Return the same images as they come, in batches of another size."""
        return ImageBatches(self._gather, self._labels, self.classes, batch_size)

    def replace_images(self, features: np.ndarray) -> "ImageBatches":
        """Return the same batches with features, an array of shape (n_images, ...), in place of the images."""
        return ImageBatches(features.__getitem__, self._labels, self.classes, self.batch_size, self._seed)

    def __len__(self) -> int:
        return math.ceil(self.n_images / self.batch_size)

    def __getitem__(self, index: int) -> Batch:
        """Return a batch: pixels (n, height, width, 3) and one-hot labels (n, n_classes)."""
        rows = self._order[index * self.batch_size : (index + 1) * self.batch_size]
        return self._gather(rows), self._targets[rows]


def open_side(
    model_images: Partitions, split: pd.DataFrame, side: str, batch_size: int, seed: int | None = None
) -> ImageBatches:
    """Make batches of the stored images of one side.

    Args:
        model_images: Partitions of model images.
        split: Columns `image_id`, `label` and `side`.
        side: Which side: train, validation or test.
        batch_size: Images of a batch.
        seed: Seed of the order of images; None keeps that of the split.

    Raises:
        ValueError: If images of the split are in no partition, or it has none of this side.
    """
    rows, classes = rows_of(split, side), class_names(split)
    stored = StoredImages(model_images, list(rows["image_id"]))
    return ImageBatches(partial(stored.gather, "pixels"), label_indices(rows, classes), classes, batch_size, seed)


class WithoutLast(keras.utils.PyDataset):
    """Batches but for the last one of each epoch.

    Args:
        batches: Where they come from.
    """

    def __init__(self, batches: ImageBatches) -> None:
        super().__init__()
        self._batches = batches

    def __len__(self) -> int:
        return len(self._batches) - 1

    def __getitem__(self, index: int) -> Batch:
        """Return a batch."""
        return self._batches[index]


def shareable(batches: ImageBatches) -> ImageBatches | WithoutLast:
    """Leave out a last batch with fewer images than TensorFlow has devices.

    Statistics of no images are not numbers, and under loss scaling a device that has none waits for ever. Each epoch
    leaves out other images.
    """
    left_over = batches.n_images % batches.batch_size
    return WithoutLast(batches) if 0 < left_over < count_replicas() and len(batches) > 1 else batches


def as_fed(batches: ImageBatches | WithoutLast) -> Any:  # noqa: ANN401 - what Keras' backend takes
    """Hand batches to Keras in the way that keeps its backend waiting least.

    Keras would let TensorFlow tune how it reads them; the thread that tunes is not always woken at the end of an
    epoch, which then takes up to twice as long. There is nothing to tune: one thread reads ahead. Where TensorFlow
    has several devices, batches are left to Keras, which deals them out.
    """
    if keras.backend.backend() != "tensorflow" or count_replicas() > 1 or isinstance(batches, WithoutLast):
        return batches
    import tensorflow as tf

    kinds = [
        tf.TensorSpec((None, *batches.image_shape), batches.dtype),
        tf.TensorSpec((None, len(batches.classes)), "float32"),
    ]

    def read(index: Any) -> tuple[Any, ...]:  # noqa: ANN401 - tensors of the backend
        parts = tf.numpy_function(lambda at: batches[int(at)], [index], [kind.dtype for kind in kinds])
        return tuple(tf.ensure_shape(part, kind.shape) for part, kind in zip(parts, kinds, strict=True))

    options = tf.data.Options()
    options.autotune.enabled = False
    # One call of Python a batch; `from_generator` takes several, and half as much time again.
    return tf.data.Dataset.range(len(batches)).map(read).prefetch(READ_AHEAD).with_options(options)
