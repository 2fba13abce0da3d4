"""A file's bytes as they are."""

from pathlib import Path
from typing import Any

from kedro.io import AbstractDataset

from leukosmear.datasets.atomic import whole_file


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
        with whole_file(self._filepath) as unfinished:
            unfinished.write_bytes(data)

    def _exists(self) -> bool:
        return self._filepath.is_file()

    def _describe(self) -> dict[str, Any]:
        return {"filepath": self._filepath.as_posix()}
