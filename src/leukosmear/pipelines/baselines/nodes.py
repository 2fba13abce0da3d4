"""Nodes of the baselines pipeline that measure the images."""

import logging
from collections.abc import Iterator

import joblib
import numpy as np
import pandas as pd

from leukosmear.datasets.image_folder import ImageFolder
from leukosmear.features import Job, Measurements, Preparation, aggregate_cells, measure_images
from leukosmear.parameters import FeatureParameters
from leukosmear.scale_bars import masked_regions

logger = logging.getLogger(__name__)

# Images that a process measures at a time: enough that sending them to and fro costs nothing.
_BATCH = 32
_WORTH_A_PROCESS = 200  # images that take as long to measure as a process takes to start
_LOGGED = 512  # images after which the log says how far it is
_NAMED = 5  # failed images that the error names


def make_features(
    raw_images: ImageFolder, accepted_images: pd.DataFrame, parameters: FeatureParameters
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Decode every accepted image once, find its cells, and measure them, the background, the corner and the whole.

    Args:
        raw_images: The data set's folder.
        accepted_images: Columns `image_id`, `file_name`, `width`, `height`, and the boxes of scale bars.
        parameters: How images are made ready, what is measured, and the number of processes.

    Returns:
        The table of cells; and with one row per accepted image, in their order, the features of cells, of the
        background, of the corner with the scale bar, and the histogram. Values of an image that could not be
        measured are missing.

    Raises:
        ValueError: If no image at all could be measured.
    """
    preparation = Preparation(parameters, tuple(masked_regions(accepted_images)))
    jobs = [
        (image_id, raw_images.files.get(file_name, _missing))
        for image_id, file_name in zip(accepted_images["image_id"], accepted_images["file_name"], strict=True)
    ]
    measured = list(_measure_all(jobs, preparation))
    failures = {image_id: failure for part in measured for image_id, failure in part.failures.items()}
    for image_id, failure in failures.items():
        logger.warning("Could not measure %s, its values are missing: %s", image_id, failure)
    if len(failures) == len(jobs):
        named = "".join(f"\n    {image_id}: {failure}" for image_id, failure in list(failures.items())[:_NAMED])
        raise ValueError(
            f"Expected images that can be measured. Found none among the {len(jobs):,} that data validation "
            f"accepted:{named}\nRun the data_validation pipeline again on the folder as it is now."
        )
    image_ids = accepted_images["image_id"]
    cells = _one_below_another([part.cells for part in measured])
    logger.info("Found %s cells in %s images", f"{len(cells):,}", f"{len(jobs) - len(failures):,}")
    cell_features = aggregate_cells(cells, image_ids)
    cell_features.loc[cell_features["image_id"].isin(failures), "n_cells"] = np.nan
    return (
        cells,
        cell_features,
        _of_all([part.background for part in measured], image_ids),
        _of_all([part.scale_bar for part in measured], image_ids),
        _of_all([part.histogram for part in measured], image_ids),
    )


def _missing() -> bytes:
    raise FileNotFoundError("the file is gone")


def _measure_all(jobs: list[Job], preparation: Preparation) -> Iterator[Measurements]:
    """Measure batches of images, many of them in processes, in their order, and log how far it is."""
    batches = (jobs[start : start + _BATCH] for start in range(0, len(jobs), _BATCH))
    n_processes = max(1, min(preparation.parameters.workers, len(jobs) // _WORTH_A_PROCESS))
    parallel = joblib.Parallel(n_processes, return_as="generator", pre_dispatch="2*n_jobs")
    done = 0
    for measurements in parallel(joblib.delayed(measure_images)(batch, preparation) for batch in batches):
        yield measurements
        done = min(done + _BATCH, len(jobs))
        if done % _LOGGED == 0 or done == len(jobs):
            logger.info("Measured %s of %s images", f"{done:,}", f"{len(jobs):,}")


def _one_below_another(tables: list[pd.DataFrame]) -> pd.DataFrame:
    """Concatenate tables, of which empty ones may lack columns."""
    filled = [table for table in tables if len(table)]
    return pd.concat(filled, ignore_index=True) if filled else max(tables, key=lambda table: table.shape[1])


def _of_all(tables: list[pd.DataFrame], image_ids: pd.Series) -> pd.DataFrame:
    """Concatenate tables, and add empty rows for images that are in none."""
    return _one_below_another(tables).set_index("image_id").reindex(image_ids).reset_index()
