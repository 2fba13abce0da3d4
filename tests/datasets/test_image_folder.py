from pathlib import Path

import pytest
from kedro.io import DatasetError

from conftest import write_folder
from leukosmear.datasets.image_folder import ImageFolderDataset


def test_every_file_is_listed_whatever_its_suffix(tmp_path: Path) -> None:
    write_folder(tmp_path, {"A/1.jpg": b"x", "A/2.JPG": b"y", "A/notes.txt": b"z", "B/deep/3.png": b"w", "a.csv": b""})
    (tmp_path / "Empty").mkdir()
    folder = ImageFolderDataset(path=str(tmp_path)).load()
    assert folder.classes == ("A", "B", "Empty")
    assert list(folder.files) == ["A/1.jpg", "A/2.JPG", "A/notes.txt", "B/deep/3.png"]
    assert folder.files["A/2.JPG"]() == b"y"


@pytest.mark.parametrize("start", ["", "Original", "Original/."], ids=["archive", "Original", "class folders"])
def test_archive_layout_is_recognised_and_masks_left_alone(tmp_path: Path, start: str) -> None:
    write_folder(tmp_path, {"Original/A/1.jpg": b"photo", "Segmented/A/1.jpg": b"mask"})
    folder = ImageFolderDataset(path=str(tmp_path / start)).load()
    assert folder.classes == ("A",)
    assert [read() for read in folder.files.values()] == [b"photo"]


def test_classes_may_be_called_like_folders_of_the_archive(tmp_path: Path) -> None:
    write_folder(tmp_path, {"Original/1.jpg": b"x", "Segmented/1.jpg": b"a segmented neutrophil"})
    assert ImageFolderDataset(path=str(tmp_path)).load().classes == ("Original", "Segmented")


def test_linked_class_folders_are_read_and_hidden_files_are_not(tmp_path: Path) -> None:
    elsewhere = write_folder(tmp_path / "elsewhere", {"1.jpg": b"x", ".DS_Store": b""})
    root = tmp_path / "root"
    root.mkdir()
    (root / "A").symlink_to(elsewhere, target_is_directory=True)
    (root / ".git").mkdir()
    folder = ImageFolderDataset(path=str(root)).load()
    assert folder.classes == ("A",)
    assert list(folder.files) == ["A/1.jpg"]


def test_missing_folder_is_an_error_that_names_the_settings(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"Expected a folder of images.*Found nothing.*PBS_DATA_DIR"):
        ImageFolderDataset(path=str(tmp_path / "nowhere")).load()


def test_folder_without_classes_is_an_error(tmp_path: Path) -> None:
    write_folder(tmp_path, {"1.jpg": b"x"})
    with pytest.raises(DatasetError, match="one folder of images per class"):
        ImageFolderDataset(path=str(tmp_path)).load()


def test_raw_images_are_never_written(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="read only"):
        ImageFolderDataset(path=str(tmp_path)).save({"A/1.jpg": b""})
