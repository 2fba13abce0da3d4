import hashlib
import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
from kedro.io import DatasetError
from sklearn.base import BaseEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from leukosmear.datasets.arrays import ArraysDataset
from leukosmear.datasets.checkpoint import Store
from leukosmear.datasets.estimator import EstimatorDataset
from leukosmear.datasets.file_facts import FileFactsDataset


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


@pytest.mark.parametrize("dtype", [object, [("number", "<i8"), ("pointer", object)]], ids=["object", "a part of it"])
def test_a_mapped_array_of_objects_is_refused_before_its_bytes_are_used_as_pointers(tmp_path: Path, dtype) -> None:
    header = io.BytesIO()
    np.lib.format.write_array(header, np.zeros(2, dtype), allow_pickle=True)
    raw = header.getvalue()[: header.getvalue().index(b"\n") + 1] + b"\x01" * 2 * np.dtype(dtype).itemsize
    with zipfile.ZipFile(tmp_path / "arrays.npz", "w") as archive:
        archive.writestr("x.npy", raw)
    for mapped in (True, False):
        with pytest.raises(DatasetError, match="Expected arrays of numbers or texts") as refusal:
            ArraysDataset(filepath=str(tmp_path / "arrays.npz"), mapped=mapped).load()
        assert "pickle" not in str(refusal.value)


def test_a_mapped_file_whose_check_sum_is_wrong_is_refused_and_a_good_one_is_checked_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "arrays.npz"
    dataset = ArraysDataset(filepath=str(path), mapped=True)
    dataset.save({"x": np.arange(24, dtype=np.uint8)})
    calls: list[None] = []
    check = zipfile.ZipFile.testzip
    monkeypatch.setattr(zipfile.ZipFile, "testzip", lambda archive: calls.append(None) or check(archive))
    dataset.load()
    dataset.load()
    assert len(calls) == 1
    content = path.read_bytes()
    path.write_bytes(content.replace(bytes(range(24)), bytes(range(1, 25))))
    with pytest.raises(DatasetError, match="broken or holds something else"):
        dataset.load()


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"\x93NUMPY\x01\x00", b"no archive"])
@pytest.mark.parametrize("mapped", [False, True])
def test_a_broken_file_says_so_and_advises_no_pickle(tmp_path: Path, content: bytes, mapped: bool) -> None:
    path = tmp_path / "checkpoint.npz"
    path.write_bytes(content)
    with pytest.raises(DatasetError, match=r"broken or holds something else. Remove it") as refusal:
        ArraysDataset(filepath=str(path), mapped=mapped).load()
    assert "pickle" not in str(refusal.value)
    with pytest.raises(DatasetError, match="broken"):
        Store(path).load()


def test_arrays_without_elements_can_be_mapped(tmp_path: Path) -> None:
    dataset = ArraysDataset(filepath=str(tmp_path / "arrays.npz"), mapped=True)
    dataset.save({"x": np.zeros((0, 3))})
    assert dataset.load()["x"].shape == (0, 3)


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
    content = path.read_bytes()
    facts = {"n_bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    assert FileFactsDataset(filepath=str(path)).load() == facts


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
