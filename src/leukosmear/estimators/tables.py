"""Rows and columns of the tables of features that estimators work on."""

import difflib
from collections.abc import Sequence
from fnmatch import fnmatchcase

import numpy as np
import pandas as pd


def choose_columns(features: pd.DataFrame, patterns: Sequence[str]) -> dict[str, list[str]]:
    """Find the columns that each pattern names.

    Args:
        features: `image_id` and one column per feature.
        patterns: Names of columns, in which `*` stands for any characters, `?` for one and `[ab]` for a or b.

    Returns:
        Pattern to columns, in the order of the table; each list holds at least one.

    Raises:
        ValueError: If a pattern names no column.
    """
    columns = [str(name) for name in features.columns if name != "image_id"]
    chosen = {pattern: [name for name in columns if fnmatchcase(name, pattern)] for pattern in patterns}
    unknown = [pattern for pattern, names in chosen.items() if not names]
    if unknown:
        raise ValueError(
            "Expected every entry of `columns` to name a column of the table of features. Found "
            + "; ".join(f"'{pattern}'{_near(pattern, columns)}" for pattern in unknown)
            + f". The table has {len(columns)} columns, from '{columns[0]}' to '{columns[-1]}'. Correct the entry, or "
            "the table of features of the model in models.py."
        )
    return chosen


def _near(pattern: str, columns: Sequence[str]) -> str:
    near = difflib.get_close_matches(pattern.replace("*", ""), columns, n=3, cutoff=0.4)
    return f", near to {', '.join(near)}" if near else ", near to none"


def unite(chosen: dict[str, list[str]]) -> list[str]:
    """List the columns that any pattern names, each once, in the order of the patterns."""
    return list(dict.fromkeys(name for names in chosen.values() for name in names))


def features_of(features: pd.DataFrame, split: pd.DataFrame, side: str) -> pd.DataFrame:
    """Select the features of a side, in the manifest's order, after the manifest's own columns.

    Raises:
        ValueError: If images of the side have no row of features.
    """
    wanted = split[split["side"] == side]
    rows = wanted.merge(features, on="image_id", how="inner", validate="one_to_one")
    if len(rows) < len(wanted):
        missing = sorted(set(wanted["image_id"]) - set(rows["image_id"]))
        raise ValueError(
            f"Expected features of each of the {len(wanted):,} images of the {side} split; {len(missing):,} are "
            f"missing, such as {missing[:3]}. Run the baselines pipeline from its first node."
        )
    return rows


def matrix(rows: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    """Take the columns that an estimator works on, as float32, by name.

    Raises:
        ValueError: If the table lacks some of them.
    """
    missing = [name for name in columns if name not in rows.columns]
    if missing:
        raise ValueError(
            f"Expected the {len(columns)} features that the estimator was fitted on. Found {len(missing)} of them "
            f"gone from the table, such as {missing[:3]}. Fit the estimator again on the table as it is now."
        )
    return rows[list(columns)].astype(np.float32)
