"""The size of a file that another dataset wrote."""

from pathlib import Path
from typing import Any, NoReturn

from kedro.io import AbstractDataset, DatasetError


class FileSizeDataset(AbstractDataset[NoReturn, int]):
    """Reads how many bytes a file takes on disk; declared beside the dataset that writes it, by transcoding."""

    def __init__(self, *, filepath: str, metadata: dict[str, Any] | None = None) -> None:
        self._filepath = Path(filepath)
        self.metadata = metadata

    def load(self) -> int:
        """Return the file's size in bytes."""
        return self._filepath.stat().st_size

    def save(self, data: NoReturn) -> NoReturn:
        """Refuse: a size is not written."""
        raise DatasetError("The size of a file is read only.")

    def _exists(self) -> bool:
        return self._filepath.is_file()

    def _describe(self) -> dict[str, Any]:
        return {"filepath": self._filepath.as_posix()}
