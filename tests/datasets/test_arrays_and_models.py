from pathlib import Path

import numpy as np
import pytest
from kedro.io import DatasetError
from sklearn.base import BaseEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from leukosmear.datasets.arrays import ArraysDataset
from leukosmear.datasets.estimator import EstimatorDataset
from leukosmear.datasets.file_size import FileSizeDataset


def test_arrays_come_back_as_they_were(tmp_path: Path) -> None:
    dataset = ArraysDataset(filepath=str(tmp_path / "new" / "arrays.npz"))
    assert not dataset.exists()
    dataset.save({"image_id": np.array(["A/ü", "B/1"]), "pixels": np.arange(24, dtype=np.uint8).reshape(2, 2, 2, 3)})
    loaded = dataset.load()
    assert list(loaded["image_id"]) == ["A/ü", "B/1"]
    assert loaded["pixels"].dtype == np.uint8
    np.testing.assert_array_equal(loaded["pixels"].ravel(), range(24))


def test_mapped_arrays_are_those_of_the_file_that_was_loaded(tmp_path: Path) -> None:
    dataset = ArraysDataset(filepath=str(tmp_path / "arrays.npz"), mapped=True)
    pixels = np.arange(24, dtype=np.uint8).reshape(2, 2, 2, 3)
    saved = {"image_id": np.array(["A/ü", "B/1"]), "pixels": pixels, "by_columns": np.asfortranarray(pixels[0, 0])}
    dataset.save(saved)
    loaded = dataset.load()
    dataset.save({"pixels": pixels + 100})
    assert loaded.keys() == saved.keys()
    for name, array in saved.items():
        assert loaded[name].dtype == array.dtype
        np.testing.assert_array_equal(loaded[name], array)
    with pytest.raises(ValueError, match="read-only"):
        loaded["pixels"][0] = 0
    np.testing.assert_array_equal(dataset.load()["pixels"], pixels + 100)


def test_compressed_arrays_cannot_be_mapped(tmp_path: Path) -> None:
    np.savez_compressed(tmp_path / "arrays.npz", x=np.ones(3))
    with pytest.raises(DatasetError, match=r"without compression. Found 'x.npy' compressed"):
        ArraysDataset(filepath=str(tmp_path / "arrays.npz"), mapped=True).load()


def test_arrays_of_objects_are_refused_and_what_was_there_stays(tmp_path: Path) -> None:
    dataset = ArraysDataset(filepath=str(tmp_path / "arrays.npz"))
    dataset.save({"x": np.ones(1)})
    with pytest.raises(DatasetError):
        dataset.save({"x": np.array([object()])})
    assert dataset.load()["x"] == 1
    assert [path.name for path in tmp_path.iterdir()] == ["arrays.npz"]


def test_estimator_comes_back_with_the_same_predictions(tmp_path: Path) -> None:
    x = np.random.default_rng(0).normal(size=(30, 3))
    y = np.where(x[:, 0] > 0, "Pre", "Pro")
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(x, y)
    path = tmp_path / "estimator.skops"
    EstimatorDataset(filepath=str(path)).save(model)
    loaded = EstimatorDataset(filepath=str(path)).load()
    np.testing.assert_array_equal(loaded.predict_proba(x), model.predict_proba(x))
    assert FileSizeDataset(filepath=str(path)).load() == len(path.read_bytes())


class Stranger(BaseEstimator):
    def fit(self, x, y):
        return self


def test_untrusted_types_are_not_loaded(tmp_path: Path) -> None:
    path = str(tmp_path / "estimator.skops")
    EstimatorDataset(filepath=path).save(Stranger())
    with pytest.raises(DatasetError, match=r"not trusted: .*Stranger"):
        EstimatorDataset(filepath=path).load()
    trusting = EstimatorDataset(filepath=path, trusted=[f"{Stranger.__module__}.Stranger"])
    assert isinstance(trusting.load(), BaseEstimator)
