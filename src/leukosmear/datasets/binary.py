"""A file's bytes as they are."""

import os
from pathlib import Path
from typing import Any

from kedro.io import AbstractDataset


class BytesDataset(AbstractDataset[bytes, bytes]):
    """Saves and loads a file's whole content, such as a model that was converted in memory."""

    def __init__(self, *, filepath: str, metadata: dict[str, Any] | None = None) -> None:
        self._filepath = Path(filepath)
        self.metadata = metadata

    def load(self) -> bytes:
        """Load the whole file."""
        return self._filepath.read_bytes()

    def save(self, data: bytes) -> None:
        """Save the bytes, whole or not at all."""
        self._filepath.parent.mkdir(parents=True, exist_ok=True)
        unfinished = self._filepath.with_name(f".{self._filepath.name}.{os.getpid()}")
        try:
            unfinished.write_bytes(data)
            unfinished.replace(self._filepath)
        finally:
            unfinished.unlink(missing_ok=True)

    def _exists(self) -> bool:
        return self._filepath.is_file()

    def _describe(self) -> dict[str, Any]:
        return {"filepath": self._filepath.as_posix()}
