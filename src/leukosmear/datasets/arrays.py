"""Named numpy arrays in one file."""

import io
import math
import os
import struct
import zipfile
import zlib
from typing import Any, BinaryIO, Literal

import numpy as np
from kedro.io import DatasetError

from leukosmear.datasets.storage import FileDataset, local_path

Arrays = dict[str, np.ndarray]

_HEADERS = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}

# Files whose check sums were found right in this process, by what changes when they do.
_checked: set[tuple[str, int, int, int]] = set()


class ArraysDataset(FileDataset[Arrays, Arrays]):
    """Saves a dictionary of arrays as an uncompressed `.npz`, which loads without decoding anything.

    Arrays of Python objects are refused in both directions, so that loading never runs code. Equal arrays give equal
    files, byte for byte.

    Args:
        filepath: The file: any path that fsspec knows; one on a local disk if it is mapped.
        mapped: Map the arrays into memory, read-only, instead of reading them: only what is looked at is read then, and
            nothing is copied. Saving does not disturb arrays that are mapped, since it puts a new file in place. Check
            sums are looked at once per process and file.
        arguments: Those of every `FileDataset`.
    """

    def __init__(self, *, filepath: str, mapped: bool = False, **arguments: Any) -> None:  # noqa: ANN401
        super().__init__(filepath=filepath, **arguments)
        self._mapped = local_path(filepath, "Mapping arrays into memory") if mapped else None

    def load(self) -> Arrays:
        """Load every array of the file, or map it.

        Raises:
            DatasetError: If the file is broken, or holds what is no plain array.
        """
        try:
            return self._map_all() if self._mapped else self._read_all()
        except (ValueError, EOFError, struct.error, zipfile.BadZipFile, zlib.error) as error:
            # Not numpy's own words, which advise to allow pickled objects.
            raise DatasetError(
                f"Expected arrays of numbers or texts in '{self._filepath}'. Found a file that is broken or holds "
                "something else. Remove it, and run again what makes it."
            ) from error

    def _read_all(self) -> Arrays:
        with self._fs.open(str(self._filepath), "rb") as file, np.load(file, allow_pickle=False) as archive:
            if not isinstance(archive, np.lib.npyio.NpzFile):
                raise ValueError("no archive of arrays")
            return {name: archive[name] for name in archive.files}

    def _map_all(self) -> Arrays:
        assert self._mapped is not None
        with self._mapped.open("rb") as file, zipfile.ZipFile(file) as archive:
            state = os.fstat(file.fileno())
            key = (str(self._mapped), state.st_ino, state.st_size, state.st_mtime_ns)
            if key not in _checked:
                if (broken := archive.testzip()) is not None:
                    raise ValueError(f"the check sum of '{broken}' is wrong")
                _checked.add(key)
            return {member.filename.removesuffix(".npy"): self._map(file, member) for member in archive.infolist()}

    def _map(self, file: BinaryIO, member: zipfile.ZipInfo) -> np.ndarray:
        if member.compress_type != zipfile.ZIP_STORED:
            raise DatasetError(
                f"Expected '{self._filepath}' without compression. Found '{member.filename}' compressed."
            )
        # A member begins with 30 bytes, of which the last four are the lengths of a name and of an extra field.
        file.seek(member.header_offset + 26)
        file.seek(sum(struct.unpack("<HH", file.read(4))), os.SEEK_CUR)
        start = file.tell()
        shape, by_columns, dtype = _HEADERS[np.lib.format.read_magic(file)](file)
        # Mapped, pointers of a file would be followed.
        if dtype.hasobject:
            raise ValueError("an array of Python objects")
        n_bytes = math.prod(shape) * dtype.itemsize
        if file.tell() - start + n_bytes != member.file_size:
            raise ValueError("an array of another size than its file's")
        order: Literal["F", "C"] = "F" if by_columns else "C"
        if not n_bytes:
            return np.empty(shape, dtype, order)
        # Mapped from the file that was checked, which another run may replace meanwhile.
        return np.asarray(np.memmap(file, dtype, "r", file.tell(), shape, order))

    def save(self, data: Arrays) -> None:
        """Save the arrays, whole or not at all."""
        buffer = io.BytesIO()
        np.savez(buffer, allow_pickle=False, **data)
        self._write(buffer.getbuffer())
