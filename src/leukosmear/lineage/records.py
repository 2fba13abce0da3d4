"""Hashes of what datasets hold, and the records that lie beside them."""

import hashlib
import json
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from fsspec import AbstractFileSystem
from fsspec.implementations.local import LocalFileSystem
from kedro.io import AbstractDataset
from kedro_datasets.partitions import PartitionedDataset

from leukosmear.datasets.storage import file_system_of, whole_file

SUFFIX = ".made_from.json"


@dataclass(frozen=True)
class Record:
    """What a dataset was made from.

    Attributes:
        sha256: Of its content, when it was saved.
        node: The node that made it.
        inputs: By dataset, the SHA-256 of what that node loaded.
        parameters: By name, the values that results depend on.
        version: Of this package.
    """

    sha256: str
    node: str
    inputs: dict[str, str]
    parameters: dict[str, Any]
    version: str


@dataclass(frozen=True)
class Place:
    """Where a dataset lies.

    Attributes:
        fs: The file system.
        path: Its file, or its folder.
        files: Lists the files that it consists of.
    """

    fs: AbstractFileSystem
    path: PurePosixPath
    files: Callable[[], list[str]]

    @property
    def record_path(self) -> PurePosixPath:
        """Path of the record, beside the file or folder."""
        return self.path.with_name(f".{self.path.name}{SUFFIX}")


def place_of(dataset: AbstractDataset[Any, Any] | None) -> Place | None:
    """Find the file or folder of a dataset.

    Returns:
        The place; None if it lies in memory or nowhere, or if its `metadata` say `lineage: false`, as a store does that
        nodes add to.
    """
    if (getattr(dataset, "metadata", None) or {}).get("lineage") is False:
        return None
    if isinstance(dataset, PartitionedDataset):
        fs, path = file_system_of(dataset._normalized_path)
        suffix = dataset._filename_suffix
        return Place(fs, PurePosixPath(path), lambda: sorted(file for file in fs.find(path) if file.endswith(suffix)))
    filepath = getattr(dataset, "_filepath", None)
    if filepath is None:
        return None
    fs, path = file_system_of(str(filepath))
    fs = getattr(dataset, "_fs", fs)
    return Place(fs, PurePosixPath(path), getattr(dataset, "files", lambda: [path]))


class Hashes:
    """Hashes files, each once while it stays as it is."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[tuple[Any, ...], str]] = {}

    def of(self, place: Place) -> str | None:
        """Hash what lies in a place.

        Returns:
            The SHA-256 of the file, or, of several, that of their names and hashes; None if one is missing.
        """
        files = place.files()
        try:
            hashes = [self._of_file(place.fs, file) for file in files]
        except FileNotFoundError:
            return None
        if files == [str(place.path)] or not files:
            return hashes[0] if hashes else None
        lines = [f"{PurePosixPath(file).name} {value}\n" for file, value in zip(files, hashes, strict=True)]
        return hashlib.sha256("".join(lines).encode()).hexdigest()

    def _of_file(self, fs: AbstractFileSystem, file: str) -> str:
        state = state_of(fs, file)
        known = self._known.get(file)
        if known is None or known[0] != state:
            with fs.open(file, "rb") as opened:
                known = state, hashlib.file_digest(opened, "sha256").hexdigest()
            self._known[file] = known
        return known[1]


def state_of(fs: AbstractFileSystem, file: str) -> tuple[Any, ...]:
    """Tell what changes when a file does, without reading it."""
    if isinstance(fs, LocalFileSystem):
        found = os.stat(file)
        return found.st_ino, found.st_size, found.st_mtime_ns
    info = fs.info(file)
    return info.get("size"), str(info.get("mtime") or info.get("ETag") or info.get("created"))


def read_record(place: Place) -> Record | None:
    """Read the record of what lies in a place; None where there is none, or a broken one."""
    try:
        return Record(**json.loads(place.fs.cat_file(str(place.record_path))))
    except (OSError, ValueError, TypeError):
        return None


def write_record(place: Place, record: Record) -> None:
    """Write the record of what lies in a place, whole or not at all."""
    with whole_file(place.fs, str(place.record_path)) as unfinished:
        place.fs.pipe_file(unfinished, json.dumps(asdict(record), indent=1).encode())


def remove_made_from(place: Place, name: str, sha256: str) -> list[str]:
    """Remove files beside a new one that were made from what it replaces, such as a network's exported formats.

    Args:
        place: Where the new one lies.
        name: Name of its dataset.
        sha256: Of its content.

    Returns:
        Names of the files that were removed.
    """
    removed = []
    for path in map(PurePosixPath, place.fs.glob(str(place.path.with_name(f".*{SUFFIX}")))):
        file = path.with_name(path.name.removeprefix(".").removesuffix(SUFFIX))
        record = read_record(Place(place.fs, file, lambda: []))
        if record and record.inputs.get(name, sha256) != sha256:
            for old in (file, path):
                if place.fs.exists(str(old)):
                    place.fs.rm_file(str(old))
            removed.append(file.name)
    return sorted(removed)


def identity_of_folder(path: Path, project: Path) -> str:
    """Identify a folder of inputs by its path, from the project's folder on if it lies below that.

    The project may be moved. What is in the folder is checked file by file when it is read.
    """
    folder, project = Path(os.path.abspath(path)), Path(os.path.abspath(project))
    return (folder.relative_to(project) if folder.is_relative_to(project) else folder).as_posix()
