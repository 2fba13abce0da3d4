"""What is known of a file that another dataset wrote."""

import hashlib
from typing import Any, NoReturn

from kedro.io import DatasetError

from leukosmear.datasets.storage import FileDataset


class FileFactsDataset(FileDataset[NoReturn, dict[str, Any]]):
    """Reads size and hash of a file; declared beside the dataset that writes it, by transcoding."""

    def load(self) -> dict[str, Any]:
        """Return `n_bytes` and `sha256` of the file."""
        path = str(self._filepath)
        with self._fs.open(path, "rb") as file:
            digest = hashlib.file_digest(file, "sha256")
        return {"n_bytes": int(self._fs.size(path)), "sha256": digest.hexdigest()}

    def save(self, data: NoReturn) -> NoReturn:
        """Refuse: facts are not written."""
        raise DatasetError("What is known of a file is read only.")
