"""The table of what was measured of image files."""

import hashlib
from collections.abc import Sequence

import pandas as pd

from leukosmear.image_files import Measured
from leukosmear.scale_bars import name_kinds

# The columns of the file measurements, in types that can be missing: for a rejected file, or where there is no bar.
COLUMNS = {
    **dict.fromkeys(("image_id", "label", "file_name"), "str"),
    "n_bytes": "Int64",
    "sha256": "str",
    **dict.fromkeys(("width", "height"), "Int64"),
    **dict.fromkeys(("mode", "format"), "str"),
    **dict.fromkeys(("brightness", "contrast", "sharpness"), "float64"),
    **dict.fromkeys(("perceptual_hash", "scale_bar"), "str"),
    **dict.fromkeys(("bar_left", "bar_top", "bar_right", "bar_bottom"), "Int64"),
    **dict.fromkeys(("status", "reason"), "str"),
}

# What tells one data set from another: the files, what is in them, their classes, and what belongs together.
IDENTITY = ("file_name", "label", "sha256", "field_id", "acquisition_id", "stream_id", "smear_id")


def tabulate(measured: Sequence[Measured]) -> pd.DataFrame:
    """Put the rows together, and name the kinds of scale bars.

    Returns:
        The file measurements: one row per file, columns COLUMNS.
    """
    table = pd.DataFrame([file.row for file in measured], columns=list(COLUMNS)).astype(COLUMNS)
    kinds = pd.Series(name_kinds([file.bar for file in measured]), index=table.index, dtype="str")
    return table.assign(scale_bar=kinds.where(table["status"] == "accepted"))


def accepted(inventory: pd.DataFrame) -> pd.DataFrame:
    """Select the usable images of an inventory."""
    return inventory[inventory["status"] == "accepted"]


def hash_inventory(inventory: pd.DataFrame) -> str:
    """Hash what makes an inventory that of one data set and no other.

    Args:
        inventory: An `ImageInventory`, or the rows of it that were accepted; its columns IDENTITY count, in whatever
            order the rows stand.

    Returns:
        The SHA-256 of these columns, 64 hexadecimal digits.
    """
    rows = inventory[list(IDENTITY)].sort_values("file_name")
    return hashlib.sha256(rows.to_json(orient="values").encode()).hexdigest()
