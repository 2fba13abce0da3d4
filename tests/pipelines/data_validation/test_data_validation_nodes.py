"""The data gate as a whole: from a folder to the images it lets through."""

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from conftest import Examined, encode, examine, noisy
from leukosmear.data_checks.verdicts import DataGateError
from leukosmear.datasets.image_folder import ImageFolder
from leukosmear.parameters import ValidationParameters
from leukosmear.pipelines.data_validation import nodes
from leukosmear.schemas import ImageInventory

PARAMETERS = ValidationParameters(max_rejected_fraction=0.1, min_images_per_class=8, max_imbalance_ratio=3, workers=2)


def folder(files: dict[str, bytes]) -> ImageFolder:
    classes = tuple(sorted({name.split("/")[0] for name in files}))
    return ImageFolder(classes=classes, files={name: (lambda data=data: data) for name, data in files.items()})


def good() -> dict[str, bytes]:
    return {f"{label}/{i}.png": noisy(100 * place + i) for place, label in enumerate("AB") for i in range(10)}


@pytest.fixture(scope="module")
def passed() -> Examined:
    return examine(folder(good()), validation=PARAMETERS)


def test_a_good_folder_passes_every_check(passed: Examined) -> None:
    assert {line["check"]: line["verdict"] for line in passed.report["checks"]} == {
        **dict.fromkeys(("readable files", "stray images", "classes", "class balance", "image size and mode"), "pass"),
        **dict.fromkeys(("labels", "duplicates", "fields of view", "scale bars", "quality", "aspect ratio"), "pass"),
        **dict.fromkeys(("completeness", "patients", "smears"), "not checked"),
        "acquisitions": "warn",  # two groups a class are too few
    }
    ImageInventory.validate(passed.inventory)
    assert len(passed.admit()) == 20


def test_unusable_files_are_named_and_the_rest_goes_on() -> None:
    same_name = {"A/0.jpeg": encode(Image.new("RGB", (24, 24)), "JPEG")}
    examined = examine(folder(good() | {"A/broken <b>.jpg": b""} | same_name), validation=PARAMETERS)
    ImageInventory.validate(examined.inventory)
    check = examined.verdict_of("readable files")
    assert check["verdict"] == "warn"
    assert check["details"] == [
        "A/broken <b>.jpg: the file is empty",
        "A/0.jpeg: another file has the same name but for its suffix; rename one",
    ]
    assert len(examined.admit()) == 20


def exchange_classes(inventory: pd.DataFrame) -> pd.DataFrame:
    """Exchange six images of A for six of B: the same files, in the other's folder."""
    exchanged = inventory["image_id"].str[2:].astype(int) < 6
    label = inventory["label"].mask(exchanged, inventory["label"].map({"A": "B", "B": "A"}))
    return inventory.assign(label=label, file_name=label + inventory["file_name"].str[1:]).sort_values("file_name")


@pytest.mark.parametrize(
    "change",
    [
        lambda table: table.assign(sha256=["0" * 64] * 6 + list(table["sha256"][6:])),
        exchange_classes,
        lambda table: table.assign(acquisition_id=[f"patient {i // 5}" for i in range(len(table))]),
        lambda table: table.assign(field_id="A/0"),
        lambda table: table.iloc[:-1],
    ],
    ids=["files replaced", "classes exchanged", "patients", "fields", "a file fewer"],
)
def test_a_verdict_lets_only_the_inventory_through_that_it_is_of(change, passed: Examined) -> None:
    changed = change(passed.inventory.copy())
    assert set(changed["n_bytes"]) <= set(passed.inventory["n_bytes"])
    with pytest.raises(DataGateError, match=r"Found verdicts on another one.*pipelines=data_validation"):
        nodes.admit_images(changed, passed.report, "")
    assert len(nodes.admit_images(passed.inventory.sample(frac=1, random_state=0), passed.report, "")) == 20


def test_a_verdict_of_an_earlier_version_lets_nothing_through(passed: Examined) -> None:
    without = {name: value for name, value in passed.report["dataset"].items() if name != "sha256"}
    with pytest.raises(DataGateError, match="pipelines=data_validation"):
        nodes.admit_images(passed.inventory, passed.report | {"dataset": without}, "")


def test_a_failed_check_stops_the_run_in_few_words() -> None:
    examined = examine(folder({f"A/{i}.jpg": b"" for i in range(9)}), validation=PARAMETERS)
    with pytest.raises(DataGateError) as error:
        examined.admit()
    assert "- readable files: expected images, and at most 10.0% unusable files; found 9 files" in str(error.value)
    assert "A/4.jpg: the file is empty\n    ... and 4 more" in str(error.value)
    assert "A/5.jpg" not in str(error.value)
    assert "validation.html" in str(error.value)


def test_thumbnails_are_those_of_the_usable_images() -> None:
    files = {"A/0.png": b"", "A/1.png": noisy(1), "B/2.png": noisy(2)}
    table, thumbnails = nodes.measure_files(folder(files), PARAMETERS)
    assert list(table["status"]) == ["rejected", "accepted", "accepted"]
    assert list(thumbnails["image_id"]) == ["A/1", "B/2"]
    assert thumbnails["grey"].shape == (2, 112, 112)
    assert np.ptp(thumbnails["grey"].astype(int), axis=(1, 2)).min() > 50


def test_sizes_are_counted_by_class() -> None:
    files = {"A/0.png": noisy(0), "A/1.png": noisy(1), "B/2.png": noisy(2, (30, 20)), "B/3.png": b""}
    table, _ = nodes.measure_files(folder(files), PARAMETERS)
    assert nodes.tabulate_sizes(table).to_numpy().tolist() == [
        ["A", 24, 24, "RGB", "PNG", 2],
        ["B", 30, 20, "RGB", "PNG", 1],
    ]
