"""What a user reads who has made a mistake, from the command line."""

import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from html import escape
from pathlib import Path

import pandas as pd
import pytest
from PIL import Image

from conftest import encode, kedro, noisy, plain, write_folder

Kedro = Callable[..., subprocess.CompletedProcess[str]]
FOLDER = "test_bad_input"


@pytest.fixture(scope="module")
def run_apart(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kedro]:
    """`kedro run --env=test`, its results in folders that no other test reads."""
    conf = tmp_path_factory.mktemp("settings") / "conf"
    shutil.copytree(project / "conf", conf)
    (conf / "test" / "globals.yml").write_text(f"environment: {FOLDER}\n")
    yield lambda *arguments: kedro("run", "--env=test", f"--conf-source={conf}", *arguments)
    for path in project.glob(f"data/*/{FOLDER}"):
        shutil.rmtree(path)


def test_missing_folder_names_the_settings(tmp_path: Path, run_apart: Kedro) -> None:
    run = run_apart("--pipelines=data_validation", f"--params=raw_images={tmp_path / 'nowhere'}")
    assert run.returncode != 0
    message = run.stdout + run.stderr
    assert "Expected a folder of images at" in message
    assert "PBS_DATA_DIR" in message


@pytest.mark.parametrize(
    ("assignments", "messages"),
    [
        ("data_validation.max_rejected=0.2,split.train=1.5", ("max_rejected", "less than 1")),
        ("compact_cnn.trainng.epochs=5", ("did you mean 'compact_cnn.training'?",)),
        ("knn.estimator.options.weigths=uniform", ("`knn.estimator` do not fit. Expected `estimator`",)),
    ],
)
def test_misspelt_or_impossible_parameters_stop_before_any_node(
    run_apart: Kedro, assignments: str, messages: tuple[str, ...]
) -> None:
    run = run_apart(f"--params={assignments}")
    assert run.returncode != 0
    assert all(message in run.stdout + run.stderr for message in messages)
    assert "Completed node" not in run.stdout


def test_a_folder_that_cannot_be_used_says_so_and_leaves_its_report(
    tmp_path: Path, project: Path, run_apart: Kedro
) -> None:
    write_folder(tmp_path, {f"{label}/{i}.png": noisy(20 * ord(label) + i) for label in "AB" for i in range(12)})
    (tmp_path / "Empty").mkdir()
    write_folder(tmp_path, {"A/copy.png": plain(), "B/copy <b>.png": plain()})
    run = run_apart("--pipelines=data_validation", f"--params=raw_images={tmp_path}")
    assert run.returncode != 0
    results = project / "data/08_reporting" / FOLDER / "data_validation"
    report = json.loads((results / "validation_report.json").read_text(encoding="utf-8"))
    assert [check["check"] for check in report["checks"] if check["verdict"] == "fail"] == ["classes", "labels"]
    page = (results / "validation.html").read_text(encoding="utf-8")
    for words in ("Empty: 0 usable images, at least 10 are needed", "A/copy and B/copy <b> are identical"):
        assert words in run.stdout + run.stderr
        assert escape(words) in page


def test_bad_files_are_named_and_good_ones_go_on_unchanged(tmp_path: Path, project: Path, run_apart: Kedro) -> None:
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
    limit = "data_validation.max_rejected_fraction=0.1"
    run = run_apart("--pipelines=data_validation", f"--params=raw_images={tmp_path / 'set'},{limit}")
    assert run.returncode == 0, run.stdout + run.stderr
    for name, (_, reason) in unusable.items():
        assert f"{name}: {reason}" in run.stdout
    accepted = pd.read_parquet(project / "data/02_intermediate" / FOLDER / "accepted_images.parquet")
    assert len(accepted) == 60 + len(usable)
    sizes = accepted.set_index("file_name")[["width", "height"]]
    assert sizes.loc["B/turned.jpg"].tolist() == [20, 30]
    assert r"B/line\nend.png" in sizes.index
    page = (project / "data/08_reporting" / FOLDER / "data_validation" / "validation.html").read_text(encoding="utf-8")
    assert escape("B/cut <script>.jpg") in page
    assert "<script>.jpg" not in page
    assert {name: (tmp_path / "set" / name).read_bytes() for name in files} == files
