"""The size of a file that another dataset wrote."""

from typing import NoReturn

from kedro.io import DatasetError

from leukosmear.datasets.storage import FileDataset


class FileSizeDataset(FileDataset[NoReturn, int]):
    """Reads how many bytes a file takes on disk; declared beside the dataset that writes it, by transcoding."""

    def load(self) -> int:
        """Return the file's size in bytes."""
        return int(self._fs.size(str(self._filepath)))

    def save(self, data: NoReturn) -> NoReturn:
        """Refuse: a size is not written."""
        raise DatasetError("The size of a file is read only.")
