"""A database file that a node works with while it runs, and that other processes may use at the same time."""

from typing import Any, NoReturn

from kedro.io import AbstractDataset, DatasetError

from leukosmear.datasets.storage import local_path


class DatabaseDataset(AbstractDataset[NoReturn, str]):
    """Gives a node the address of an SQLite database.

    A dataset is saved when its node has ended. What several processes add to has to be written before, and the path
    still stands in the catalog.

    Args:
        filepath: The file, on a local disk; it need not exist.
        metadata: For Kedro-Viz.
    """

    def __init__(self, *, filepath: str, metadata: dict[str, Any] | None = None) -> None:
        self._filepath = local_path(filepath, "SQLite")
        self.metadata = metadata

    def load(self) -> str:
        """Return the address as SQLAlchemy has it, after making the folder."""
        self._filepath.parent.mkdir(parents=True, exist_ok=True)
        return f"sqlite:///{self._filepath.resolve().as_posix()}"

    def save(self, data: NoReturn) -> NoReturn:
        """Refuse: the database is written to by the node that loads it."""
        raise DatasetError("A database is written to through its address, by the node that loads it.")

    def _exists(self) -> bool:
        return self._filepath.is_file()

    def _describe(self) -> dict[str, Any]:
        return {"filepath": self._filepath.as_posix()}
