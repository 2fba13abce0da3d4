import os
from pathlib import Path

import pandas as pd
import pytest
from kedro.io import DatasetError

from conftest import write_folder
from leukosmear.datasets.image_folder import ImageFolder, ImageFolderDataset


def test_every_file_is_listed_whatever_its_suffix(tmp_path: Path) -> None:
    write_folder(tmp_path, {"A/1.jpg": b"x", "A/2.JPG": b"y", "A/notes.txt": b"z", "B/deep/3.png": b"w", "a.csv": b""})
    (tmp_path / "Empty").mkdir()
    folder = ImageFolderDataset(path=str(tmp_path)).load()
    assert folder.classes == ("A", "B", "Empty")
    assert list(folder.files) == ["A/1.jpg", "A/2.JPG", "A/notes.txt", "B/deep/3.png"]
    assert folder.files["A/2.JPG"]() == b"y"
    assert {name: read() for name, read in folder.beside.items()} == {"a.csv": b""}


def test_what_file_managers_leave_behind_is_not_listed(tmp_path: Path) -> None:
    write_folder(tmp_path, {f"{folder}{name}": b"x" for folder in ("", "A/") for name in ("Thumbs.db", "desktop.ini")})
    write_folder(tmp_path, {".DS_Store": b"x", "A/.DS_Store": b"x", "A/1.jpg": b"y"})
    folder = ImageFolderDataset(path=str(tmp_path)).load()
    assert (list(folder.files), list(folder.beside)) == (["A/1.jpg"], [])


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


LEADS_BACK = "a link to a folder that it lies in, or that is read anyway"


def reason(folder: ImageFolder, name: str) -> str:
    """Why a listed file cannot be read."""
    try:
        folder.files[name]()
    except OSError as error:
        return str(error.strerror)
    return "none: it can be read"


def test_links_are_followed_but_not_in_circles(tmp_path: Path) -> None:
    elsewhere = write_folder(tmp_path / "elsewhere", {"2.jpg": b"2"})
    root = write_folder(tmp_path / "root", {"A/1.jpg": b"1", "A/deep/3.jpg": b"3", "B/4.jpg": b"4"})
    (root / "A/batch").symlink_to(elsewhere)
    (elsewhere / "back").symlink_to(root)
    (root / "A/deep/up").symlink_to("..")
    (root / "A/whole").symlink_to(root)
    (root / "A/itself.jpg").symlink_to("itself.jpg")
    (root / "A/other.jpg").symlink_to(root / "B/4.jpg")
    folder = ImageFolderDataset(path=str(root)).load()
    circles = ["A/batch/back", "A/deep/up", "A/whole"]
    assert sorted(folder.files) == sorted(
        ["A/1.jpg", "A/batch/2.jpg", "A/deep/3.jpg", "A/itself.jpg", "A/other.jpg", "B/4.jpg", *circles]
    )
    assert {reason(folder, name) for name in circles} == {LEADS_BACK}
    assert reason(folder, "A/itself.jpg") == "a link to something that is not there"
    assert folder.files["A/batch/2.jpg"]() == b"2"
    assert folder.files["A/other.jpg"]() == b"4"


@pytest.mark.parametrize("target", [".", "..", "A", "A/deep", "../elsewhere"])
def test_a_class_folder_that_links_to_what_is_read_anyway_is_named(tmp_path: Path, target: str) -> None:
    write_folder(tmp_path / "elsewhere", {"3.jpg": b"3"})
    root = write_folder(tmp_path / "root", {"A/1.jpg": b"1", "A/deep/2.jpg": b"2"})
    (root / "B").symlink_to("../elsewhere", target_is_directory=True)
    (root / "Copy").symlink_to(target, target_is_directory=True)
    folder = ImageFolderDataset(path=str(root)).load()
    assert folder.classes == ("A", "B")
    assert list(folder.files) == ["A/1.jpg", "A/deep/2.jpg", "B/3.jpg", "Copy"]
    assert reason(folder, "Copy") == LEADS_BACK


def test_a_link_into_another_class_is_named(tmp_path: Path) -> None:
    root = write_folder(tmp_path, {"A/1.jpg": b"1", "B/2.jpg": b"2"})
    (root / "A/more").symlink_to("../B", target_is_directory=True)
    folder = ImageFolderDataset(path=str(root)).load()
    assert list(folder.files) == ["A/1.jpg", "A/more", "B/2.jpg"]
    assert reason(folder, "A/more") == LEADS_BACK


