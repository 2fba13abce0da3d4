"""A folder with one subfolder of image files per class."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

from kedro.io import AbstractDataset, DatasetError

# The public archive of the real images holds the photographs in this folder, beside a folder `Segmented` with masks
# under the same file names.
ARCHIVE_IMAGES = "Original"


@dataclass(frozen=True)
class ImageFolder:
    """What lies in a data set's folder, its files still unread.

    Attributes:
        classes: Names of the class folders, sorted; a folder without files is listed too.
        files: File name relative to the data set's folder (`"Early/smear 1.jpg"`) to a function that reads the
            file's bytes.
    """

    classes: tuple[str, ...]
    files: Mapping[str, Callable[[], bytes]]


class ImageFolderDataset(AbstractDataset[NoReturn, ImageFolder]):
    """Reads `<path>/<class>/<file>` without judging the files: data validation does that.

    Unlike `PartitionedDataset` this lists every file whatever its suffix, empty class folders and class folders
    that are links, so that a file that cannot be used is named instead of overlooked. Hidden files and folders
    are left alone. Where `path` holds a folder `Original` with folders in it, as the archive of the real images does,
    that one is read and its siblings are left alone.
    """

    def __init__(self, *, path: str, metadata: dict[str, Any] | None = None) -> None:
        self._path = Path(path)
        self.metadata = metadata

    def load(self) -> ImageFolder:
        """List the files.

        Raises:
            DatasetError: If the folder is missing, or holds no class folders.
        """
        root = self._root()
        folders = sorted(_visible_folders(root), key=lambda folder: folder.name)
        if not folders:
            raise DatasetError(
                f"Expected one folder of images per class in '{root}', such as '{root}/Benign'. "
                "Found no folder there. Point the setting `raw_images` (or PBS_DATA_DIR) at the folder that "
                "holds the class folders."
            )
        files = {
            path.relative_to(root).as_posix(): partial(path.read_bytes)
            for folder in folders
            for path in sorted(folder.rglob("*"))
            if path.is_file() and not _is_hidden(path.relative_to(root))
        }
        return ImageFolder(classes=tuple(folder.name for folder in folders), files=files)

    def _root(self) -> Path:
        if not self._path.is_dir():
            raise DatasetError(
                f"Expected a folder of images at '{self._path}'. Found "
                f"{'a file' if self._path.exists() else 'nothing'} there. Set PBS_DATA_DIR, or `raw_images` in "
                "the environment's globals.yml or by --params, to the folder that holds the class folders. "
                "README.md says how to get the real images."
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


def _visible_folders(root: Path) -> list[Path]:
    return [path for path in root.iterdir() if path.is_dir() and not path.name.startswith(".")]


def _is_hidden(relative: Path) -> bool:
    return any(part.startswith(".") for part in relative.parts)
