import pandas as pd
import pytest

from leukosmear.image_files import describe_file
from leukosmear.inventory import COLUMNS, accepted, hash_inventory, tabulate


def inventory(**columns: list) -> pd.DataFrame:
    """Three images, the last of which is rejected."""
    values = {
        "file_name": ["A/0.png", "A/1.png", "B/2.png"],
        "label": ["A", "A", "B"],
        "sha256": ["a" * 64, "b" * 64, "c" * 64],
        "field_id": ["A/0", "A/0", None],
        "acquisition_id": ["A/01", "A/01", None],
        "stream_id": ["A/red", "A/red", None],
        "smear_id": [None, None, None],
        "brightness": [1.0, 2.0, 3.0],
        "status": ["accepted", "accepted", "rejected"],
    }
    return pd.DataFrame(values | columns)


@pytest.mark.parametrize("n_files", [0, 2])
def test_the_table_has_its_types_where_nothing_can_be_used(n_files: int) -> None:
    table = tabulate([describe_file(f"A/{index}.jpg", lambda: b"") for index in range(n_files)])
    assert table.dtypes.astype(str).to_dict() == COLUMNS
    assert table[["width", "brightness", "perceptual_hash", "scale_bar", "bar_left"]].isna().all(axis=None)
    assert list(table["status"]) == ["rejected"] * n_files


def test_accepted_are_those_of_that_status() -> None:
    assert list(accepted(inventory()).index) == [0, 1]


@pytest.mark.parametrize(
    "columns",
    [
        {"file_name": ["A/0.png", "A/1.png", "B/3.png"]},
        {"label": ["A", "B", "B"]},
        {"sha256": ["a" * 64, "c" * 64, "b" * 64]},
        {"field_id": ["A/0", "A/1", None]},
        {"acquisition_id": ["A/01", "patient 1", None]},
        {"stream_id": ["A/red", "A/none", None]},
        {"smear_id": ["one", None, None]},
    ],
    ids=lambda columns: next(iter(columns)),
)
def test_whatever_tells_data_sets_apart_changes_the_hash(columns: dict[str, list]) -> None:
    assert hash_inventory(inventory(**columns)) != hash_inventory(inventory())


def test_the_order_of_rows_and_what_was_measured_do_not_change_the_hash() -> None:
    other = inventory(brightness=[9.0, 9.0, 9.0]).iloc[[2, 0, 1]]
    assert hash_inventory(other) == hash_inventory(inventory())
    assert len(hash_inventory(inventory())) == 64
