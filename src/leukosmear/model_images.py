"""The images that models work on: how they lie in partitions, and how to get those of one side."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

Partitions = Mapping[str, Callable[[], dict[str, np.ndarray]]]


@dataclass(frozen=True)
class LabelledImages:
    """Images of one side, in the order of the split.

    Attributes:
        image_ids: List of n names.
        pixels: uint8 array of shape (n, height, width, 3), RGB, 0 to 255.
        labels: int64 array of shape (n,), indices into `classes`.
        classes: Names of all classes of the manifest, sorted; the same for every side.
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
            f"Expected images in the {side} split. Found none among the {len(split):,} of the manifest. "
            "Give each side a share of the images, and run the preprocessing pipeline again."
        )
    return rows


def label_indices(rows: pd.DataFrame, classes: list[str]) -> np.ndarray:
    """Number the labels of rows by their place among the classes: int64 of shape (n,)."""
    return rows["label"].map(classes.index).to_numpy(np.int64)


def read_images(
    model_images: Partitions, rows: pd.DataFrame, names: Sequence[str] | None = None
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Read images partition by partition until all are found, so that no more than one partition is held.

    Args:
        model_images: Partitions, as `find_images` takes them.
        rows: The wanted images, one in a row; column `image_id`.
        names: The partitions to read, in this order; by default all, sorted.

    Yields:
        For each partition with wanted images where they stand in `rows`, int64 of shape (k,), and their pixels,
        uint8 of shape (k, height, width, 3).

    Raises:
        ValueError: After the last partition, if wanted images were in none.
    """
    for targets, sources, stored in find_images(model_images, rows, names):
        picked = stored[sources]
        del stored  # no variable holds a partition while the next one is read
        yield targets, picked
        del picked


def find_images(
    model_images: Partitions, rows: pd.DataFrame, names: Sequence[str] | None = None
) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Look for images partition by partition until all are found; their pixels are not copied.

    Args:
        model_images: Partitions that hold `image_id` (n,) and `pixels` (n, height, width, 3), each loaded when
            it is called.
        rows: The wanted images, one in a row; column `image_id`.
        names: The partitions to read, in this order; by default all, sorted.

    Yields:
        For each partition with wanted images where they stand in `rows` and where in the partition, both int64 of
        shape (k,), and the pixels of the whole partition, uint8 of shape (n, height, width, 3).

    Raises:
        ValueError: After the last partition, if wanted images were in none.
    """
    position = {image_id: index for index, image_id in enumerate(rows["image_id"])}
    found = np.zeros(len(rows), dtype=bool)
    for name in sorted(model_images) if names is None else names:
        partition = model_images[name]()
        here = [(position[image_id], i) for i, image_id in enumerate(partition["image_id"]) if image_id in position]
        stored = partition["pixels"]
        del partition
        if here:
            targets, sources = np.array(here, dtype=np.int64).T
            found[targets] = True
            yield targets, sources, stored
        del stored  # no variable holds a partition while the next one is read
        if found.all():
            return
    missing = list(rows["image_id"][~found])
    raise ValueError(
        f"Expected a model image for each of {len(rows):,} images of the side; {len(missing):,} are missing, "
        f"such as {missing[:3]}. Run the preprocessing pipeline again."
    )


def in_batches(
    chunks: Iterator[tuple[np.ndarray, np.ndarray]], batch_size: int
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Regroup what `read_images` yields.

    Yields:
        Rows and pixels, `batch_size` of each; what is left comes last.
    """
    left: tuple[np.ndarray, np.ndarray] | None = None
    for chunk in chunks:
        rows, pixels = chunk if left is None else map(np.concatenate, zip(left, chunk, strict=True))
        whole = len(rows) - len(rows) % batch_size
        for start in range(0, whole, batch_size):
            yield rows[start : start + batch_size], pixels[start : start + batch_size]
        left = rows[whole:], pixels[whole:]
    if left is not None and len(left[0]):
        yield left


def load_side(model_images: Partitions, split: pd.DataFrame, side: str) -> LabelledImages:
    """Collect the images of one side.

    Args:
        model_images: Partitions, as `read_images` takes them. Only one is held beside the result.
        split: Columns `image_id`, `label` and `side`.
        side: Which side: train, validation or test.

    Raises:
        ValueError: If images of the manifest lie in no partition, or it has none of this side.
    """
    rows = rows_of(split, side)
    pixels: np.ndarray | None = None
    for target, found in read_images(model_images, rows):
        if pixels is None:
            pixels = np.empty((len(rows), *found.shape[1:]), dtype=found.dtype)
        pixels[target] = found
    assert pixels is not None  # there are rows, and each was found
    classes = class_names(split)
    return LabelledImages(
        image_ids=list(rows["image_id"]), pixels=pixels, labels=label_indices(rows, classes), classes=classes
    )


def gather_regions(model_images: Partitions, image_ids: Sequence[str]) -> np.ndarray:
    """Collect where cells and scale bars are in some images.

    Args:
        model_images: Partitions that hold `image_id` (n,) and `regions` (n, height, width).
        image_ids: m names.

    Returns:
        uint8 array of shape (m, height, width): the codes of the regions.
    """
    place = {image_id: index for index, image_id in enumerate(image_ids)}
    gathered: np.ndarray | None = None
    for load in model_images.values():
        partition = load()
        here = [(place[image_id], i) for i, image_id in enumerate(partition["image_id"]) if image_id in place]
        if gathered is None:
            gathered = np.empty((len(image_ids), *partition["regions"].shape[1:]), np.uint8)
        for target, source in here:
            gathered[target] = partition["regions"][source]
    assert gathered is not None
    return gathered
