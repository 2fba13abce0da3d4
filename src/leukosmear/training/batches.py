"""Batches of labelled images for Keras, held in memory or read from the stored partitions as they are needed."""

import math
from abc import ABC, abstractmethod
from collections.abc import Iterator

import keras
import numpy as np
import pandas as pd

from leukosmear.model_images import (
    LabelledImages,
    Partitions,
    class_names,
    find_images,
    in_batches,
    label_indices,
    load_side,
    read_images,
    rows_of,
)

Batch = tuple[np.ndarray, np.ndarray]
Rows = tuple[np.ndarray, np.ndarray]
Found = tuple[np.ndarray, np.ndarray, np.ndarray]


def open_batches(
    model_images: Partitions,
    split: pd.DataFrame,
    side: str,
    batch_size: int,
    images_in_memory: int,
    seed: int | None = None,
) -> "ImageBatches":
    """Make batches of one side: from memory if the whole data set fits there, and else from disk.

    Args:
        model_images: Partitions of model images.
        split: Columns `image_id`, `label` and `side`.
        side: Which side: train, validation or test.
        batch_size: Images of a batch; the last one has what is left.
        images_in_memory: Most images that may be held, those of all splits together.
        seed: Seed of the order of images; None leaves them in one order.

    Raises:
        ValueError: If images are missing, or too few can be held to read partitions at all.
    """
    if len(split) <= images_in_memory:
        return HeldBatches(load_side(model_images, split, side), batch_size, seed)
    return StreamedBatches(model_images, split, side, batch_size, images_in_memory, seed)


class ImageBatches(keras.utils.PyDataset, ABC):
    """Batches of one side: pixels, and one-hot labels as float32.

    With a seed, each epoch has an order of its own, which follows from the seed and the number of the epoch alone:
    a training that is resumed sees the same batches as one that was never interrupted.

    Attributes:
        n_images: Images of the side.
        classes: Names of all classes.
        image_shape: Height, width and channels of an image; of arrays of features, whatever shape an item has.
        dtype: Type of the pixels.
        batch_size: Images of a batch.
        class_counts: How many images each class has, int64 of shape (n_classes,).
    """

    def __init__(self, labels: np.ndarray, classes: list[str], like: np.ndarray, batch_size: int) -> None:
        super().__init__()
        self.n_images = len(labels)
        self.classes = classes
        self.image_shape: tuple[int, ...] = like.shape[1:]
        self.dtype = like.dtype
        self.batch_size = batch_size
        self.class_counts = np.bincount(labels, minlength=len(classes))
        self._targets = np.eye(len(classes), dtype=np.float32)[labels]

    def __len__(self) -> int:
        return math.ceil(self.n_images / self.batch_size)

    @abstractmethod
    def __getitem__(self, index: int) -> Batch:
        """Return a batch: pixels (n, height, width, 3) and one-hot labels (n, n_classes)."""

    @abstractmethod
    def set_epoch(self, epoch: int) -> None:
        """Take the order of an epoch, from 0; to be called before its first batch is asked for."""

    @abstractmethod
    def in_order(self, batch_size: int) -> "ImageBatches":
        """Return the same images in one order, in batches of another size; none are held twice."""


class HeldBatches(ImageBatches):
    """Batches of images that are held in memory; a shuffled epoch is a permutation of all of them.

    Args:
        images: The images, or features in place of their pixels.
        batch_size: Images of a batch.
        seed: Seed of the order; None keeps that of `images`.
    """

    def __init__(self, images: LabelledImages, batch_size: int, seed: int | None = None) -> None:
        super().__init__(images.labels, images.classes, images.pixels, batch_size)
        self._images, self._pixels = images, images.pixels
        self._seed = seed
        self.set_epoch(0)

    def set_epoch(self, epoch: int) -> None:
        """Draw the permutation of an epoch."""
        self._order = (
            np.arange(self.n_images)
            if self._seed is None
            else np.random.default_rng([self._seed, epoch]).permutation(self.n_images)
        )

    def in_order(self, batch_size: int) -> "HeldBatches":
        """Return batches of the same array."""
        return HeldBatches(self._images, batch_size)

    def __getitem__(self, index: int) -> Batch:
        """Return a batch, in any order."""
        rows = self._order[index * self.batch_size : (index + 1) * self.batch_size]
        return self._pixels[rows], self._targets[rows]


