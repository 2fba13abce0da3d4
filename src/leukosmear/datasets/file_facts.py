"""What is known of a file that another dataset wrote."""

import hashlib
from pathlib import Path
from typing import Any, NoReturn

from kedro.io import AbstractDataset, DatasetError


class FileFactsDataset(AbstractDataset[NoReturn, dict[str, Any]]):
    """Reads size and hash of a file; declared beside the dataset that writes it, by transcoding."""

    def __init__(self, *, filepath: str, metadata: dict[str, Any] | None = None) -> None:
        self._filepath = Path(filepath)
        self.metadata = metadata

    def load(self) -> dict[str, Any]:
        """Return `n_bytes` and `sha256` of the file."""
        with self._filepath.open("rb") as file:
            return {"n_bytes": self._filepath.stat().st_size, "sha256": hashlib.file_digest(file, "sha256").hexdigest()}

    def save(self, data: NoReturn) -> NoReturn:
        """Refuse: facts are not written."""
        raise DatasetError("What is known of a file is read only.")

    def _exists(self) -> bool:
        return self._filepath.is_file()

    def _describe(self) -> dict[str, Any]:
        return {"filepath": self._filepath.as_posix()}
