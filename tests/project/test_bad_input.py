"""What a user reads who has made a mistake, from the command line."""

import json
import re
from html import escape
from pathlib import Path

import pandas as pd
import pytest
from PIL import Image

from conftest import Apart, encode, kedro, noisy, plain, write_folder
from leukosmear.data_checks.verdicts import DataGateError


def test_missing_folder_names_the_settings(tmp_path: Path, apart: Apart) -> None:
    """From the command line, as a user meets it."""
    arguments = ("--env=test", f"--conf-source={apart.conf}", f"--params=raw_images={tmp_path / 'nowhere'}")
    run = kedro("run", "--pipelines=data_validation", *arguments)
    assert run.returncode != 0
    message = run.stdout + run.stderr
    assert "Expected a folder of images at" in message
    assert "--params=raw_images=" in message
    assert "Traceback" not in message
    assert len(message.splitlines()) < 8


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"data_validation": {"max_rejected": 0.2}}, "max_rejected"),
        ({"compact_cnn": {"trainng": {"epochs": 5}}}, "did you mean 'compact_cnn.training.epochs'?"),
        ({"split": {"train": 1.5}}, "less than 1"),
        (
            {"knn": {"estimator": {"options": {"weigths": "uniform"}}}},
            "`knn.estimator` do not fit. Expected `estimator`",
        ),
    ],
)
def test_misspelt_or_impossible_parameters_stop_before_any_node(
    apart: Apart, caplog: pytest.LogCaptureFixture, parameters: dict, message: str
) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        apart.run("__default__", **parameters)
    assert "Completed node" not in caplog.text


def test_a_folder_that_cannot_be_used_says_so_and_leaves_its_report(tmp_path: Path, apart: Apart) -> None:
    write_folder(tmp_path, {f"{label}/{i}.png": noisy(20 * ord(label) + i) for label in "AB" for i in range(12)})
    (tmp_path / "Empty").mkdir()
    write_folder(tmp_path, {"A/copy.png": plain(), "B/copy <b>.png": plain()})
    with pytest.raises(DataGateError) as refusal:
        apart.run("data_validation", raw_images=str(tmp_path))
    results = apart.path("08_reporting") / "data_validation"
    report = json.loads((results / "validation_report.json").read_text(encoding="utf-8"))
    assert [check["check"] for check in report["checks"] if check["verdict"] == "fail"] == ["classes", "labels"]
    page = (results / "validation.html").read_text(encoding="utf-8")
    for words in ("Empty: 0 usable images, at least 10 are needed", "A/copy and B/copy <b> are identical"):
        assert words in str(refusal.value)
        assert escape(words) in page


def test_bad_files_are_named_and_good_ones_go_on_unchanged(
    tmp_path: Path, apart: Apart, caplog: pytest.LogCaptureFixture
) -> None:
    classes = ("$x^$ <b>", "B")
    files = {f"{label}/{i}.png": noisy(100 * index + i) for index, label in enumerate(classes) for i in range(30)}
    odd = Image.effect_noise((30, 20), 60)
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter
    usable = {
        "B/grey ü.PNG": encode(odd),
        "B/wrong suffix.png": encode(odd.convert("RGB"), "JPEG"),
        "B/palette.gif": encode(odd.convert("P"), "GIF"),
        "B/cmyk.jpg": encode(odd.convert("CMYK"), "JPEG"),
        "B/alpha.webp": encode(odd.convert("RGBA"), "WEBP", lossless=True),
        "B/turned.jpg": encode(odd.convert("RGB"), "JPEG", exif=exif),
        "B/pages.tif": encode(odd, "TIFF", save_all=True, append_images=[odd]),
        "B/line\nend.png": encode(Image.effect_noise((20, 30), 40)),
    }
    unusable = {
        "B/cut <script>.jpg": (plain()[:60], "damaged"),
        "B/empty.jpg": (b"", "the file is empty"),
        "B/text.jpg": (b"not a picture", "not an image in a format that can be read"),
        "B/deep.png": (encode(Image.new("I;16", (30, 20))), "mode I;16 with more than 8 bits per sample"),
        "B/row.png": (encode(Image.new("RGB", (30, 1))), "30 x 1 pixels are too few"),
    }
    files |= usable | {name: data for name, (data, _) in unusable.items()}
    write_folder(tmp_path / "photographs", {name.replace("B/", "", 1): files[name] for name in files if name[0] == "B"})
    write_folder(tmp_path / "set", {name: files[name] for name in files if name[0] == "$"})
    (tmp_path / "set" / "B").symlink_to(tmp_path / "photographs", target_is_directory=True)
    limit = {"max_rejected_fraction": 0.1}
    apart.run("data_validation", raw_images=str(tmp_path / "set"), data_validation=limit)
    for name, (_, reason) in unusable.items():
        assert f"{name}: {reason}" in caplog.text
    accepted = pd.read_parquet(apart.path("02_intermediate") / "accepted_images.parquet")
    assert len(accepted) == 60 + len(usable)
    sizes = accepted.set_index("file_name")[["width", "height"]]
    assert sizes.loc["B/turned.jpg"].tolist() == [20, 30]
    assert r"B/line\nend.png" in sizes.index
    page = (apart.path("08_reporting") / "data_validation" / "validation.html").read_text(encoding="utf-8")
    assert escape("B/cut <script>.jpg") in page
    assert "<script>.jpg" not in page
    assert {name: (tmp_path / "set" / name).read_bytes() for name in files} == files