def test_links_that_lead_nowhere_are_listed(tmp_path: Path) -> None:
    root = write_folder(tmp_path, {"A/1.jpg": b"1"})
    (root / "A/2.jpg").symlink_to("gone.jpg")
    (root / "B").symlink_to("an unplugged disk", target_is_directory=True)
    folder = ImageFolderDataset(path=str(root)).load()
    assert folder.classes == ("A",)
    assert list(folder.files) == ["A/1.jpg", "A/2.jpg", "B"]
    assert {reason(folder, name) for name in ("A/2.jpg", "B")} == {"a link to something that is not there"}


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes on this system")
def test_a_named_pipe_is_not_waited_for(tmp_path: Path) -> None:
    root = write_folder(tmp_path, {"A/1.jpg": b"1"})
    os.mkfifo(root / "A/2.jpg")
    assert reason(ImageFolderDataset(path=str(root)).load(), "A/2.jpg") == "neither a file nor a folder"


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_what_may_not_be_read_is_listed(tmp_path: Path) -> None:
    root = write_folder(tmp_path, {"A/1.jpg": b"1", "A/2.jpg": b"2", "A/locked/3.jpg": b"3"})
    (root / "A/2.jpg").chmod(0)
    (root / "A/locked").chmod(0)
    folder = ImageFolderDataset(path=str(root)).load()
    reasons = {reason(folder, name) for name in ("A/2.jpg", "A/locked")}
    (root / "A/locked").chmod(0o700)
    assert list(folder.files) == ["A/1.jpg", "A/2.jpg", "A/locked"]
    assert reasons == {"Permission denied"}


def test_a_folder_that_cannot_be_listed_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = write_folder(tmp_path, {"A/1.jpg": b"1", "A/locked/2.jpg": b"2"})
    listed = os.scandir

    def refuse(path: Path):
        if Path(path).name == "locked":
            raise PermissionError(13, "Permission denied")
        return listed(path)

    monkeypatch.setattr(os, "scandir", refuse)
    folder = ImageFolderDataset(path=str(root)).load()
    assert list(folder.files) == ["A/1.jpg", "A/locked"]
    with pytest.raises(IsADirectoryError):  # as root; others are refused as above
        folder.files["A/locked"]()


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("ü <script> & 'x'.png", "ü <script> & 'x'.png"),
        ("two\nlines\t.png", "two\\nlines\\t.png"),
        (r"two\nlines\t.png", r"two\\nlines\\t.png"),
        ("red \x1b[31m.png", "red \\x1b[31m.png"),
        ("latin-1 \udcfc.png", "latin-1 \\xfc.png"),
    ],
    ids=["markup", "line end", "backslash", "terminal codes", "not UTF-8"],
)
def test_names_are_listed_as_any_table_can_show_them(tmp_path: Path, name: str, shown: str) -> None:
    try:
        write_folder(tmp_path, {f"{name} class/{name}": b"x"})
    except OSError:
        pytest.skip("this file system does not take such names")
    folder = ImageFolderDataset(path=str(tmp_path)).load()
    assert folder.classes == (f"{shown} class",)
    assert list(folder.files) == [f"{shown} class/{shown}"]
    assert folder.files[f"{shown} class/{shown}"]() == b"x"
    pd.DataFrame({"file_name": list(folder.files)}).to_parquet(tmp_path / "table.parquet")


def test_missing_folder_is_an_error_that_names_the_settings(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"Expected a folder of images.*Found nothing.*PBS_DATA_DIR"):
        ImageFolderDataset(path=str(tmp_path / "nowhere")).load()


def test_a_flat_folder_is_listed_whole(tmp_path: Path) -> None:
    write_folder(tmp_path, {"Im001_1.tif": b"x", "notes.txt": b"y", ".hidden": b"z"})
    (tmp_path / "Im002_0.tif").symlink_to("gone.tif")
    folder = ImageFolderDataset(path=str(tmp_path)).load()
    assert folder.classes == ()
    assert list(folder.files) == ["Im001_1.tif", "Im002_0.tif", "notes.txt"]
    assert reason(folder, "Im002_0.tif") == "a link to something that is not there"


def test_empty_folder_is_an_error(tmp_path: Path) -> None:
    write_folder(tmp_path, {".hidden": b"x"})
    with pytest.raises(DatasetError, match="one folder of images per class"):
        ImageFolderDataset(path=str(tmp_path)).load()


def test_raw_images_are_never_written(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="read only"):
        ImageFolderDataset(path=str(tmp_path)).save({"A/1.jpg": b""})