class StreamedBatches(ImageBatches):
    """Batches of images that are read from disk anew in every epoch.

    With a seed, partitions are read in random order into a pool, from which batches are drawn at random. Partitions
    are dealt such that each has images of all kinds, so that this comes close to a permutation of all.

    Batches have to be asked for one after the other, from the first; asking for the first starts the epoch again.

    Args:
        model_images: Partitions of model images.
        split: Columns `image_id`, `label` and `side`.
        side: Which side.
        batch_size: Images of a batch.
        images_in_memory: Most images held at once: those of the pool, and a partition that is read.
        seed: Seed of the order; None keeps that of the partitions.

    Raises:
        ValueError: If too few images can be held.
    """

    def __init__(
        self,
        model_images: Partitions,
        split: pd.DataFrame,
        side: str,
        batch_size: int,
        images_in_memory: int,
        seed: int | None = None,
    ) -> None:
        self._source = model_images, split, side
        self._images_in_memory = images_in_memory
        self._rows = rows_of(split, side)
        self._model_images = model_images
        classes = class_names(split)
        # The first partition is never smaller than any other.
        first = model_images[min(model_images)]()["pixels"]
        super().__init__(label_indices(self._rows, classes), classes, first, batch_size)
        needed = 2 * len(first) + batch_size
        if images_in_memory < needed:
            raise ValueError(
                f"Expected `images_in_memory` of at least {needed:,}: two partitions of {len(first):,} images and a "
                f"batch. Found {images_in_memory:,}. Raise it, or lower `images.images_per_partition` and run the "
                "preprocessing pipeline again."
            )
        self._capacity = images_in_memory - len(first)
        self._seed = seed
        self.set_epoch(0)

    def set_epoch(self, epoch: int) -> None:
        """Remember the epoch; its order is drawn while it is read."""
        self._epoch = epoch
        self._stream: Iterator[Rows] = iter(())
        self._next = 0

    def in_order(self, batch_size: int) -> "StreamedBatches":
        """Return another stream."""
        return StreamedBatches(*self._source, batch_size, self._images_in_memory)

    def __getitem__(self, index: int) -> Batch:
        """Return the next batch, or the first of the epoch again."""
        if index == 0:
            self._stream = self._open()
        elif index != self._next:
            raise IndexError(f"Expected to be asked for batch {self._next} of the stream, or batch 0. Found {index}.")
        self._next = index + 1
        rows, pixels = next(self._stream)
        if self._next == len(self):
            self._stream = iter(())  # whose pool is not held while validation is read
        return pixels, self._targets[rows]

    def _open(self) -> Iterator[Rows]:
        names = sorted(self._model_images)
        if self._seed is None:
            return in_batches(read_images(self._model_images, self._rows, names), self.batch_size)
        generator = np.random.default_rng([self._seed, self._epoch])
        order = [names[i] for i in generator.permutation(len(names))]
        chunks = find_images(self._model_images, self._rows, order)
        # Pages of this room take memory only once they are written to.
        pool = np.empty(self._capacity, np.int64), np.empty((self._capacity, *self.image_shape), np.uint8)
        return _from_pool(chunks, self.batch_size, pool, generator)


def _from_pool(chunks: Iterator[Found], batch_size: int, pool: Rows, generator: np.random.Generator) -> Iterator[Rows]:
    """Draw batches at random from a pool, which is filled up whenever the next chunk fits into it.

    Args:
        chunks: Images of a partition, as `find_images` yields them.
        batch_size: Images of a batch.
        pool: Room for rows and pixels; it has to be large enough for a chunk and a batch.
        generator: What draws.
    """
    rows, pixels = pool
    # Places in the pool: those that hold an image, and after them those that are free.
    places = np.arange(len(rows))
    held = 0
    chunk = next(chunks, None)
    while held or chunk is not None:
        while chunk is not None and held + len(chunk[0]) <= len(rows):
            targets, sources, stored = chunk
            free = places[held : held + len(targets)]
            rows[free] = targets
            for place, source in zip(free, sources, strict=True):  # together they would be copied twice
                pixels[place] = stored[source]
            held += len(targets)
            del chunk, stored  # not to be held while the next one is read
            chunk = next(chunks, None)
        drawn = generator.choice(held, min(batch_size, held), replace=False)
        freed = places[drawn]
        yield rows[freed], pixels[freed]
        stays = np.ones(held, dtype=bool)
        stays[drawn] = False
        held -= len(drawn)
        # What stands behind the new end of what is held moves into the gaps before it.
        places[drawn[drawn < held]] = places[held : held + len(drawn)][stays[held:]]
        places[held : held + len(drawn)] = freed
