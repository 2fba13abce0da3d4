import hashlib
import io
from collections.abc import Callable
from pathlib import Path

import imagehash
import numpy as np
import pandas as pd
import pytest
from PIL import Image, ImageDraw

from conftest import encode, plain, write_folder
from leukosmear import image_files
from leukosmear.datasets.image_folder import ImageFolderDataset
from leukosmear.image_files import describe_file, describe_files, measure_pixels, sharpness
from leukosmear.inventory import tabulate
from leukosmear.scale_bars import Box


def halves(left: int, right: int) -> Image.Image:
    """Four rows and eight columns, two grey levels side by side."""
    return Image.fromarray(np.repeat(np.array([[left] * 4 + [right] * 4], np.uint8), 4, axis=0))


def smear() -> Image.Image:
    """Dark cells on a light ground."""
    image = Image.new("RGB", (224, 200), (240, 225, 230))
    draw = ImageDraw.Draw(image)
    for x, y, radius in [(40, 50, 25), (120, 60, 18), (180, 150, 30), (70, 150, 22)]:
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=(110, 60, 150))
    return image


def test_an_image_is_measured() -> None:
    data = encode(halves(50, 150))
    measured = describe_file("A/deep/x.y 1.png", lambda: data)
    row = measured.row
    assert (row["image_id"], row["label"], row["file_name"]) == ("A/deep/x.y 1", "A", "A/deep/x.y 1.png")
    assert (row["n_bytes"], row["sha256"]) == (len(data), hashlib.sha256(data).hexdigest())
    assert (row["width"], row["height"], row["mode"], row["format"]) == (8, 4, "L", "PNG")
    assert (row["brightness"], row["contrast"]) == (100, 50)
    # The Laplacian is 100 left of the step, -100 right of it and 0 elsewhere.
    assert row["sharpness"] == pytest.approx(2 * 100**2 / 8)
    assert (row["status"], row["reason"]) == ("accepted", None)
    assert measured.thumbnail is not None
    np.testing.assert_array_equal(measured.thumbnail, np.repeat([[50] * 56 + [150] * 56], 112, axis=0))


def test_sharpness_is_the_variance_of_the_laplacian() -> None:
    # A single bright pixel on black: the Laplacian is -4 there, 1 at its four neighbours, 0 elsewhere.
    grey = np.zeros((5, 5), np.uint8)
    grey[2, 2] = 255
    assert sharpness(grey) == pytest.approx(255**2 * (16 + 4) / 25)
    assert sharpness(np.array([[7]], np.uint8)) == 0


@pytest.mark.parametrize(
    "bar",
    [Box(2, 15, 18, 20), Box(0, 0, 20, 3), Box(0, 2, 3, 18), Box(17, 0, 20, 20)],
    ids=["below", "above", "left", "right"],
)
def test_the_scale_bar_is_not_measured(bar: Box) -> None:
    grey = np.full((20, 20), 90, np.uint8)
    grey[bar.slices] = np.resize([0, 255], (bar.height, bar.width))
    assert measure_pixels(grey, bar) == {"brightness": 90, "contrast": 0, "sharpness": 0}
    assert measure_pixels(grey, None)["contrast"] > 30
    assert measure_pixels(grey, Box(0, 0, 20, 20)) == measure_pixels(grey, None)


def test_a_bar_that_was_found_is_noted_and_left_out() -> None:
    image = smear()
    clean = describe_file("A/1.png", lambda: encode(image))
    draw = ImageDraw.Draw(image)
    draw.line((170, 190, 210, 190), fill=(250, 0, 0), width=2)
    draw.line((170, 186, 170, 194), fill=(250, 0, 0))
    draw.line((210, 186, 210, 194), fill=(250, 0, 0))
    marked = describe_file("A/2.png", lambda: encode(image))
    table = tabulate([clean, marked])
    assert list(table["scale_bar"].str.startswith("red")) == [False, True]
    assert table.loc[0, "scale_bar"] == "none"
    assert table.loc[0, ["bar_left", "bar_top", "bar_right", "bar_bottom"]].isna().all()
    left, top, right, bottom = table.loc[1, ["bar_left", "bar_top", "bar_right", "bar_bottom"]]
    assert left <= 170 < 210 < right
    assert top <= 186 < 194 < bottom
    assert table.loc[1, "sharpness"] == pytest.approx(table.loc[0, "sharpness"], rel=0.2)


