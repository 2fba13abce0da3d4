"""Killed or refused while a file is written: what was there stays, and nothing else is left."""

import inspect
from pathlib import Path

import fsspec
import keras
import numpy as np
import pandas as pd
import pytest
from kedro.io import DatasetError
from sklearn.linear_model import LogisticRegression

from leukosmear.datasets.archive import ArchiveListingDataset
from leukosmear.datasets.arrays import ArraysDataset
from leukosmear.datasets.atomic import AtomicDataset
from leukosmear.datasets.binary import BytesDataset
from leukosmear.datasets.checkpoint import CheckpointDataset
from leukosmear.datasets.database import DatabaseDataset
from leukosmear.datasets.estimator import EstimatorDataset
from leukosmear.datasets.figure import FigureDataset
from leukosmear.datasets.file_facts import FileFactsDataset
from leukosmear.datasets.image_folder import ImageFolderDataset
from leukosmear.datasets.optional_csv import OptionalCSVDataset
from leukosmear.datasets.partitions import PartitionsDataset
from leukosmear.datasets.storage import file_system_of, whole_file
from leukosmear.figures import new_figure

TABLE = pd.DataFrame({"class": ["A", "B"], "images": [1, 2]})
CSV = {"type": "pandas.CSVDataset", "save_args": {"index": False}}


@pytest.fixture(params=["", "file://", "memory://"])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A folder as the catalog may name it, on two kinds of file systems."""
    return f"{request.param}{tmp_path}"


def files_in(folder: str) -> list[str]:
    fs, path = file_system_of(folder)
    return sorted(name.rpartition("/")[2] for name in fs.find(path))


def test_a_file_takes_its_place_when_it_is_whole(folder: str) -> None:
    fs, path = file_system_of(f"{folder}/new/file")
    with whole_file(fs, path) as unfinished:
        fs.pipe_file(unfinished, b"some")
        assert not fs.exists(path)
    assert fs.cat_file(path) == b"some"
    with pytest.raises(ZeroDivisionError), whole_file(fs, path) as unfinished:
        fs.pipe_file(unfinished, bytes(1 // 0))
    assert fs.cat_file(path) == b"some"
    assert files_in(folder) == ["file"]


@pytest.mark.parametrize(
    ("name", "kind", "data", "preview"),
    [
        ("table.csv", CSV, TABLE, "TablePreview"),
        ("table.parquet", "pandas.ParquetDataset", TABLE, "TablePreview"),
        ("scores.json", "json.JSONDataset", {"accuracy": 0.5}, "JSONPreview"),
        ("page.html", "text.TextDataset", "<p>", None),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_any_dataset_is_saved_whole_and_loaded_and_previewed(folder: str, name, kind, data, preview) -> None:
    dataset = AtomicDataset(filepath=f"{folder}/{name}", dataset=kind)
    assert not dataset.exists()
    dataset.save(data)
    assert dataset.exists()
    loaded = dataset.load()
    assert loaded.equals(data) if isinstance(data, pd.DataFrame) else loaded == data
    assert files_in(folder) == [name]
    # As Kedro-Viz asks.
    shown = getattr(dataset, "preview", None)
    assert (inspect.signature(shown).return_annotation if shown else None) == preview
    if shown and not folder.startswith("memory:"):  # where Kedro's own previews read Parquet, too
        assert shown()


def test_what_cannot_be_saved_leaves_what_was_there(folder: str) -> None:
    dataset = AtomicDataset(filepath=f"{folder}/scores.json", dataset="json.JSONDataset")
    dataset.save({"accuracy": 0.5})
    with pytest.raises(DatasetError, match="not JSON serializable"):
        dataset.save({"accuracy": 0.75, "at": object()})  # kedro-datasets writes the accuracy before it fails
    assert dataset.load() == {"accuracy": 0.5}
    assert files_in(folder) == ["scores.json"]


def test_a_network_is_saved_whole(tmp_path: Path) -> None:
    path = tmp_path / "network.keras"
    dataset = AtomicDataset(filepath=str(path), dataset="tensorflow.TensorFlowModelDataset")
    network = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    dataset.save(network)
    with pytest.raises(DatasetError):
        dataset.save("no network")
    assert (dataset.load().get_weights()[0] == network.get_weights()[0]).all()
    assert list(tmp_path.iterdir()) == [path]


def test_our_own_datasets_take_any_path(folder: str) -> None:
    figure = new_figure(1, 1)
    figure.subplots()
    estimator = LogisticRegression().fit([[0.0], [1.0]], [0, 1])
    saved = {
        ArraysDataset(filepath=f"{folder}/arrays.npz"): {"x": np.arange(3)},
        BytesDataset(filepath=f"{folder}/model.onnx"): b"\x00\r\n",
        EstimatorDataset(filepath=f"{folder}/estimator.skops"): estimator,
        FigureDataset(filepath=f"{folder}/figure.png"): figure,
        PartitionsDataset(path=f"{folder}/images"): {"0": {"x": np.arange(3)}},
    }
    for dataset, data in saved.items():
        assert not dataset.exists(), dataset
        dataset.save(data)
        assert dataset.exists(), dataset
    arrays, model, fitted, drawn, partitions = (dataset.load() for dataset in saved)
    assert list(arrays["x"]) == list(partitions["0"]()["x"]) == [0, 1, 2]
    assert model == b"\x00\r\n"
    assert (fitted.coef_ == estimator.coef_).all()
    assert drawn.startswith("<?xml")
    assert FileFactsDataset(filepath=f"{folder}/model.onnx").load()["n_bytes"] == 3
    store = CheckpointDataset(filepath=f"{folder}/checkpoint.npz").load()
    assert store.load() is None
    store.save({"epoch": np.array(3)})
    assert store.load() == {"epoch": 3}
    store.clear()
    assert store.load() is None
    assert "checkpoint.npz" not in files_in(folder)


def test_inputs_are_read_from_any_path(folder: str) -> None:
    with fsspec.open(f"{folder}/patients.csv", "w") as file:
        file.write("image_id,patient_id\nA/1,007\n")
    patients = OptionalCSVDataset(filepath=f"{folder}/patients.csv", columns=["patient_id"], setting="patients")
    assert patients.exists()
    assert list(patients.load()["patient_id"]) == ["007"]
    np.savez(buffer := fsspec.open(f"{folder}/archive.zip", "wb").open(), x=np.arange(3))
    buffer.close()
    archive = ArchiveListingDataset(filepath=f"{folder}/archive.zip")
    assert archive.exists()
    assert list(archive.load()["name"]) == ["x.npy"]


def test_what_needs_a_local_file_says_so() -> None:
    for make in (
        lambda: DatabaseDataset(filepath="memory://studies.db"),
        lambda: ArraysDataset(filepath="memory://arrays.npz", mapped=True),
        lambda: PartitionsDataset(path="memory://images", mapped=True),
        lambda: ImageFolderDataset(path="memory://images"),
    ):
        with pytest.raises(DatasetError, match=r"needs a local file. Found 'memory://"):
            make()


def test_equal_arrays_give_equal_files(tmp_path: Path) -> None:
    for name in "ab":
        ArraysDataset(filepath=str(tmp_path / name)).save({"x": np.arange(9), "image_id": np.array(["A/ü"])})
    one, other = (path.read_bytes() for path in tmp_path.iterdir())
    assert one == other
