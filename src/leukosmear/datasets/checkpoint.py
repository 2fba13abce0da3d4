"""A place on disk for what a training needs to go on after it was killed."""

from pathlib import Path
from typing import Any, NoReturn

from kedro.io import AbstractDataset, DatasetError

from leukosmear.datasets.arrays import Arrays, ArraysDataset


class Store:
    """Keeps one dictionary of arrays in a file, whole or not at all.

    Args:
        filepath: The file; it need not exist.
    """

    def __init__(self, filepath: Path) -> None:
        self._filepath = filepath
        self._arrays = ArraysDataset(filepath=str(filepath))

    def load(self) -> Arrays | None:
        """Return the arrays that were saved last, or None."""
        return self._arrays.load() if self._filepath.is_file() else None

    def save(self, arrays: Arrays) -> None:
        """Keep arrays in place of those before."""
        self._arrays.save(arrays)

    def clear(self) -> None:
        """Remove the file, and what a process left that was killed while it saved."""
        self._filepath.unlink(missing_ok=True)
        for unfinished in self._filepath.parent.glob(f".{self._filepath.name}.*"):
            unfinished.unlink()


class CheckpointDataset(AbstractDataset[NoReturn, Store]):
    """Gives a node a `Store` to keep its state in while it runs.

    A dataset is saved when its node has ended. What has to survive a node that is killed must be saved before, and
    the path still stands in the catalog.

    Args:
        filepath: Where the file lies, while there is one.
        metadata: For Kedro-Viz.
    """

    def __init__(self, *, filepath: str, metadata: dict[str, Any] | None = None) -> None:
        self._filepath = Path(filepath)
        self.metadata = metadata

    def load(self) -> Store:
        """Return the store, whether or not there is something in it."""
        return Store(self._filepath)

    def save(self, data: NoReturn) -> NoReturn:
        """Refuse: what is kept goes through the store."""
        raise DatasetError("A checkpoint is saved through its store, by the node that loads it.")

    def _exists(self) -> bool:
        return self._filepath.is_file()

    def _describe(self) -> dict[str, Any]:
        return {"filepath": self._filepath.as_posix()}
