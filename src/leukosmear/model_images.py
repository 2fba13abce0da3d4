"""The images that models work on: how they lie in partitions, and how to get those of one split."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

Partitions = Mapping[str, Callable[[], dict[str, np.ndarray]]]


@dataclass(frozen=True)
class LabelledImages:
    """Images of one split, in the order of the split manifest.

    Attributes:
        image_ids: List of n names.
        pixels: uint8 array of shape (n, height, width, 3), RGB, 0 to 255.
        labels: int64 array of shape (n,), indices into `classes`.
        classes: Names of all classes of the manifest, sorted; the same for every split.
    """

    image_ids: list[str]
    pixels: np.ndarray
    labels: np.ndarray
    classes: list[str]

    def __len__(self) -> int:
        return len(self.image_ids)


def class_names(split_manifest: pd.DataFrame) -> list[str]:
    """Name the classes in the order in which every model and table has them."""
    return sorted(split_manifest["label"].unique())


def load_split(model_images: Partitions, split_manifest: pd.DataFrame, split: str) -> LabelledImages:
    """Collect the images of one split.

    Args:
        model_images: Partitions that hold `image_id` (n,) and `pixels` (n, height, width, 3), each loaded when
            it is called. Only one is held beside the result.
        split_manifest: Columns `image_id`, `label` and `split`.
        split: Which split: train, validation or test.

    Raises:
        ValueError: If images of the manifest lie in no partition.
    """
    rows = split_manifest[split_manifest["split"] == split]
    position = {image_id: index for index, image_id in enumerate(rows["image_id"])}
    classes = class_names(split_manifest)
    pixels: np.ndarray | None = None
    found = np.zeros(len(rows), dtype=bool)
    for name in sorted(model_images):
        partition = model_images[name]()
        here = [(i, position[image_id]) for i, image_id in enumerate(partition["image_id"]) if image_id in position]
        if not here:
            continue
        source, target = (list(column) for column in zip(*here, strict=True))
        if pixels is None:
            pixels = np.empty((len(rows), *partition["pixels"].shape[1:]), dtype=np.uint8)
        pixels[target] = partition["pixels"][source]
        found[target] = True
    if pixels is None or not found.all():
        missing = list(rows["image_id"][~found])
        raise ValueError(
            f"Expected a model image for each of the {len(rows):,} images of the {split} split; {len(missing):,} "
            f"are missing, such as {missing[:3]}. Run the preprocessing pipeline again."
        )
    return LabelledImages(
        image_ids=list(rows["image_id"]),
        pixels=pixels,
        labels=rows["label"].map(classes.index).to_numpy(np.int64),
        classes=classes,
    )
