from pathlib import Path

import pytest
from kedro.io import DatasetError

from leukosmear.datasets.optional_csv import OptionalCSVDataset


def dataset(filepath: Path | None) -> OptionalCSVDataset:
    path = str(filepath) if filepath else None
    return OptionalCSVDataset(filepath=path, columns=["image_id", "patient_id"], setting="patients")


def test_without_a_path_the_table_is_empty_and_exists() -> None:
    table = dataset(None).load()
    assert table.empty
    assert list(table.columns) == ["image_id", "patient_id"]
    assert dataset(None).exists()


def test_columns_are_read_as_text_and_others_are_left_out(tmp_path: Path) -> None:
    path = tmp_path / "patients.csv"
    path.write_text("patient_id,age,image_id\n007,4,A/1\n,5,NA\n", encoding="utf-8")
    table = dataset(path).load()
    assert table.iloc[0].to_dict() == {"image_id": "A/1", "patient_id": "007"}
    assert table.loc[1, "image_id"] == "NA"
    assert table["patient_id"].isna().tolist() == [False, True]


def test_what_spreadsheets_leave_around_values_does_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "patients.csv"
    path.write_text("image_id, patient_id,\nA/1 , 7,\n  ,8,\nA/2, ,\n", encoding="utf-8")
    table = dataset(path).load()
    assert table.iloc[0].to_dict() == {"image_id": "A/1", "patient_id": "7"}
    assert table["image_id"].isna().tolist() == [False, True, False]
    assert table["patient_id"].isna().tolist() == [False, False, True]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "Reading it failed.*No such file"),
        (b"", "Reading it failed.*No columns"),
        (b"image_id,patient\nA/1,7\n", "Found image_id, patient. Correct the file or the setting `patients`"),
        (b"\xff\xfe\x00\x01", "Reading it failed"),
    ],
    ids=["missing", "empty", "another column", "no text"],
)
def test_a_table_that_cannot_be_used_says_so(tmp_path: Path, content: bytes | None, message: str) -> None:
    path = tmp_path / "patients.csv"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(DatasetError, match=f"(?s)Expected a CSV file with the columns image_id, patient_id.*{message}"):
        dataset(path).load()


def test_it_is_never_written(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="read only"):
        dataset(tmp_path / "patients.csv").save("a table")
