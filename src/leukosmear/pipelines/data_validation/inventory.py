"""The table of what was measured of image files."""

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


def tabulate(measured: Sequence[Measured]) -> pd.DataFrame:
    """Put the rows together, and name the kinds of scale bars.

    Returns:
        The file measurements: one row per file, columns COLUMNS.
    """
    table = pd.DataFrame([file.row for file in measured], columns=list(COLUMNS)).astype(COLUMNS)
    kinds = pd.Series(name_kinds([file.bar for file in measured]), index=table.index, dtype="str")
    return table.assign(scale_bar=kinds.where(table["status"] == "accepted"))
