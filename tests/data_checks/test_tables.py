import pandas as pd
import pytest

from data_checks.judged_images import images
from leukosmear.data_checks.comparisons import check_acquisitions
from leukosmear.data_checks.tables import NO_ROW_FITS, check_table


def patients(*rows: tuple[str, str | None]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["image_id", "patient_id"], dtype="str")


ALL = (("A/0", "P1"), ("A/1", "P1"), ("B/2", "P2"), ("B/3", "P3"))


@pytest.mark.parametrize(
    ("rows", "verdict", "details"),
    [
        ((), "not checked", []),
        (ALL, "pass", []),
        ((*ALL, ALL[0]), "pass", []),
        (ALL[:3], "warn", ["B/3: no patient listed"]),
        ((*ALL, ("C/9", "P1")), "warn", ["C/9: listed, but no usable image of that name"]),
        ((*ALL[:3], ("B/3", None)), "warn", []),
        ((*ALL, ("A/0", "P2")), "fail", ["A/0: listed with several patients"]),
    ],
    ids=["none", "complete", "a row twice", "one missing", "one unknown", "one empty", "contradiction"],
)
def test_the_table_of_patients_fits(rows: tuple, verdict: str, details: list[str]) -> None:
    check = check_table(images(), patients(*rows), "patient")
    assert (check["verdict"], check["details"]) == (verdict, details)


def test_a_table_that_fits_no_image_fails() -> None:
    check = check_table(images(), patients(("Z/0", "p"), ("Z/1", "q")), "patient")
    assert check["verdict"] == "fail"
    assert check["details"][-1] == NO_ROW_FITS


def test_rows_without_a_patient_do_not_count_as_one() -> None:
    rows = patients(("A/0", None), ("A/0", "p"), ("A/1", None))
    check = check_table(images(), rows, "patient")
    assert check["verdict"] == "warn"
    assert "0 images of two patients" in check["found"]
    assert "patients for 1 of 4 images" in check_acquisitions(images(), rows)["found"]


def test_a_field_of_two_patients_is_named() -> None:
    check = check_table(images(field_id=["A/0", "A/1", "A/0", "B/3"]), patients(*ALL), "patient")
    assert check["verdict"] == "warn"
    assert check["details"] == ["A/0: its field of view is of several patients"]


def test_a_table_of_smears_is_checked_as_one_of_patients_is() -> None:
    smears = patients(*ALL, ("A/0", "P2")).rename(columns={"patient_id": "smear_id"})
    check = check_table(images(), smears, "smear")
    assert (check["check"], check["verdict"]) == ("smears", "fail")
    assert check["details"] == ["A/0: listed with several smears"]
