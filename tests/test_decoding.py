import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from conftest import encode
from leukosmear.decoding import UnreadableImageError, decode

RED = (250, 0, 0)
BLUE_PAGE = Image.new("RGB", (7, 5), (0, 0, 250))


def png_of_16_bits(samples: int) -> bytes:
    """A PNG of one pixel with 12 bits in 16, which Pillow cannot write."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 1, 1, 16, {1: 0, 3: 2, 4: 6}[samples], 0, 0, 0)
    pixels = zlib.compress(b"\0" + b"\x0f\xff" * samples)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def tiff_of_16_bits() -> bytes:
    """A TIFF of one RGB pixel with 16 bits per sample."""
    tags = [(256, 3, 1, 1), (257, 3, 1, 1), (258, 3, 3, 122), (259, 3, 1, 1), (262, 3, 1, 2)]
    tags += [(273, 4, 1, 128), (277, 3, 1, 3), (278, 3, 1, 1), (279, 4, 1, 6)]
    directory = struct.pack("<H", len(tags)) + b"".join(struct.pack("<HHII", *tag) for tag in tags) + bytes(4)
    return b"II*\0" + struct.pack("<I", 8) + directory + struct.pack("<HHH", 16, 16, 16) + b"\xff\x0f" * 3


@pytest.mark.parametrize(
    ("image", "file_format", "colour"),
    [
        pytest.param(Image.new("L", (3, 2), 100), "PNG", (100, 100, 100), id="grey"),
        pytest.param(Image.new("RGBA", (3, 2), (250, 0, 0, 0)), "PNG", (255, 255, 255), id="transparent on white"),
        pytest.param(Image.new("RGB", (3, 2), RED).convert("P"), "PNG", (255, 0, 0), id="palette"),
        pytest.param(Image.new("CMYK", (3, 2), (0, 255, 255, 0)), "TIFF", (255, 0, 0), id="CMYK"),
        pytest.param(Image.new("CMYK", (8, 8), (0, 255, 255, 0)), "JPEG", (255, 0, 0), id="CMYK of Photoshop"),
        pytest.param(Image.new("1", (3, 2), 1), "PNG", (255, 255, 255), id="black and white"),
        pytest.param(Image.new("LA", (3, 2), (90, 255)), "PNG", (90, 90, 90), id="grey with alpha"),
    ],
)
def test_other_modes_become_rgb(image: Image.Image, file_format: str, colour: tuple[int, int, int]) -> None:
    decoded = decode(encode(image, file_format))
    assert decoded.mode == image.mode
    assert decoded.format == file_format
    assert decoded.rgb.mode == "RGB"
    np.testing.assert_array_equal(np.asarray(decoded.rgb)[0, 0], colour)


def test_orientation_in_exif_is_applied() -> None:
    image = Image.new("RGB", (3, 2))
    exif = Image.Exif()
    exif[0x0112] = 6  # rotate by 90 degrees to view
    assert decode(encode(image, "JPEG", exif=exif)).rgb.size == (2, 3)


@pytest.mark.parametrize(
    ("least", "size"),
    [
        pytest.param(None, (160, 120), id="in full"),
        pytest.param((40, 30), (40, 30), id="a quarter is just enough"),
        pytest.param((41, 30), (80, 60), id="too narrow at a quarter"),
        pytest.param((161, 30), (160, 120), id="never enlarged"),
    ],
)
def test_a_jpeg_is_decoded_at_the_smallest_size_that_is_enough(
    least: tuple[int, int] | None, size: tuple[int, int]
) -> None:
    picture = Image.new("RGB", (160, 120), (90, 150, 210))
    reduced = decode(encode(picture, "JPEG", quality=95), least).rgb
    assert reduced.size == size
    np.testing.assert_allclose(np.asarray(reduced), np.broadcast_to((90, 150, 210), (*size[::-1], 3)), atol=2)
    assert decode(encode(picture, "PNG"), least).rgb.size == (160, 120)


def test_the_size_that_is_enough_is_that_of_the_upright_picture() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # rotate by 90 degrees to view
    data = encode(Image.new("RGB", (160, 120)), "JPEG", exif=exif)
    assert decode(data, (30, 40)).rgb.size == (30, 40)


@pytest.mark.parametrize("file_format", ["TIFF", "GIF", "PNG", "WEBP", "MPO"])
def test_of_several_pages_or_frames_the_first_counts(file_format: str) -> None:
    lossless = {"lossless": True} if file_format == "WEBP" else {}
    data = encode(Image.new("RGB", (7, 5), RED), file_format, save_all=True, append_images=[BLUE_PAGE], **lossless)
    decoded = decode(data)
    assert decoded.rgb.size == (7, 5)
    np.testing.assert_allclose(np.asarray(decoded.rgb).astype(int), np.full((5, 7, 3), RED), atol=2)


@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "TIFF", "BMP", "GIF", "WEBP", "JPEG2000", "PPM"])
def test_a_file_cut_off_anywhere_never_passes_for_a_whole_one(file_format: str) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (24, 24, 3), dtype=np.uint8)
    data = encode(Image.fromarray(noise), file_format)
    whole = np.asarray(decode(data).rgb)
    n_refused = 0
    for length in range(0, len(data) - 1, 7):
        try:
            np.testing.assert_array_equal(np.asarray(decode(data[:length]).rgb), whole)
        except UnreadableImageError:
            n_refused += 1
    assert n_refused > 0.9 * len(range(0, len(data) - 1, 7))


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        pytest.param(b"", "empty", id="empty"),
        pytest.param(b"#!/bin/sh", "not an image", id="text"),
        pytest.param(encode(Image.new("RGB", (64, 64), RED), "JPEG")[:400], "damaged|not an image", id="cut off"),
        pytest.param(encode(Image.new("I;16", (4, 4), 4000)), "mode I;16 with more than 8 bits", id="16 bit grey"),
        pytest.param(png_of_16_bits(3), "mode RGB with more than 8 bits", id="16 bit RGB PNG"),
        pytest.param(png_of_16_bits(4), "mode RGBA with more than 8 bits", id="16 bit RGBA PNG"),
        pytest.param(tiff_of_16_bits(), "mode RGB with more than 8 bits", id="16 bit RGB TIFF"),
        pytest.param(b"P6 1 1 65535\n" + bytes(6), "mode RGB with more than 8 bits", id="16 bit RGB PPM"),
        pytest.param(encode(Image.new("F", (4, 4)), "TIFF"), "mode F with more than 8 bits", id="float TIFF"),
        pytest.param(encode(Image.new("LAB", (4, 4)), "TIFF"), "mode LAB are not understood", id="Lab TIFF"),
        pytest.param(encode(Image.new("RGB", (4, 4)), "EPS"), "not an image", id="PostScript"),
        pytest.param(encode(Image.new("RGB", (4, 4)), "PDF"), "not an image", id="PDF"),
        pytest.param(encode(Image.new("RGB", (9, 1))), "9 x 1 pixels are too few", id="one row"),
    ],
)
def test_unreadable_files_say_why(data: bytes, reason: str) -> None:
    with pytest.raises(UnreadableImageError, match=reason):
        decode(data)


def test_a_bitmap_of_16_bits_for_all_colours_together_is_read() -> None:
    # 2 x 2 pixels of 5, 6 and 5 bits: red, green, blue and white, bottom row first
    header = struct.pack("<2sIHHI", b"BM", 74, 0, 0, 66)
    header += struct.pack("<IiiHHIIiiII", 40, 2, 2, 1, 16, 3, 8, 0, 0, 0, 0)
    header += struct.pack("<III", 0xF800, 0x07E0, 0x001F)
    pixels = struct.pack("<4H", 0x001F, 0xFFFF, 0xF800, 0x07E0)
    assert np.asarray(decode(header + pixels).rgb).reshape(4, 3).tolist() == [
        [255, 0, 0],
        [0, 255, 0],
        [0, 0, 255],
        [255, 255, 255],
    ]


@pytest.mark.parametrize("limit", [2000, 1000], ids=["Pillow only warns", "Pillow refuses"])
@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
def test_decompression_bomb_is_refused(monkeypatch: pytest.MonkeyPatch, limit: int) -> None:
    data = encode(Image.new("L", (50, 50)))
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", limit)
    with pytest.raises(UnreadableImageError, match="pixels"):
        decode(data)
