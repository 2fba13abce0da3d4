import struct
import zipfile
import zlib
from pathlib import Path

import pytest
from kedro.io import DatasetError

from leukosmear.datasets.archive import ArchiveListingDataset

FILES = {"Original/A/1.jpg": b"one", "Original/B/ü 2.jpg": b"second"}


def number(value: int) -> bytes:
    """An integer of variable length, as RAR 5 has it: seven bits a byte, lowest first."""
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def block(kind: int, flags: int, fields: bytes, data: bytes = b"") -> bytes:
    """A block of a RAR 5 archive."""
    header = number(kind) + number(flags) + (number(len(data)) if flags & 2 else b"") + fields
    header = number(len(header)) + header
    return struct.pack("<I", zlib.crc32(header)) + header + data


def write_rar(path: Path, files: dict[str, bytes]) -> None:
    """Write a RAR 5 archive with stored files (https://www.rarlab.com/technote.htm), as no free tool does."""
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
        pytest.param(b"Rar!\x1a\x07\x01\x00", r"Expected a \.zip or \.rar archive", id="cut off rar"),
        pytest.param(b"PK\x05\x06" + bytes(18), "list files. Found none", id="empty zip"),
    ],
)
def test_damaged_archive_is_an_error(tmp_path: Path, data: bytes, message: str) -> None:
    path = tmp_path / "archive.zip"
    path.write_bytes(data)
    with pytest.raises(DatasetError, match=message):
        ArchiveListingDataset(filepath=str(path)).load()


@pytest.mark.parametrize("write", [write_zip, write_rar])
def test_an_archive_cut_off_anywhere_is_an_error(tmp_path: Path, write) -> None:
    path = tmp_path / "archive"
    write(path, FILES)
    data = path.read_bytes()
    for length in range(0, len(data), 5):
        path.write_bytes(data[:length])
        with pytest.raises(DatasetError, match=r"Expected a \.zip or \.rar archive"):
            ArchiveListingDataset(filepath=str(path)).load()


def test_names_in_an_archive_are_never_used_as_paths(tmp_path: Path) -> None:
    write_zip(tmp_path / "archive.zip", {"../../outside.jpg": b"x", "/etc/absolute": b"yy", "A/two\nlines.jpg": b"z"})
    listing = ArchiveListingDataset(filepath=str(tmp_path / "archive.zip")).load()
    assert list(listing["name"]) == ["../../outside.jpg", "/etc/absolute", "A/two\\nlines.jpg"]
    assert [path.name for path in tmp_path.rglob("*")] == ["archive.zip"]
    assert not (tmp_path.parent / "outside.jpg").exists()


def test_large_archives_are_listed(tmp_path: Path) -> None:
    with (
        zipfile.ZipFile(tmp_path / "zip64.zip", "w") as archive,
        archive.open("A/1.jpg", "w", force_zip64=True) as file,
    ):
        file.write(b"abc")
    assert list(ArchiveListingDataset(filepath=str(tmp_path / "zip64.zip")).load()["n_bytes"]) == [3]


def test_encrypted_zip_is_listed_without_its_password(tmp_path: Path) -> None:
    path = tmp_path / "archive.zip"
    write_zip(path, {"A/1.jpg": b"abc"})
    data = bytearray(path.read_bytes())
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.rindex(signature) + offset] |= 1  # the flag that says so
    path.write_bytes(data)
    with zipfile.ZipFile(path) as archive, pytest.raises(RuntimeError, match="encrypted"):
        archive.read("A/1.jpg")
    assert list(ArchiveListingDataset(filepath=str(path)).load()["name"]) == ["A/1.jpg"]


def test_encrypted_names_are_an_error_that_says_so(tmp_path: Path) -> None:
    path = tmp_path / "archive.rar"
    encryption = block(4, 0, number(0) + number(0) + b"\x0f" + bytes(16))
    path.write_bytes(b"Rar!\x1a\x07\x01\x00" + encryption + bytes(64))
    with pytest.raises(DatasetError, match="the names in it are encrypted"):
        ArchiveListingDataset(filepath=str(path)).load()
