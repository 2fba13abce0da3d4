from pathlib import Path

import pytest
from kedro.io import DatasetError

from leukosmear.datasets.binary import BytesDataset


def test_bytes_come_back_as_they_were(tmp_path: Path) -> None:
    dataset = BytesDataset(filepath=str(tmp_path / "new" / "model.onnx"))
    assert not dataset.exists()
    dataset.save(b"\x00\xff\r\n")
    assert dataset.exists()
    assert dataset.load() == b"\x00\xff\r\n"


def test_what_cannot_be_saved_leaves_what_was_there(tmp_path: Path) -> None:
    dataset = BytesDataset(filepath=str(tmp_path / "model.onnx"))
    dataset.save(b"old")
    with pytest.raises(DatasetError, match="bytes-like"):
        dataset.save("text")
    assert dataset.load() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["model.onnx"]
