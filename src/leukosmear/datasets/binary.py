"""A file's bytes as they are."""

from leukosmear.datasets.storage import FileDataset


class BytesDataset(FileDataset[bytes, bytes]):
    """Saves and loads a file's whole content, such as a model that was converted in memory."""

    def load(self) -> bytes:
        """Load the whole file."""
        return self._read()

    def save(self, data: bytes) -> None:
        """Save the bytes, whole or not at all."""
        self._write(data)
