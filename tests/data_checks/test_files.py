from collections.abc import Callable

import pandas as pd
import pytest

from conftest import noisy, plain
from leukosmear.data_checks import files as checks
from leukosmear.parameters import ValidationParameters

LIMITS = {"max_rejected_fraction": 0.1, "min_images_per_class": 8, "max_imbalance_ratio": 3, "workers": 1}


def inventory(*file_names: str, **columns: list) -> pd.DataFrame:
    """Images of 24 x 24 pixels, all usable."""
    table = pd.DataFrame({"file_name": file_names, "label": [name.split("/")[0] for name in file_names]})
    table = table.assign(width=24, height=24, mode="RGB", format="PNG", status="accepted", reason=None)
    return table.assign(**columns)


FOUR = ("A/0.png", "A/1.png", "B/2.png", "B/3.png")


@pytest.mark.parametrize(
    ("n_files", "n_rejected", "verdict", "found"),
    [
        (4, 0, "pass", "4 files, 0 of them unusable (0.0%)"),
        (10, 1, "warn", "10 files, 1 of them unusable (10.0%)"),
        (9, 1, "fail", "9 files, 1 of them unusable (11.1%)"),
        (1, 1, "fail", "1 files, 1 of them unusable (100.0%)"),
        (0, 0, "fail", "0 files, 0 of them unusable (0.0%)"),
    ],
)
def test_a_few_files_may_be_unusable(n_files: int, n_rejected: int, verdict: str, found: str) -> None:
    table = inventory(*(f"A/{i}.png" for i in range(n_files)))
    table.loc[: n_rejected - 1, ["status", "reason"]] = ["rejected", "the file is empty"]
    check = checks.check_readable(table, 0.1)
    assert (check["verdict"], check["found"]) == (verdict, found)
    assert check["details"] == ["A/0.png: the file is empty"][:n_rejected]


def _unreadable() -> bytes:
    raise PermissionError(13, "Permission denied")


def test_images_beside_the_class_folders_are_named_and_other_files_are_not() -> None:
    beside = {"1 <b>.png": plain(), "2": noisy(1), "README.md": b"text", "patients.csv": b"a,b", "empty.jpg": b""}
    read: dict[str, Callable[[], bytes]] = {name: lambda data=data: data for name, data in beside.items()}
    check = checks.check_strays(read | {"locked.png": _unreadable})
    assert check["verdict"] == "warn"
    assert [line.split(":")[0] for line in check["details"]] == ["1 <b>.png", "2"]
    assert checks.check_strays({"README.md": read["README.md"]})["verdict"] == "pass"


TWENTY = [f"{label}/{i}.png" for label in "AB" for i in range(10)]


@pytest.mark.parametrize(
    ("names", "sources", "classes", "cases"),
    [
        (TWENTY, "AB", None, {}),
        (TWENTY, "AB", {"both": ["A", "B"]}, {"a classifier": "needs at least two classes"}),
        (TWENTY, "ABC", None, {"C": "0 usable images, at least 8 are needed"}),
        (TWENTY[:17], "AB", None, {"B": "7 usable images, at least 8 are needed"}),
        (TWENTY, "AB", ["A"], {"B": "10 files, such as B/0.png", "a classifier": ""}),
        (TWENTY, "ABC", ["A", "B"], {"C": "folder is not among the configured classes; it is empty"}),
        (TWENTY, "AB", ["A", "B", "Pre"], {"Pre": "configured, but there is no such folder"}),
        (TWENTY[:10], "A", None, {"a classifier": "needs at least two classes"}),
    ],
    ids=["as they are", "one of both", "empty", "too few", "unknown", "unknown and empty", "missing", "one class"],
)
def test_classes_have_to_be_those_expected(
    names: list[str], sources: str, classes: dict | list | None, cases: dict[str, str]
) -> None:
    labels = ["both" if isinstance(classes, dict) else name[0] for name in names]
    check = checks.check_classes(
        inventory(*names, label=labels), sources, ValidationParameters(**LIMITS, classes=classes)
    )
    assert check["verdict"] == ("fail" if cases else "pass")
    for line, (start, words) in zip(check["details"], cases.items(), strict=True):
        assert line.startswith(start)
        assert words in line


@pytest.mark.parametrize(
    ("counts", "verdict", "found"),
    [
        ((33, 11), "pass", "3.00 times"),
        ((33, 8), "warn", "4.12 times"),
        ((5, 0), "warn", "undefined"),
        ((), "warn", ""),
    ],
)
def test_imbalance_is_a_warning(counts: tuple[int, ...], verdict: str, found: str) -> None:
    check = checks.check_balance(pd.DataFrame({"label": list("AB"[: len(counts)]), "n_images": counts}), 3)
    assert check["verdict"] == verdict
    assert check["found"].startswith(found)


def test_images_of_another_size_or_mode_are_named() -> None:
    check = checks.check_sizes(inventory(*FOUR, width=[24, 30, 24, 24], mode=["RGB", "RGB", "RGB", "L"]))
    assert check["verdict"] == "warn"
    assert check["found"].startswith("2 of 4 images are 24 x 24 RGB PNG")
    assert check["details"] == ["A/1.png: 30 x 24 RGB PNG", "B/3.png: 24 x 24 L PNG"]
    assert checks.check_sizes(inventory(*FOUR))["verdict"] == "pass"
    assert checks.check_sizes(inventory())["details"] == []
