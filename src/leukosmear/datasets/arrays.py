"""Named numpy arrays in one file."""

import os
import struct
import zipfile
from pathlib import Path
from typing import Any, BinaryIO, Literal

import numpy as np
from kedro.io import AbstractDataset, DatasetError

from leukosmear.datasets.atomic import whole_file

Arrays = dict[str, np.ndarray]


class ArraysDataset(AbstractDataset[Arrays, Arrays]):
    """Saves a dictionary of arrays as an uncompressed `.npz`, which loads without decoding anything.

    Arrays of Python objects are refused in both directions, so that loading never runs code.

    Args:
        filepath: The file.
        mapped: Map the arrays into memory, read-only, instead of reading them: only what is looked at is read then, and
            nothing is copied. Saving does not disturb arrays that are mapped, since it puts a new file in place.
        metadata: For plugins of Kedro.
    """

    def __init__(self, *, filepath: str, mapped: bool = False, metadata: dict[str, Any] | None = None) -> None:
        self._filepath = Path(filepath)
        self._mapped = mapped
        self.metadata = metadata

    def load(self) -> Arrays:
        """Load every array of the file, or map it."""
        if self._mapped:
            with self._filepath.open("rb") as file, zipfile.ZipFile(file) as archive:
                return {member.filename.removesuffix(".npy"): self._map(file, member) for member in archive.infolist()}
        with np.load(self._filepath, allow_pickle=False) as archive:
            return {name: archive[name] for name in archive.files}

    def _map(self, file: BinaryIO, member: zipfile.ZipInfo) -> np.ndarray:
        if member.compress_type != zipfile.ZIP_STORED:
            raise DatasetError(
                f"Expected '{self._filepath}' without compression. Found '{member.filename}' compressed."
            )
        # A member begins with 30 bytes, of which the last four are the lengths of a name and of an extra field.
        file.seek(member.header_offset + 26)
        file.seek(sum(struct.unpack("<HH", file.read(4))), os.SEEK_CUR)
        np.lib.format.read_magic(file)
        shape, by_columns, dtype = np.lib.format.read_array_header_1_0(file)
        order: Literal["F", "C"] = "F" if by_columns else "C"
        return np.asarray(np.memmap(self._filepath, dtype, "r", file.tell(), shape, order))

    def save(self, data: Arrays) -> None:
        """Save the arrays, whole or not at all."""
        with whole_file(self._filepath) as unfinished, unfinished.open("wb") as file:
            np.savez(file, allow_pickle=False, **data)

    def _exists(self) -> bool:
        return self._filepath.is_file()

    def _describe(self) -> dict[str, Any]:
        return {"filepath": self._filepath.as_posix()}
