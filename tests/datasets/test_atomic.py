"""Killed or refused while a file is written: what was there stays, and nothing else is left."""

from pathlib import Path

import keras
import pandas as pd
import pytest
from kedro.io import DatasetError, Version

from leukosmear.datasets.atomic import (
    WholeCSVDataset,
    WholeJSONDataset,
    WholeParquetDataset,
    WholeTextDataset,
    whole_file,
)
from leukosmear.datasets.network import NetworkDataset

TABLE = pd.DataFrame({"class": ["A", "B"], "images": [1, 2]})


def test_a_file_takes_its_place_when_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "new" / "file"
    with whole_file(path) as unfinished:
        unfinished.write_text("some")
        assert not path.exists()
    assert path.read_text() == "some"
    with pytest.raises(FileNotFoundError), whole_file(path) as unfinished:
        unfinished.with_suffix(".other").rename(path)
    assert path.read_text() == "some"
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize(
    ("dataset", "data"),
    [
        (WholeCSVDataset(filepath="table.csv", save_args={"index": False}), TABLE),
        (WholeParquetDataset(filepath="table.parquet"), TABLE),
        (WholeJSONDataset(filepath="scores.json"), {"accuracy": 0.5}),
        (WholeTextDataset(filepath="page.html"), "<p>"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_is_saved_is_loaded(dataset, data, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert not dataset.exists()
    dataset.save(data)
    assert dataset.exists()
    loaded = dataset.load()
    assert loaded.equals(data) if isinstance(data, pd.DataFrame) else loaded == data
    assert len(list(tmp_path.iterdir())) == 1


def test_what_cannot_be_saved_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "scores.json"
    dataset = WholeJSONDataset(filepath=str(path))
    dataset.save({"accuracy": 0.5})
    with pytest.raises(DatasetError, match="not JSON serializable"):
        dataset.save({"accuracy": 0.75, "at": object()})  # kedro-datasets writes the accuracy before it fails
    assert dataset.load() == {"accuracy": 0.5}
    assert list(tmp_path.iterdir()) == [path]


def test_versions_are_kept_side_by_side(tmp_path: Path) -> None:
    path = str(tmp_path / "scores.json")
    for version in ("1", "2"):
        WholeJSONDataset(filepath=path, version=Version(None, version)).save(version)
    loaded = [WholeJSONDataset(filepath=path, version=Version(version, None)).load() for version in ("1", "2")]
    assert loaded == ["1", "2"]


def test_a_network_is_saved_whole(tmp_path: Path) -> None:
    path = tmp_path / "network.keras"
    dataset = NetworkDataset(filepath=str(path))
    network = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    dataset.save(network)
    with pytest.raises(DatasetError):
        dataset.save("no network")
    assert (dataset.load().get_weights()[0] == network.get_weights()[0]).all()
    assert list(tmp_path.iterdir()) == [path]
