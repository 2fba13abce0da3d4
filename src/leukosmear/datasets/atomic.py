"""Files that appear whole or not at all, whenever a run is killed."""

import copy
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any

from kedro.io import Version
from kedro_datasets.json import JSONDataset
from kedro_datasets.pandas import CSVDataset, ParquetDataset
from kedro_datasets.text import TextDataset


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Give a name beside a path to write to; what is there at the end takes the path's place, unless there is an error.

    Args:
        path: A file on a local disk; its folders are made.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        yield unfinished
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


class SavesWhole:
    """Makes a dataset of kedro-datasets, which writes into the file that was there, save through `whole_file`.

    Stands before that dataset among the bases of a class. For files on a local disk. With versions each file is a new
    one, and written straight.
    """

    _filepath: PurePosixPath
    _version: Version | None

    def save(self, data: Any) -> None:  # noqa: ANN401 - whatever the dataset takes
        """Save the data, whole or not at all."""
        if self._version:
            super().save(data)  # type: ignore[misc]
            return
        # Another thread may load meanwhile, so that it is a copy whose path changes.
        writer = copy.copy(self)
        with whole_file(Path(self._filepath)) as unfinished:
            writer._filepath = PurePosixPath(unfinished)
            super(SavesWhole, writer).save(data)  # type: ignore[misc]


class WholeCSVDataset(SavesWhole, CSVDataset):
    """A table as CSV."""


class WholeParquetDataset(SavesWhole, ParquetDataset):
    """A table as Parquet."""


class WholeJSONDataset(SavesWhole, JSONDataset):
    """Lists, dictionaries, numbers and texts as JSON."""


class WholeTextDataset(SavesWhole, TextDataset):
    """A text, such as a page."""
