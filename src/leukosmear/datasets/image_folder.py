"""A folder of image files, in one subfolder per class or in none."""

import errno
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

from kedro.io import AbstractDataset, DatasetError

from leukosmear.datasets.storage import local_path

# The public archive of the real images holds the photographs in this folder, beside a folder `Segmented` with masks
# under the same file names.
ARCHIVE_IMAGES = "Original"

# What Windows leaves in folders that were looked at; those of other systems are hidden.
_CLUTTER = ("thumbs.db", "desktop.ini")


@dataclass(frozen=True)
class ImageFolder:
    """What lies in a data set's folder, its files still unread.

    Attributes:
        classes: Names of the class folders, sorted; a folder without files is listed too. None for a flat folder.
        files: File name relative to the data set's folder (`"Early/smear 1.jpg"`) to a function that reads the
            file's bytes, or raises an OSError that says why it cannot. Names are made readable by `readable`.
        beside: The same for files beside the class folders, which are no part of the data set.
    """

    classes: tuple[str, ...]
    files: Mapping[str, Callable[[], bytes]]
    beside: Mapping[str, Callable[[], bytes]] = field(default_factory=dict)


class ImageFolderDataset(AbstractDataset[NoReturn, ImageFolder]):
    """Reads `<path>/<class>/<file>`, or `<path>/<file>`, without judging the files: data validation does that.

    Unlike `PartitionedDataset` this lists every file whatever its suffix, empty class folders and folders that are
    links, so that a file that cannot be used is named instead of overlooked; so are links that lead nowhere, or back
    into the data set, and folders that cannot be listed. Hidden files and folders are left alone. Where `path` holds a
    folder `Original` with folders in it, as the archive of the real images does, that one is read and its siblings are
    left alone. Files beside folders are no part of the data set; where there is no folder at all, as in ALL-IDB, they
    are.
    """

    def __init__(self, *, path: str, metadata: dict[str, Any] | None = None) -> None:
        self._path = local_path(path, "A folder of images")
        self.metadata = metadata

    def load(self) -> ImageFolder:
        """List the files.

        Raises:
            DatasetError: If the folder is missing, or empty.
        """
        root = self._root()
        folders, links, files = _sort_out(root)
        real_root = os.path.realpath(root)
        if folders:
            paths = [path for folder in folders for path in _files_below(folder, real_root, ())] + links
        else:
            paths, files = list(_files_below(root, real_root, ())), []
        if not folders and not paths:
            raise DatasetError(
                f"Expected one folder of images per class in '{root}', such as '{root}/Benign'. "
                "Found nothing there. Point the setting `raw_images` at the folder that "
                "holds the class folders."
            )
        return ImageFolder(
            classes=tuple(readable(folder.name) for folder in folders),
            files={readable(path.relative_to(root).as_posix()): partial(_read, path) for path in paths},
            beside={readable(path.name): partial(_read, path) for path in files},
        )

    def _root(self) -> Path:
        if not self._path.is_dir():
            raise DatasetError(
                f"Expected a folder of images at '{self._path}'. Found "
                f"{'a file' if self._path.exists() else 'nothing'} there. Set `raw_images` to the "
                "folder that holds the class folders, by --params=raw_images=/path/to/folder or in the globals.yml of "
                "the environment; for --env=taleqani, PBS_DATA_DIR does so, too."
            )
        nested = self._path / ARCHIVE_IMAGES
        return nested if nested.is_dir() and _visible_folders(nested) else self._path

    def save(self, data: NoReturn) -> NoReturn:
        """Refuse: raw data are never written."""
        raise DatasetError("Raw images are read only.")

    def _exists(self) -> bool:
        return self._path.is_dir()

    def _describe(self) -> dict[str, Any]:
        return {"path": self._path.as_posix()}


def readable(name: str) -> str:
    r"""Write a file name so that every table, page and terminal can show it, on one line.

    Bytes that are no UTF-8 and characters that cannot be printed, line ends among them, become escapes
    such as `\xff`. A backslash of the name is doubled, so that no two names become one.
    """
    text = os.fsencode(name).replace(b"\\", b"\\\\").decode("utf-8", "backslashreplace")
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


def _is_visible(name: str) -> bool:
    return not name.startswith(".") and name.lower() not in _CLUTTER


def _visible_folders(root: Path) -> list[Path]:
    return [path for path in root.iterdir() if path.is_dir() and _is_visible(path.name)]


def _sort_out(root: Path) -> tuple[list[Path], list[Path], list[Path]]:
    """Tell what lies in a data set's folder apart: class folders, links that cannot be one, and files; each sorted."""
    folders: list[Path] = []
    links: list[Path] = []
    files: list[Path] = []
    real_folders: set[str] = set()
    for path in sorted(path for path in root.iterdir() if _is_visible(path.name)):
        real = os.path.realpath(path)
        if not path.is_dir():
            (links if path.is_symlink() and not path.exists() else files).append(path)
        elif path.is_symlink() and (real in real_folders or _leads_back(path, os.path.realpath(root), ())):
            links.append(path)
        else:
            folders.append(path)
            real_folders.add(real)
    return folders, links, files


def _files_below(folder: Path, root: str, above: tuple[str, ...]) -> Iterator[Path]:
    """List everything below a folder that is no folder, sorted, and the folders that cannot be listed.

    Args:
        folder: Where to look; links to folders are followed.
        root: Real path of the data set's folder.
        above: Real paths of the folders that led here. A link to one of them or to one around it, or into the data
            set, is listed and not followed: it would never end, or bring images in twice or of another class.
    """
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError:
        yield folder
        return
    here = (*above, os.path.realpath(folder))
    for entry in entries:
        if not _is_visible(entry.name):
            continue
        path = Path(entry.path)
        # `isdir` follows links, and takes what cannot be followed for no folder; `entry.is_dir` raises an error there.
        is_folder = os.path.isdir(path) if entry.is_symlink() else entry.is_dir()
        if is_folder and not (entry.is_symlink() and _leads_back(path, root, here)):
            yield from _files_below(path, root, here)
        else:
            yield path


def _leads_back(link: Path, root: str, above: tuple[str, ...]) -> bool:
    target = Path(os.path.realpath(link))
    return target.is_relative_to(root) or any(Path(folder).is_relative_to(target) for folder in (root, *above))


def _read(path: Path) -> bytes:
    if not path.is_file():
        if path.is_dir():
            if path.is_symlink():
                raise OSError(errno.ELOOP, "a link to a folder that it lies in, or that is read anyway")
        elif path.exists():  # reading a pipe would wait for ever
            raise OSError(errno.EINVAL, "neither a file nor a folder")
        elif path.is_symlink():
            raise FileNotFoundError(errno.ENOENT, "a link to something that is not there")
    return path.read_bytes()
