import numpy as np
import pandas as pd
import pytest
from PIL import Image

from conftest import Examined, encode, examine, noisy, plain
from leukosmear.data_checks.verdicts import DataGateError
from leukosmear.datasets.image_folder import ImageFolder
from leukosmear.image_files import sharpness
from leukosmear.inventory import accepted
from leukosmear.parameters import ValidationParameters
from leukosmear.pipelines.data_validation import nodes
from leukosmear.schemas import ImageInventory

PARAMETERS = ValidationParameters(
    classes=None, max_rejected_fraction=0.1, min_images_per_class=8, max_imbalance_ratio=3, workers=2
)


def folder(files: dict[str, bytes], classes: tuple[str, ...] | None = None) -> ImageFolder:
    classes = classes or tuple(sorted({name.split("/")[0] for name in files}))
    return ImageFolder(classes=classes, files={name: (lambda data=data: data) for name, data in files.items()})


def good(n_a: int = 10, n_b: int = 10) -> dict[str, bytes]:
    return {f"A/{i}.png": noisy(i) for i in range(n_a)} | {f"B/{i}.png": noisy(100 + i) for i in range(n_b)}


def report_on(
    images: ImageFolder, archive: pd.DataFrame | None = None, parameters: ValidationParameters = PARAMETERS
) -> Examined:
    examined = examine(images, archive, validation=parameters)
    ImageInventory.validate(examined.inventory)
    return examined


def test_inventory_measures_an_image() -> None:
    examined = report_on(folder({"A/x y.png": plain((90, 90, 90), (30, 20))}))
    row = examined.inventory.iloc[0]
    assert (row["image_id"], row["label"], row["file_name"]) == ("A/x y", "A", "A/x y.png")
    assert (row["width"], row["height"], row["mode"], row["format"]) == (30, 20, "RGB", "PNG")
    assert row["brightness"] == 90
    assert row["sharpness"] == 0
    assert len(row["sha256"]) == 64


def test_sharpness_is_the_variance_of_the_laplacian() -> None:
    # A single bright pixel on black: the Laplacian is -4 there, 1 at its four neighbours, 0 elsewhere.
    grey = np.zeros((5, 5), np.float32)
    grey[2, 2] = 1
    assert sharpness(grey) == pytest.approx((16 + 4) / 25)


def test_a_good_folder_passes_every_check() -> None:
    examined = report_on(folder(good()))
    assert [line["verdict"] for line in examined.report["checks"]] == [
        "pass", "pass", "not checked", "pass", "pass", "pass",  # files, strays, archive, classes, balance, sizes
        "pass", "pass", "pass", "pass", "warn", "not checked", "pass", "pass",  # one group a class is too few
    ]  # fmt: skip
    assert len(examined.admit()) == 20


def test_unreadable_files_are_named_and_the_rest_goes_on() -> None:
    files = good() | {"A/broken <b>.jpg": b"", "B/notes.txt": b"hello"}
    examined = report_on(folder(files))
    check = examined.verdict_of("readable files")
    assert check["verdict"] == "warn"
    assert check["details"] == [
        "A/broken <b>.jpg: the file is empty",
        "B/notes.txt: not an image in a format that can be read",
    ]
    assert len(examined.admit()) == 20


def test_file_that_cannot_be_read_from_disk_is_named() -> None:
    def unreadable() -> bytes:
        raise PermissionError(13, "Permission denied")

    images = folder(good())
    examined = report_on(ImageFolder(images.classes, {**images.files, "A/locked.png": unreadable}))
    assert examined.verdict_of("readable files")["details"] == [
        "A/locked.png: cannot be read from disk: Permission denied"
    ]
    assert len(accepted(examined.inventory)) == 20


def test_images_beside_the_class_folders_are_named_and_other_files_are_not() -> None:
    beside = {"1 <b>.png": plain(), "2": plain(), "README.md": b"text", "patients.csv": b"a,b", "empty.jpg": b""}
    examined = report_on(ImageFolder(("A", "B"), folder(good()).files, folder(beside).files))
    check = examined.verdict_of("stray images")
    assert (check["verdict"], check["found"]) == ("warn", "2 beside the class folders; they are left out")
    assert [line.split(":")[0] for line in check["details"]] == ["1 <b>.png", "2"]
    assert len(examined.admit()) == 20


def test_verdicts_on_other_images_let_none_through() -> None:
    examined, others = report_on(folder(good())), report_on(folder(good(11, 10)))
    with pytest.raises(DataGateError, match="verdicts on another one"):
        nodes.admit_images(others.inventory, examined.report, "")


def test_too_many_unreadable_files_stop_the_run() -> None:
    examined = report_on(folder(good() | {f"A/{i}.jpg": b"x" for i in range(10, 20)}))
    with pytest.raises(DataGateError, match=r"at most 10\.0% unusable.*30 files, 10 of them unusable"):
        examined.admit()


