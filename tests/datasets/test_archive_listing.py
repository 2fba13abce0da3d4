import struct
import zipfile
import zlib
from pathlib import Path

import pytest
from kedro.io import DatasetError

from leukosmear.datasets.archive import ArchiveListingDataset

FILES = {"Original/A/1.jpg": b"one", "Original/B/ü 2.jpg": b"second"}


def write_rar(path: Path, files: dict[str, bytes]) -> None:
    """Write a RAR 5 archive with stored files (https://www.rarlab.com/technote.htm), as no free tool does."""

    def number(value: int) -> bytes:
        """A variable-length integer: seven bits a byte, lowest first."""
        out = bytearray()
        while value >= 0x80:
            out.append(value & 0x7F | 0x80)
            value >>= 7
        return bytes([*out, value])

    def block(kind: int, flags: int, fields: bytes, data: bytes = b"") -> bytes:
        header = number(kind) + number(flags) + (number(len(data)) if flags & 2 else b"") + fields
        header = number(len(header)) + header
        return struct.pack("<I", zlib.crc32(header)) + header + data

    out = b"Rar!\x1a\x07\x01\x00" + block(1, 0, number(0))
    for name, data in files.items():
        encoded = name.encode()
        fields = number(4) + number(len(data)) + number(0o100644) + struct.pack("<I", zlib.crc32(data))
        fields += number(0) + number(1) + number(len(encoded)) + encoded
        out += block(2, 2, fields, data)
    path.write_bytes(out + block(5, 0, number(0)))


def write_zip(path: Path, files: dict[str, bytes]) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.mkdir("Original")
        for name, data in files.items():
            archive.writestr(name, data)


@pytest.mark.parametrize("write", [write_zip, write_rar])
def test_files_are_listed_with_their_sizes(tmp_path: Path, write) -> None:
    write(tmp_path / "archive", FILES)
    listing = ArchiveListingDataset(filepath=str(tmp_path / "archive")).load()
    assert dict(zip(listing["name"], listing["n_bytes"], strict=True)) == {
        "Original/A/1.jpg": 3,
        "Original/B/ü 2.jpg": 6,
    }


def test_no_archive_is_an_empty_listing() -> None:
    listing = ArchiveListingDataset(filepath=None).load()
    assert listing.empty
    assert list(listing.columns) == ["name", "n_bytes"]


def test_missing_archive_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="Found no file there"):
        ArchiveListingDataset(filepath=str(tmp_path / "gone.rar")).load()


@pytest.mark.parametrize(
    ("data", "message"),
    [
        pytest.param(b"neither", r"Expected a \.zip or \.rar archive", id="neither"),
        pytest.param(b"PK\x03\x04 cut off", r"Expected a \.zip or \.rar archive", id="cut off zip"),
        pytest.param(b"Rar!\x1a\x07\x01\x00", "list files. Found none", id="cut off rar"),
    ],
)
def test_damaged_archive_is_an_error(tmp_path: Path, data: bytes, message: str) -> None:
    path = tmp_path / "archive.zip"
    path.write_bytes(data)
    with pytest.raises(DatasetError, match=message):
        ArchiveListingDataset(filepath=str(path)).load()
