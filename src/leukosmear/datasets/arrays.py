"""Named numpy arrays in one file."""

from pathlib import Path
from typing import Any

import numpy as np
from kedro.io import AbstractDataset

from leukosmear.datasets.whole import whole_file

Arrays = dict[str, np.ndarray]


class ArraysDataset(AbstractDataset[Arrays, Arrays]):
    """Saves a dictionary of arrays as an uncompressed `.npz`, which loads without decoding anything.

    Arrays of Python objects are refused in both directions, so that loading never runs code.
    """

    def __init__(self, *, filepath: str, metadata: dict[str, Any] | None = None) -> None:
        self._filepath = Path(filepath)
        self.metadata = metadata

    def load(self) -> Arrays:
        """Load every array of the file."""
        with np.load(self._filepath, allow_pickle=False) as archive:
            return {name: archive[name] for name in archive.files}

    def save(self, data: Arrays) -> None:
        """Save the arrays, whole or not at all."""
        with whole_file(self._filepath) as unfinished, unfinished.open("wb") as file:
            np.savez(file, allow_pickle=False, **data)

    def _exists(self) -> bool:
        return self._filepath.is_file()

    def _describe(self) -> dict[str, Any]:
        return {"filepath": self._filepath.as_posix()}
