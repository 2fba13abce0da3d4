"""A place on disk for what a training needs to go on after it was killed."""

from pathlib import PurePosixPath
from typing import NoReturn

from kedro.io import DatasetError

from leukosmear.datasets.arrays import Arrays, ArraysDataset
from leukosmear.datasets.storage import UNFINISHED, FileDataset, file_system_of


class Store:
    """Keeps one dictionary of arrays in a file, whole or not at all.

    Args:
        filepath: The file; it need not exist.
    """

    def __init__(self, filepath: str | PurePosixPath) -> None:
        self._filepath = str(filepath)
        self._arrays = ArraysDataset(filepath=self._filepath)

    def load(self) -> Arrays | None:
        """Return the arrays that were saved last, or None.

        Raises:
            DatasetError: If the file is broken.
        """
        return self._arrays.load() if self._arrays.exists() else None

    def save(self, arrays: Arrays) -> None:
        """Keep arrays in place of those before."""
        self._arrays.save(arrays)

    def clear(self) -> None:
        """Remove the file, and what a process left that was killed while it saved."""
        fs, path = file_system_of(self._filepath)
        folder, _, name = path.rpartition("/")
        left = fs.glob(f"{folder}/{UNFINISHED}*.{name}")
        for file in [path, *left] if fs.exists(path) else left:
            fs.rm_file(file)


class CheckpointDataset(FileDataset[NoReturn, Store]):
    """Gives a node a `Store` to keep its state in while it runs.

    A dataset is saved when its node has ended. What has to survive a node that is killed must be saved before, and
    the path still stands in the catalog.
    """

    def load(self) -> Store:
        """Return the store, whether or not there is something in it."""
        return Store(self._fs.unstrip_protocol(str(self._filepath)))

    def save(self, data: NoReturn) -> NoReturn:
        """Refuse: what is kept goes through the store."""
        raise DatasetError("A checkpoint is saved through its store, by the node that loads it.")
