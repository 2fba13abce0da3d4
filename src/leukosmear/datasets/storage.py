"""Where a file lies, on any file system that fsspec knows, and how it appears there: whole or not at all."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any, TypeVar

import fsspec
from fsspec.implementations.local import LocalFileSystem
from kedro.io import AbstractDataset, DatasetError
from kedro.io.core import get_protocol_and_path

In = TypeVar("In")
Out = TypeVar("Out")

# What a killed process leaves has a name that begins so.
UNFINISHED = ".unfinished."


def file_system_of(
    filepath: str, credentials: dict[str, Any] | None = None, fs_args: dict[str, Any] | None = None
) -> tuple[fsspec.AbstractFileSystem, str]:
    """Find the file system of a path, and the path in it.

    Args:
        filepath: A path, with the protocol in front (`s3://`) where it is not that of a local file.
        credentials: For the file system.
        fs_args: Other arguments for the file system.
    """
    protocol, path = get_protocol_and_path(filepath)
    return fsspec.filesystem(protocol, **(credentials or {}), **(fs_args or {})), path


def local_path(filepath: str, purpose: str) -> Path:
    """Take the path of a file that has to lie on a local disk.

    Args:
        filepath: The path, perhaps with `file://` in front.
        purpose: What needs a local file, for the message.

    Raises:
        DatasetError: If it lies elsewhere.
    """
    protocol, path = get_protocol_and_path(filepath)
    if protocol != "file":
        raise DatasetError(
            f"{purpose} needs a local file. Found '{filepath}'. Correct its path in the catalog or the setting."
        )
    return Path(path)


def unfinished_name(filepath: str) -> str:
    """Name a file or folder beside another, for what is to take its place; no two names are the same."""
    folder, separator, name = filepath.rstrip("/").rpartition("/")
    return f"{folder}{separator}{UNFINISHED}{uuid.uuid4().hex[:12]}.{name}"


@contextmanager
def whole_file(fs: fsspec.AbstractFileSystem, path: str) -> Iterator[str]:
    """Give a name beside a path to write to; what is there at the end takes the path's place, unless there is an error.

    Args:
        fs: The path's file system.
        path: A file in it; its folders are made.
    """
    fs.makedirs(str(PurePosixPath(path).parent), exist_ok=True)
    unfinished = unfinished_name(path)
    try:
        yield unfinished
        if isinstance(fs, LocalFileSystem):
            Path(unfinished).replace(path)
        else:
            fs.mv(unfinished, path)
    finally:
        if fs.exists(unfinished):
            fs.rm_file(unfinished)


class FileDataset(AbstractDataset[In, Out]):
    """What datasets of one file share.

    Args:
        filepath: Where the file lies: any path that fsspec knows.
        credentials: For its file system.
        fs_args: Other arguments for its file system.
        metadata: For Kedro-Viz.
    """

    def __init__(
        self,
        *,
        filepath: str,
        credentials: dict[str, Any] | None = None,
        fs_args: dict[str, Any] | None = None,
        metadata: dict[str, Any] | None = None,
    ) -> None:
        self._fs, path = file_system_of(str(filepath), credentials, fs_args)
        self._filepath = PurePosixPath(path)
        self.metadata = metadata

    def _read(self) -> bytes:
        content: bytes = self._fs.cat_file(str(self._filepath))
        return content

    def _write(self, content: bytes | memoryview, path: PurePosixPath | None = None) -> None:
        """Write a file, this dataset's own by default, whole or not at all."""
        with whole_file(self._fs, str(path or self._filepath)) as unfinished:
            self._fs.pipe_file(unfinished, content)

    def _exists(self) -> bool:
        found: bool = self._fs.isfile(str(self._filepath))
        return found

    def _release(self) -> None:
        self._fs.invalidate_cache(str(self._filepath.parent))

    def _describe(self) -> dict[str, Any]:
        return {"filepath": str(self._filepath)}
