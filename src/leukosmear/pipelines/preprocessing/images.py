"""Nodes that take from the image files, once, all that models, estimators and figures need of them."""

import logging
import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from leukosmear.datasets.image_folder import ImageFolder
from leukosmear.features import Taking, pixels_as_features, tabulate_features, take_from_files
from leukosmear.features.measuring import Arrays, join
from leukosmear.model_images import Partitions
from leukosmear.parallel import map_batches
from leukosmear.parameters import (
    CellsFigureParameters,
    FeatureParameters,
    FrameParameters,
    ImageParameters,
    PixelFeatureParameters,
)
from leukosmear.preparation import AcceptedFile, Preparations, accepted_files, plan_preparations

logger = logging.getLogger(__name__)

# Files that a process takes at a time: enough that sending them to and fro costs nothing.
_BATCH = 32
_WORTH_A_PROCESS = 200  # images that take as long as a process takes to start


def plan_images(
    accepted_images: pd.DataFrame, frame: FrameParameters, images: ImageParameters, features: FeatureParameters
) -> dict[str, Any]:
    """Say how image files are prepared, for models and for measuring: `Preparations` as plain values."""
    preparations = plan_preparations(accepted_images, frame, images, features)
    logger.info("Scale bars: %s regions are filled in every image", len(preparations.model_images.filled) or "no")
    return preparations.model_dump(mode="json")


def make_model_images(
    raw_images: ImageFolder,
    accepted_images: pd.DataFrame,
    preparations: dict[str, Any],
    images: ImageParameters,
    features: FeatureParameters,
    cells_figure: CellsFigureParameters,
) -> dict[str, Callable[[], Arrays]]:
    """Decode every accepted image once, resize it, find its cells once, and measure it.

    Args:
        raw_images: The data set's folder.
        accepted_images: Columns `image_id`, `label`, `file_name` and `sha256`.
        preparations: How images are prepared.
        images: Partition size, and number of processes.
        features: What is measured.
        cells_figure: Of which images the cells are to be shown.

    Returns:
        Partition name to a function that makes the partition when the catalog saves it, so that one partition is
        in memory at a time; `features.measuring` says what is in it. Images are dealt to the partitions in turn, so
        that each has images of all classes.

    Raises:
        ValueError: If accepted images are no longer in the folder.
    """
    files = accepted_files(raw_images.files, accepted_images)
    taking = Taking(Preparations.model_validate(preparations), features, choose_shown(accepted_images, cells_figure))
    n_processes = max(1, min(images.workers, len(files) // _WORTH_A_PROCESS))
    n_partitions = math.ceil(len(files) / images.images_per_partition)
    return {
        f"{number:07d}": partial(
            _make_partition,
            files[number::n_partitions],
            taking,
            n_processes,
            f"{number + 1:,} of {n_partitions:,}",
        )
        for number in range(n_partitions)
    }


def _make_partition(files: Sequence[AcceptedFile], taking: Taking, n_processes: int, which: str) -> Arrays:
    parts = map_batches(partial(_take_batch, taking), files, _BATCH, n_processes, processes=True)
    arrays = join(list(parts))
    logger.info("Resized and measured the %s images of partition %s", f"{len(files):,}", which)
    return arrays


def _take_batch(taking: Taking, files: list[AcceptedFile]) -> list[Arrays]:
    return [take_from_files(files, taking)]


def choose_shown(accepted_images: pd.DataFrame, cells_figure: CellsFigureParameters) -> frozenset[str]:
    """Draw some images of each class, whose cells are to be shown: their names."""
    drawn = [
        members["image_id"].sample(min(cells_figure.images_per_class, len(members)), random_state=cells_figure.seed)
        for _, members in accepted_images.groupby("label")
    ]
    return frozenset(pd.concat(drawn))


def make_features(
    model_images: Partitions, accepted_images: pd.DataFrame, pixel_features: PixelFeatureParameters
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Lay out as tables what was measured when the model images were made.

    Args:
        model_images: Partitions of model images.
        accepted_images: Column `image_id`: the order of the tables.
        pixel_features: Size of the images of which pixels are features.

    Returns:
        The table of cells; and with one row per accepted image, in their order, the features of cells, of the
        background, of the corner with the scale bar, the histogram, and pixels. Values of an image that could not be
        measured are missing.

    Raises:
        ValueError: If no image at all could be measured.
    """
    image_ids = accepted_images["image_id"]
    cells, tables = tabulate_features([load() for load in model_images.values()], image_ids)
    pixels = pixels_as_features(model_images, pixel_features)
    return (
        cells,
        tables["cell_features"],
        tables["background_features"],
        tables["scale_bar_features"],
        tables["histogram_features"],
        pixels.set_index("image_id").loc[image_ids].reset_index(),
    )


def gather_shown(model_images: Partitions) -> dict[str, np.ndarray]:
    """Collect the images whose cells are to be shown: the arrays `shown_...` of all partitions, by their last name."""
    partitions = [load() for load in model_images.values()]
    shown = join([{name: part[name] for name in part if name.startswith("shown_")} for part in partitions])
    return {name.removeprefix("shown_"): values for name, values in shown.items()}
