"""Arrays that are too many for one file: a folder of partitions."""

import errno
import json
import shutil
import uuid
import zipfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any

from fsspec.implementations.local import LocalFileSystem
from kedro.io import AbstractDataset, DatasetError

from leukosmear.datasets.arrays import Arrays, ArraysDataset
from leukosmear.datasets.storage import file_system_of, local_path, unfinished_name

# Which partitions there are, and the check sums of their arrays; written last.
INDEX = "partitions.json"

_REPLACED = ".replaced."

Index = dict[str, dict[str, int]]


class PartitionsDataset(AbstractDataset[Mapping[str, Arrays | Callable[[], Arrays]], dict[str, Callable[[], Arrays]]]):
    """Saves named dictionaries of arrays as `.npz` files in a folder that appears whole or not at all.

    The partitions go to a new folder beside it, which then takes its place: a run that is killed leaves the folder that
    was there, or none. An index tells which partitions belong together, so that two runs never mix theirs. Equal
    arrays give equal folders, byte for byte.

    Args:
        path: The folder: any path that fsspec knows; one on a local disk if its arrays are mapped.
        mapped: Map the arrays into memory, as `ArraysDataset` does.
        credentials: For the file system.
        metadata: For Kedro-Viz.
    """

    def __init__(
        self,
        *,
        path: str,
        mapped: bool = False,
        credentials: dict[str, Any] | None = None,
        metadata: dict[str, Any] | None = None,
    ) -> None:
        if mapped:
            local_path(path, "Mapping arrays into memory")
        self._fs, folder = file_system_of(path, credentials)
        self._filepath = PurePosixPath(folder)
        self._arguments: dict[str, Any] = {"credentials": credentials}
        self._mapped = mapped
        self.metadata = metadata

    def load(self) -> dict[str, Callable[[], Arrays]]:
        """Load the index.

        Returns:
            By name, sorted, functions that load or map a partition. They raise a DatasetError where it is broken, or
            another run has put others in place meanwhile.
        """
        return {name: partial(self._load_one, name, sums) for name, sums in sorted(self._index().items())}

    def _load_one(self, name: str, sums: dict[str, int]) -> Arrays:
        if self._index().get(name) != sums:
            raise DatasetError(
                f"Expected the partition '{name}' of '{self._filepath}' as it was when it was looked up. Found another "
                "one: a second run has replaced it. Run again what reads it."
            )
        file = self._file(self._filepath, name)
        arrays = self._partition(file, self._mapped).load()
        # After loading, since another run may have put its folder in place in between.
        if self._sums(file) != sums:
            raise DatasetError(
                f"Expected '{file}' to hold what the index beside it says. Found other arrays. Run again what makes "
                f"the folder '{self._filepath.name}'."
            )
        return arrays

    def save(self, data: Mapping[str, Arrays | Callable[[], Arrays]]) -> None:
        """Save partitions in place of those before, whole or not at all.

        Args:
            data: By name, arrays or a function that makes them. One partition at a time is in memory.
        """
        new = PurePosixPath(unfinished_name(str(self._filepath)))
        self._fs.makedirs(str(new))
        try:
            index: Index = {}
            for name, arrays in sorted(data.items()):
                self._partition(file := self._file(new, name)).save(arrays() if callable(arrays) else arrays)
                index[name] = self._sums(file)
            self._fs.pipe_file(str(new / INDEX), json.dumps(index, indent=1).encode())
            self._swap(new)
        finally:
            if self._fs.exists(str(new)):
                self._fs.rm(str(new), recursive=True)

    def files(self) -> list[str]:
        """Name the files that the partitions consist of."""
        return sorted(self._fs.find(str(self._filepath)))

    def _swap(self, new: PurePosixPath) -> None:
        """Put a folder in place of the one before."""
        if not isinstance(self._fs, LocalFileSystem):
            if self._fs.exists(str(self._filepath)):
                self._fs.rm(str(self._filepath), recursive=True)
            self._fs.mv(str(new), str(self._filepath), recursive=True)
            return
        folder = Path(self._filepath)
        while Path(new).exists():
            with suppress(FileNotFoundError):
                folder.rename(folder.with_name(f"{_REPLACED}{uuid.uuid4().hex[:12]}.{folder.name}"))
            try:
                Path(new).rename(folder)
            except OSError as error:
                # A second run has put its own in place just now.
                if error.errno not in (errno.EEXIST, errno.ENOTEMPTY):
                    raise
        for old in folder.parent.glob(f"{_REPLACED}*.{folder.name}"):
            shutil.rmtree(old, ignore_errors=True)

    def _partition(self, file: PurePosixPath, mapped: bool = False) -> ArraysDataset:
        return ArraysDataset(filepath=self._fs.unstrip_protocol(str(file)), mapped=mapped, **self._arguments)

    @staticmethod
    def _file(folder: PurePosixPath, name: str) -> PurePosixPath:
        return folder / f"{name}.npz"

    def _sums(self, file: PurePosixPath) -> dict[str, int]:
        """Read the check sums of a partition's arrays from the directory at its end."""
        try:
            with self._fs.open(str(file), "rb") as opened, zipfile.ZipFile(opened) as archive:
                return {member.filename: member.CRC for member in archive.infolist()}
        except (OSError, zipfile.BadZipFile):
            return {}

    def _index(self) -> Index:
        try:
            index: Index = json.loads(self._fs.cat_file(str(self._filepath / INDEX)))
        except (OSError, ValueError) as error:
            raise DatasetError(
                f"Expected a folder of partitions with its index '{INDEX}' at '{self._filepath}'. Found none. "
                "Run what makes it."
            ) from error
        return index

    def _exists(self) -> bool:
        try:
            index = self._index()
        except DatasetError:
            return False
        return bool(index) and all(self._sums(self._file(self._filepath, name)) == index[name] for name in index)

    def _release(self) -> None:
        self._fs.invalidate_cache(str(self._filepath))

    def _describe(self) -> dict[str, Any]:
        return {"path": str(self._filepath), "mapped": self._mapped}