def test_same_name_with_two_suffixes_counts_once() -> None:
    examined = report_on(folder(good() | {"A/0.jpeg": encode(Image.new("RGB", (24, 24)), "JPEG")}))
    rejected = examined.inventory[examined.inventory["status"] == "rejected"]
    assert list(rejected["file_name"]) == ["A/0.jpeg"]
    assert "same name but for its suffix" in rejected["reason"].iloc[0]


@pytest.mark.parametrize(
    ("images", "classes", "message"),
    [
        pytest.param(folder(good(), ("A", "B", "C")), None, "C: 0 usable images, at least 8", id="empty folder"),
        pytest.param(folder(good(10, 6)), None, "B: 6 usable images, at least 8 are needed", id="too few"),
        pytest.param(folder(good()), ["A"], "B: folder is not among the configured classes", id="unknown folder"),
        pytest.param(folder(good()), ["A", "B", "Pre"], "Pre: configured, but there is no such", id="missing class"),
        pytest.param(folder(good(10, 0)), None, "needs at least two classes", id="one class"),
    ],
)
def test_classes_that_stop_the_run(images: ImageFolder, classes: list[str] | None, message: str) -> None:
    parameters = PARAMETERS.model_copy(update={"classes": classes})
    examined = report_on(images, parameters=parameters)
    with pytest.raises(DataGateError, match=message):
        examined.admit()


def test_imbalance_is_a_warning() -> None:
    examined = report_on(folder(good(33, 8)))
    check = examined.verdict_of("class balance")
    assert (check["verdict"], check["found"]) == ("warn", "4.12 times")


def test_images_of_another_size_or_mode_are_named_and_kept() -> None:
    odd = {"A/odd.png": noisy(50, (30, 20)), "B/grey.png": encode(Image.new("L", (24, 24)))}
    examined = report_on(folder(good() | odd))
    check = examined.verdict_of("image size and mode")
    assert check["verdict"] == "warn"
    assert check["details"] == ["A/odd.png: 30 x 20 RGB PNG", "B/grey.png: 24 x 24 L PNG"]
    assert len(examined.admit()) == 22


@pytest.mark.parametrize("prefix", ["", "archive/Original/", "archive\\Original\\"], ids=["flat", "nested", "Windows"])
def test_archive_is_compared_by_class_and_name(prefix: str) -> None:
    files = good()
    sizes = {name: len(data) for name, data in files.items()} | {"A/gone.png": 5}
    sizes["A/1.png"] += 1
    del sizes["B/2.png"]
    listing = pd.DataFrame({"name": [prefix + name for name in sizes], "n_bytes": sizes.values()})
    examined = report_on(folder(files), listing)
    check = examined.verdict_of("completeness")
    n_bytes = len(noisy(1))
    assert check["verdict"] == "warn"
    assert check["found"] == "20 files in the archive: 1 missing, 1 extra, 1 of another size"
    assert check["details"] == [
        "A/gone.png: missing, in the archive only",
        "B/2.png: extra, not in the archive",
        f"A/1.png: {n_bytes:,} bytes, {n_bytes + 1:,} in the archive",
    ]


def test_names_with_line_ends_and_backslashes_are_found_in_the_archive() -> None:
    files = good() | {r"A/line\nend.png": noisy(50), r"A/back\\slash.png": noisy(51)}  # as both listings write them
    listing = pd.DataFrame({"name": list(files), "n_bytes": [len(data) for data in files.values()]})
    assert report_on(folder(files), listing).verdict_of("completeness")["verdict"] == "pass"


def test_masks_and_clutter_in_the_archive_are_not_taken_for_photographs() -> None:
    files = good()
    names = [f"{side}/{name}" for side in ("Original", "Segmented") for name in files]
    clutter = ["__MACOSX/Original/A/._0.png", "Original/A/.DS_Store"]
    sizes = [len(data) for data in files.values()] + [1] * 22
    listing = pd.DataFrame({"name": names + clutter, "n_bytes": sizes})
    assert report_on(folder(files), listing).verdict_of("completeness")["verdict"] == "pass"


def test_files_that_lead_out_of_the_archive_are_named_and_not_compared() -> None:
    files = good()
    sizes = {f"./{name}": len(data) for name, data in files.items()}
    sizes |= {"../../evil.png": 1, "data/../../A/0.png": 2, "/etc/A/1.png": 3, "x\\..\\..\\A\\2.png": 4}
    listing = pd.DataFrame({"name": list(sizes), "n_bytes": sizes.values()})
    check = report_on(folder(files), listing).verdict_of("completeness")
    assert check["verdict"] == "warn"
    assert check["found"] == (
        f"{len(files)} files in the archive: 0 missing, 0 extra, 0 of another size, 4 that lead out of it"
    )
    assert [line.split(":")[0] for line in check["details"]] == sorted(list(sizes)[-4:])


def test_the_message_on_the_terminal_is_short_and_says_where_the_rest_is() -> None:
    examined = report_on(folder({f"A/{i}.jpg": b"" for i in range(9)}))
    with pytest.raises(DataGateError) as error:
        examined.admit()
    assert "A/4.jpg: the file is empty\n    ... and 4 more" in str(error.value)
    assert "The page validation.html names every case" in str(error.value)
