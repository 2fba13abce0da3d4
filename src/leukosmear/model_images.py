"""The images that models work on: where they lie in the stored partitions, and how to get them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

Partitions = Mapping[str, Callable[[], dict[str, np.ndarray]]]


class StoredImages:
    """Some of the stored images, in an order of their own; whatever is stored of them is read when it is asked for.

    Partitions are mapped into memory, so that any image can be read at any time, and takes memory of its own only when
    it is copied into a batch.

    Args:
        model_images: Partitions that hold `image_id` (n,) and further arrays of n items, each mapped when it is called.
        image_ids: The names of the wanted images, whose places among them are the rows that `gather` takes.

    Raises:
        ValueError: If images are in no partition.
    """

    def __init__(self, model_images: Partitions, image_ids: Sequence[str]) -> None:
        row_of = {image_id: row for row, image_id in enumerate(image_ids)}
        self._loaders: list[Callable[[], dict[str, np.ndarray]]] = []
        self._places = np.full((len(row_of), 2), -1)  # the number of the partition, and the place in it
        for name in sorted(model_images):
            stored = model_images[name]()["image_id"]
            here = [(row_of[image_id], place) for place, image_id in enumerate(stored) if image_id in row_of]
            if here:
                rows, places = np.array(here).T
                self._places[rows] = np.column_stack([np.full(len(rows), len(self._loaders)), places])
                self._loaders.append(model_images[name])
        missing = [image_id for image_id, row in row_of.items() if self._places[row, 0] < 0]
        if missing:
            raise ValueError(
                f"Expected a model image for each of {len(row_of):,} images of the split; {len(missing):,} are "
                f"missing, such as {missing[:3]}. Run the preprocessing pipeline again."
            )
        self._arrays: dict[str, list[np.ndarray]] = {}

    def __len__(self) -> int:
        return len(self._places)

    def gather(self, name: str, rows: np.ndarray | None = None) -> np.ndarray:
        """Copy one kind of array of some images.

        Args:
            name: Which: pixels, regions, or whatever else the partitions hold.
            rows: Integers of shape (k,), in any order; None for all images.

        Returns:
            Array of shape (k, ...), of the type that is stored.
        """
        if name not in self._arrays:
            # Of a partition only this array stays mapped: each holds a file open.
            self._arrays[name] = [load()[name] for load in self._loaders]
        arrays = self._arrays[name]
        places = self._places if rows is None else self._places[rows]
        gathered = np.empty((len(places), *arrays[0].shape[1:]), arrays[0].dtype)
        for row, (partition, place) in enumerate(places.tolist()):
            gathered[row] = arrays[partition][place]
        return gathered

    def in_batches(self, name: str, batch_size: int) -> Iterator[np.ndarray]:
        """Yield one kind of array of all images in their order, `batch_size` images at a time."""
        for start in range(0, len(self), batch_size):
            yield self.gather(name, np.arange(start, min(start + batch_size, len(self))))


@dataclass(frozen=True)
class LabelledImages:
    """Images of one side, in the order of the split.

    Attributes:
        image_ids: List of n names.
        pixels: uint8 array of shape (n, height, width, 3), RGB, 0 to 255.
        labels: int64 array of shape (n,), indices into `classes`.
        classes: Names of all classes of the split, sorted; the same for every side.
    """

    image_ids: list[str]
    pixels: np.ndarray
    labels: np.ndarray
    classes: list[str]

    def __len__(self) -> int:
        return len(self.image_ids)


def class_names(split: pd.DataFrame) -> list[str]:
    """Name the classes in the order in which every model and table has them."""
    return sorted(split["label"].unique())


def rows_of(split: pd.DataFrame, side: str) -> pd.DataFrame:
    """Take the rows of one side.

    Raises:
        ValueError: If there are none.
    """
    rows = split[split["side"] == side]
    if rows.empty:
        raise ValueError(
            f"Expected images on the {side} side of the split. Found none among its {len(split):,}. "
            "Give each side a share of the images, and run the preprocessing pipeline again."
        )
    return rows


def label_indices(rows: pd.DataFrame, classes: list[str]) -> np.ndarray:
    """Return the place of each row's label among the classes: int64 of shape (n,)."""
    return rows["label"].map(classes.index).to_numpy(np.int64)


def load_side(model_images: Partitions, split: pd.DataFrame, side: str) -> LabelledImages:
    """Copy the images of one side into memory.

    Args:
        model_images: Partitions, as `StoredImages` takes them.
        split: Columns `image_id`, `label` and `side`.
        side: Which side: train, validation or test.

    Raises:
        ValueError: If images of the split are in no partition, or it has none of this side.
    """
    rows, classes = rows_of(split, side), class_names(split)
    image_ids = list(rows["image_id"])
    pixels = StoredImages(model_images, image_ids).gather("pixels")
    return LabelledImages(image_ids, pixels, label_indices(rows, classes), classes)
