import pandas as pd
import pytest

from leukosmear.resemblance.copies import name_copies
from leukosmear.resemblance.duplicates import LARGEST_GROUP_IN_FULL


def pairs(*rows: tuple[int, int, int, int, float, float]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["a", "b", "row", "column", "overlap", "correlation"])


def test_copies_are_named_with_what_shows_the_field_of_their_first() -> None:
    # images 0 and 3 are one file, and image 2 shows its field 5 rows down and 7 columns to the left
    named = name_copies(pairs((0, 2, 5, -7, 0.8, 0.9)), pd.Series(["x", "y", "z", "x"]))
    pd.testing.assert_frame_equal(
        named,
        pairs((0, 2, 5, -7, 0.8, 0.9), (0, 3, 0, 0, 1.0, 1.0), (2, 3, -5, 7, 0.8, 0.9)),
        check_dtype=False,
    )


@pytest.mark.parametrize("n", [1, 2, LARGEST_GROUP_IN_FULL])
def test_every_pair_of_few_copies_is_named(n: int) -> None:
    assert len(name_copies(pairs(), pd.Series(["x"] * n))) == n * (n - 1) // 2


def test_many_copies_are_named_with_their_first() -> None:
    named = name_copies(pairs(), pd.Series(["x"] * 1_000))
    assert len(named) == LARGEST_GROUP_IN_FULL * (LARGEST_GROUP_IN_FULL - 1) // 2 + 1_000 - LARGEST_GROUP_IN_FULL
    assert set(named["b"]) == set(range(1, 1_000))


def test_without_copies_nothing_is_added() -> None:
    found = pairs((0, 1, 1, 2, 0.5, 0.7))
    pd.testing.assert_frame_equal(name_copies(found, pd.Series(["x", "y", "z"])), found)
