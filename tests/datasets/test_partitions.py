import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from kedro.io import DatasetError

from leukosmear.datasets.partitions import PartitionsDataset

KILLED_IN_THE_THIRD_PARTITION = """
import os, signal, sys
import numpy as np
from leukosmear.datasets.partitions import PartitionsDataset
def make(number):
    if number == 2:
        os.kill(os.getpid(), signal.SIGKILL)
    return {"x": np.array([number])}
PartitionsDataset(path=sys.argv[1]).save({f'{n:02d}': (lambda n=n: make(n)) for n in range(16)})
"""


def lazily(*numbers: int) -> dict[str, Callable[[], dict[str, np.ndarray]]]:
    return {f"{place:02d}": lambda number=number: {"x": np.array([number])} for place, number in enumerate(numbers)}


def values(dataset: PartitionsDataset) -> list[int]:
    return [int(load()["x"][0]) for load in dataset.load().values()]


@pytest.fixture
def dataset(tmp_path: Path) -> PartitionsDataset:
    return PartitionsDataset(path=str(tmp_path / "images"), mapped=True)


def test_a_smaller_folder_takes_the_place_of_a_larger_one(dataset: PartitionsDataset, tmp_path: Path) -> None:
    dataset.save(lazily(1, 2, 3))
    assert values(dataset) == [1, 2, 3]
    dataset.save({"00": {"x": np.array([4])}})
    assert values(dataset) == [4]
    assert [path.name for path in tmp_path.iterdir()] == ["images"]


def test_one_partition_is_made_at_a_time(dataset: PartitionsDataset, tmp_path: Path) -> None:
    seen: list[int] = []

    def make() -> dict[str, np.ndarray]:
        seen.append(len(list(tmp_path.rglob("*.npz"))))
        return {"x": np.zeros(1)}

    dataset.save({"a": make, "b": make, "c": make})
    assert seen == [0, 1, 2]


@pytest.mark.parametrize("before", [(), (1, 2)], ids=["none", "two"])
def test_what_is_killed_leaves_the_folder_that_was_there(
    dataset: PartitionsDataset, tmp_path: Path, project: Path, before: tuple[int, ...]
) -> None:
    if before:
        dataset.save(lazily(*before))
    process = subprocess.run(
        [sys.executable, "-c", KILLED_IN_THE_THIRD_PARTITION, str(tmp_path / "images")], check=False, env={**os.environ}
    )
    assert process.returncode == -9
    assert dataset.exists() == bool(before)
    assert len(list(tmp_path.glob(".unfinished.*/*.npz"))) == 2
    assert not before or values(dataset) == list(before)


def test_what_fails_leaves_the_folder_that_was_there(dataset: PartitionsDataset, tmp_path: Path) -> None:
    dataset.save(lazily(1, 2))
    with pytest.raises(DatasetError, match="division"):
        dataset.save(lazily(3) | {"01": lambda: {"x": np.array([1 // 0])}})
    assert values(dataset) == [1, 2]
    assert [path.name for path in tmp_path.iterdir()] == ["images"]


def test_some_of_the_partitions_are_none(dataset: PartitionsDataset, tmp_path: Path) -> None:
    dataset.save(lazily(1, 2, 3))
    (tmp_path / "images/01.npz").unlink()
    assert not dataset.exists()
    (tmp_path / "images/partitions.json").unlink()
    with pytest.raises(DatasetError, match=r"with its index 'partitions.json'.* Run what makes it"):
        dataset.load()


def test_partitions_of_two_runs_are_never_mixed(dataset: PartitionsDataset, tmp_path: Path) -> None:
    dataset.save(lazily(1, 2))
    loaded = dataset.load()
    assert loaded["00"]()["x"] == 1
    dataset.save(lazily(1, 2))  # equal data are no other
    assert loaded["00"]()["x"] == 1
    dataset.save(lazily(1, 3))
    assert loaded["00"]()["x"] == 1
    with pytest.raises(DatasetError, match="a second run has replaced it"):
        loaded["01"]()


def test_two_runs_that_save_at_the_same_time_leave_the_partitions_of_one(tmp_path: Path) -> None:
    one, other = (PartitionsDataset(path=str(tmp_path / "images")) for _ in range(2))
    one.save({"0": lambda: other.save(lazily(5, 6, 7)) or {"x": np.array([1])}, "1": {"x": np.array([2])}})
    assert values(one) == [1, 2]
    assert [path.name for path in tmp_path.iterdir()] == ["images"]


def test_a_partition_that_was_exchanged_by_hand_is_refused(dataset: PartitionsDataset, tmp_path: Path) -> None:
    dataset.save(lazily(1, 2))
    (tmp_path / "images/00.npz").write_bytes((tmp_path / "images/01.npz").read_bytes())
    assert not dataset.exists()
    with pytest.raises(DatasetError, match=r"what the index beside it says. Found other arrays"):
        dataset.load()["00"]()
