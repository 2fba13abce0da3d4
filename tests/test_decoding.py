import numpy as np
import pytest
from PIL import Image

from conftest import encode
from leukosmear.decoding import UnreadableImageError, decode

RED = (250, 0, 0)


@pytest.mark.parametrize(
    ("image", "file_format", "colour"),
    [
        pytest.param(Image.new("L", (3, 2), 100), "PNG", (100, 100, 100), id="grey"),
        pytest.param(Image.new("RGBA", (3, 2), (250, 0, 0, 0)), "PNG", (255, 255, 255), id="transparent on white"),
        pytest.param(Image.new("RGB", (3, 2), RED).convert("P"), "PNG", (255, 0, 0), id="palette"),
        pytest.param(Image.new("CMYK", (3, 2), (0, 255, 255, 0)), "TIFF", (255, 0, 0), id="CMYK"),
        pytest.param(Image.new("1", (3, 2), 1), "PNG", (255, 255, 255), id="black and white"),
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
    ("data", "reason"),
    [
        pytest.param(b"", "empty", id="empty"),
        pytest.param(b"#!/bin/sh", "not an image", id="text"),
        pytest.param(encode(Image.new("RGB", (64, 64), RED), "JPEG")[:400], "damaged|not an image", id="cut off"),
        pytest.param(encode(Image.new("I;16", (4, 4), 4000)), "more than 8 bits", id="16 bit"),
    ],
)
def test_unreadable_files_say_why(data: bytes, reason: str) -> None:
    with pytest.raises(UnreadableImageError, match=reason):
        decode(data)


@pytest.mark.parametrize("limit", [2000, 1000], ids=["Pillow only warns", "Pillow refuses"])
@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
def test_decompression_bomb_is_refused(monkeypatch: pytest.MonkeyPatch, limit: int) -> None:
    data = encode(Image.new("L", (50, 50)))
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", limit)
    with pytest.raises(UnreadableImageError, match="pixels"):
        decode(data)
