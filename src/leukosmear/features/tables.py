"""From what was taken of the images to the tables of features."""

import logging
from collections.abc import Mapping

import numpy as np
import pandas as pd

from leukosmear.features.cell_table import aggregate_cells
from leukosmear.features.measured_image import ROWS
from leukosmear.features.measuring import Arrays, join

logger = logging.getLogger(__name__)

_NAMED = 5  # failed images that the error names
# Columns of the table of cells that are no decimal numbers.
_TYPES = {"cell_id": "int64", "at_edge": "bool"}


def tabulate_features(taken: list[Arrays], image_ids: pd.Series) -> tuple[pd.DataFrame, dict[str, pd.DataFrame]]:
    """Lay out what was measured as tables.

    Args:
        taken: What was taken of the images, in any order (`features.measuring`).
        image_ids: All images, in the order that the tables are to have.

    Returns:
        The table of cells, by images; and by name the tables with one row per image: `cell_features`, which aggregates
        the cells, and those of `ROWS`. Values of an image that could not be measured are missing.

    Raises:
        ValueError: If no image at all could be measured.
    """
    names = [name for table in (*ROWS, "cells") for name in (table, f"{table}_columns")]
    arrays = join([{name: part[name] for name in ("image_id", "failure", "cells_image_id", *names)} for part in taken])
    failures = {
        str(image_id): str(failure)
        for image_id, failure in zip(arrays["image_id"], arrays["failure"], strict=True)
        if failure
    }
    _report(failures, len(image_ids))
    measured = pd.DataFrame(arrays["cells"], columns=arrays["cells_columns"].astype(str)).astype(_TYPES)
    cells = pd.concat([pd.Series(arrays["cells_image_id"].astype(str), dtype="str", name="image_id"), measured], axis=1)
    place = pd.Series(np.arange(len(image_ids)), index=image_ids.to_numpy())
    cells = cells.iloc[np.argsort(place[cells["image_id"]].to_numpy(), kind="stable")].reset_index(drop=True).copy()
    logger.info("Found %s cells in %s images", f"{len(cells):,}", f"{len(image_ids) - len(failures):,}")
    cell_features = aggregate_cells(cells, image_ids)
    cell_features.loc[cell_features["image_id"].isin(failures), "n_cells"] = np.nan
    return cells, {"cell_features": cell_features} | {table: _tabulate(arrays, table, image_ids) for table in ROWS}


def _report(failures: Mapping[str, str], n_images: int) -> None:
    for image_id, failure in failures.items():
        logger.warning("Could not measure %s, its values are missing: %s", image_id, failure)
    if len(failures) == n_images:
        named = "".join(f"\n    {image_id}: {failure}" for image_id, failure in list(failures.items())[:_NAMED])
        raise ValueError(
            f"Expected images that can be measured. Found none among the {n_images:,} that data validation "
            f"accepted:{named}\nSee whether the data set's folder holds smears."
        )


def _tabulate(arrays: Arrays, table: str, image_ids: pd.Series) -> pd.DataFrame:
    rows = pd.DataFrame(
        arrays[table], index=arrays["image_id"].astype(str), columns=arrays[f"{table}_columns"].astype(str)
    )
    return rows.reindex(image_ids).rename_axis("image_id").reset_index()
