"""Finding images in the stored partitions, and getting them in any order."""

import tracemalloc
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from conftest import partitions
from leukosmear.datasets.arrays import ArraysDataset
from leukosmear.model_images import StoredImages, load_side

IMAGE_IDS = [f"A/{number}" for number in range(10)]


@pytest.fixture
def stored() -> dict[str, Callable[[], dict]]:
    """Ten images whose pixels are their numbers, in partitions of three."""
    pixels = np.broadcast_to(np.arange(10, dtype=np.uint8)[:, None, None, None], (10, 2, 4, 3))
    return partitions(pixels, IMAGE_IDS)


def test_images_are_gathered_in_any_order_and_from_any_partition(stored) -> None:
    images = StoredImages(stored, ["A/7", "A/0", "A/4", "A/8"])
    found = images.gather("pixels", np.array([3, 0, 0, 2]))
    assert (found.shape, found.dtype) == ((4, 2, 4, 3), np.uint8)
    assert found[:, 1, 3, 2].tolist() == [8, 7, 7, 4]
    assert images.gather("pixels")[:, 0, 0, 0].tolist() == [7, 0, 4, 8]
    assert [part[:, 0, 0, 0].tolist() for part in images.in_batches("pixels", 3)] == [[7, 0, 4], [8]]


def test_whatever_else_is_stored_is_gathered_likewise(stored) -> None:
    def with_areas(load: Callable[[], dict]) -> Callable[[], dict]:
        return lambda: load() | {"area": np.array([len(image_id) for image_id in load()["image_id"]], np.float32)}

    images = StoredImages({name: with_areas(load) for name, load in stored.items()}, ["A/9", "A/1"])
    areas = images.gather("area")
    assert (areas.tolist(), areas.dtype) == ([3, 3], np.float32)
    assert images.gather("image_id").tolist() == ["A/9", "A/1"]


def test_an_image_that_is_in_no_partition_is_an_error(stored) -> None:
    del stored["0000003"]
    with pytest.raises(ValueError, match=r"each of 3 images of the split; 2 are missing, such as \['A/4', 'A/5'\]"):
        StoredImages(stored, ["A/4", "A/0", "A/5"])


def test_a_side_has_its_images_labels_and_the_classes_of_all_sides(stored) -> None:
    split = pd.DataFrame(
        {"image_id": ["A/3", "A/2", "A/1"], "label": ["y", "z", "x"], "side": ["test", "test", "train"]}
    )
    side = load_side(stored, split, "test")
    assert (side.image_ids, side.classes, side.labels.tolist()) == (["A/3", "A/2"], ["x", "y", "z"], [1, 2])
    assert side.pixels[:, 0, 0, 0].tolist() == [3, 2]
    with pytest.raises(ValueError, match=r"on the validation side of the split. Found none among its 3"):
        load_side(stored, split, "validation")


def test_only_gathered_images_take_memory(tmp_path: Path) -> None:
    """Of 24 MB in eight files, a batch of four images of 48 kB is copied."""
    loads = {}
    for number in range(8):
        loads[str(number)] = ArraysDataset(filepath=str(tmp_path / f"{number}.npz"), mapped=True).load
        pixels = np.full((64, 128, 128, 3), number, np.uint8)
        image_ids = np.array([f"{number}/{index}" for index in range(64)])
        ArraysDataset(filepath=str(tmp_path / f"{number}.npz")).save({"image_id": image_ids, "pixels": pixels})
    wanted = [f"{index % 8}/{index // 8}" for index in range(512)]
    tracemalloc.start()
    try:
        images = StoredImages(loads, wanted)
        for start in range(0, 512, 4):
            found = images.gather("pixels", np.arange(start, start + 4))
            assert found[:, 0, 0, 0].tolist() == [start % 8 + index for index in range(4)]
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert most < 2e6