def test_the_hash_is_that_of_imagehash_and_survives_saving_again() -> None:
    image = smear()
    hashes = [
        describe_file("A/1.png", lambda: encode(image)).row["perceptual_hash"],
        describe_file("A/1.jpg", lambda: encode(image, "JPEG", quality=60)).row["perceptual_hash"],
        str(imagehash.phash(image)),
    ]
    assert all(len(digits) == 16 for digits in hashes)
    assert (int(hashes[0], 16) ^ int(hashes[1], 16)).bit_count() <= 4
    assert (int(hashes[0], 16) ^ int(hashes[2], 16)).bit_count() <= 4
    turned = describe_file("A/1.png", lambda: encode(image.rotate(90))).row["perceptual_hash"]
    assert (int(hashes[0], 16) ^ int(turned, 16)).bit_count() > 16


def test_every_file_is_read_and_decoded_once(monkeypatch: pytest.MonkeyPatch) -> None:
    decoded, read = [], []
    decode = image_files.decode
    monkeypatch.setattr(image_files, "decode", lambda data: (decoded.append(data), decode(data))[1])

    def reader(name: str) -> Callable[[], bytes]:
        return lambda: (read.append(name), encode(Image.new("L", (5, 5), int(name))))[1]

    names = [str(index) for index in range(40)]
    table = tabulate(list(describe_files({f"A/{name}.png": reader(name) for name in names}, workers=3)))
    assert list(table["image_id"]) == [f"A/{name}" for name in names]
    assert list(table["brightness"]) == list(range(40))
    assert sorted(read, key=int) == names
    assert len(decoded) == 40


def test_processes_say_what_threads_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_folder(tmp_path, {f"A/{index}.png": encode(Image.new("L", (5, 5), index)) for index in range(40)})
    files = ImageFolderDataset(path=str(tmp_path)).load().files
    in_threads = tabulate(list(describe_files(files, workers=2)))
    monkeypatch.setattr(image_files, "MANY_FILES", 1)
    pd.testing.assert_frame_equal(tabulate(list(describe_files(files, workers=2))), in_threads)
    assert list(in_threads["brightness"]) == sorted(range(40), key=lambda index: f"{index}.png")


def test_whatever_lies_in_a_folder_the_rest_survives(tmp_path: Path) -> None:
    jpeg = encode(smear(), "JPEG")
    root = write_folder(
        tmp_path / "root",
        {
            "A/good.jpg": jpeg,
            "A/GOOD.JPEG": jpeg,
            "A/a PNG by its content.jpg": plain(),
            "A/deep/er/ü <script>alert(1)<\\script>.png": plain(),
            "A/line\nend.png": plain(),
            "A/broken/cut off.jpg": jpeg[: len(jpeg) // 2],
            "A/broken/empty.png": b"",
            "A/broken/float.tif": encode(Image.new("F", (4, 4), 0.5), "TIFF"),
            "A/broken/no picture.db": bytes.fromhex("d0cf11e0a1b11ae1") + bytes(504),
            "A/.DS_Store": b"Bud1",
            "A/Thumbs.db": b"\xd0\xcf",
        },
    )
    (root / "A/broken/nowhere.png").symlink_to("gone.png")
    table = tabulate(list(describe_files(ImageFolderDataset(path=str(root)).load().files, workers=2)))
    rejected = table[table["status"] == "rejected"].set_index("file_name")["reason"]
    assert rejected.str.startswith("damaged: ")["A/broken/cut off.jpg"]
    assert rejected.drop("A/broken/cut off.jpg").to_dict() == {
        "A/broken/no picture.db": "not an image in a format that can be read",
        "A/broken/empty.png": "the file is empty",
        "A/broken/float.tif": "mode F with more than 8 bits per sample; convert the file to 8-bit RGB",
        "A/broken/nowhere.png": "cannot be read from disk: a link to something that is not there",
    }
    accepted = table[table["status"] == "accepted"].set_index("file_name")["format"]
    assert accepted.to_dict() == {
        "A/GOOD.JPEG": "JPEG",
        "A/a PNG by its content.jpg": "PNG",
        "A/deep/er/ü <script>alert(1)<\\\\script>.png": "PNG",
        "A/good.jpg": "JPEG",
        "A/line\\nend.png": "PNG",
    }
    buffer = io.BytesIO()
    table.to_parquet(buffer)
    pd.testing.assert_frame_equal(pd.read_parquet(buffer), table)
