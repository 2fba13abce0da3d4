"""What the protocols promise of a split, and the checks that they keep it."""

from collections.abc import Sequence

import pandas as pd

from leukosmear.schemas import SIDES

GROUPS = ("acquisition_id", "field_id")

REMEDIES = (
    "Use fewer `split.folds`, cut smaller blocks with `acquisitions.images_per_block` (then run data_validation "
    "again), or choose `protocol: random`"
)


def require_every_class(divided: pd.DataFrame) -> None:
    """Check that every class is on every side.

    Args:
        divided: Columns `label` and `side`.

    Raises:
        ValueError: If a class misses from a side.
    """
    counts = pd.crosstab(divided["label"], divided["side"]).reindex(columns=list(SIDES), fill_value=0)
    absent = [f"none of class '{label}' in {side}" for side in SIDES for label in counts.index[counts[side] == 0]]
    if absent:
        raise ValueError(
            f"Expected images of every class in each of {', '.join(SIDES)}. Found {', '.join(absent)}: the class has "
            f"too few images or too large groups. Try another `split.fold` or `split.seed`. {REMEDIES}."
        )


def assert_disjoint(divided: pd.DataFrame, groups: Sequence[str] = GROUPS) -> None:
    """Assert that no group is on two sides of a split.

    Args:
        divided: Columns `side` and those that `groups` names.
        groups: Columns that hold the names of groups.

    Raises:
        AssertionError: If a group is on two sides.
    """
    for column in groups:
        n_sides = divided.groupby(column)["side"].nunique()
        torn = list(n_sides.index[n_sides > 1])
        if torn:
            raise AssertionError(
                f"Expected every {column} on one side of the split. Found {len(torn):,} on two or more, such as "
                f"{torn[:3]}. This is an error in the code of the split: train nothing on it, and report it."
            )


def assert_held_out(divided: pd.DataFrame, column: str, held_out: Sequence[str]) -> None:
    """Assert that held-out groups are in test as a whole, and that no group of the other images is on two sides.

    Args:
        divided: Columns `label`, `field_id`, `acquisition_id`, `side` and the one of the groups.
        column: Column of the groups.
        held_out: Names of the groups that are held out.

    Raises:
        AssertionError: If either is not so.
    """
    is_held_out = divided[column].isin(held_out)
    astray = divided[is_held_out & (divided["side"] != "test")]
    if len(astray):
        raise AssertionError(
            f"Expected every image of the held-out {column} {sorted(held_out)} in test. Found {len(astray):,} "
            f"elsewhere, such as {list(astray['image_id'][:3])}. This is an error in the code of the split: train "
            "nothing on it, and report it."
        )
    assert_disjoint(divided[~is_held_out])
