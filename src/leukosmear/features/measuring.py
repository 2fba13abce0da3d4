"""Everything that is taken from image files: each is decoded once, and its cells are found once.

What is taken of a batch of images is a dictionary of arrays, as it lies in a partition of the model images:

- `image_id` (n,), `pixels` (n, height, width, 3) and `regions` (n, height, width), uint8;
- for each table of `ROWS` an array of its name, float64 (n, columns), and the names of its columns, `<table>_columns`;
  rows of images that could not be measured are missing, and `failure` (n,) says why;
- `cells`, float64 (cells, columns), `cells_columns`, and `cells_image_id` (cells,);
- of images that are to be shown `shown_image_id` (k,), `shown_rgb`, and the numbers of their cells over nuclei and over
  whole cells, `shown_nuclei` and `shown_cells`, uint16 (k, height, width).
"""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from threadpoolctl import threadpool_limits

from leukosmear.cells.regions import mark_regions
from leukosmear.decoding import UnreadableImageError
from leukosmear.features.measured_image import ROWS, MeasuredImage
from leukosmear.parameters import FeatureParameters
from leukosmear.preparation import AcceptedFile, Preparations

Arrays = dict[str, np.ndarray]

# Images, and their pixels, that are decoded at a time: filled together small ones take less time, and those of a camera
# would take a lot of memory.
_MOST_AT_ONCE = 16
_MOST_PIXELS = 4_000_000


class Taking(NamedTuple):
    """What is taken from each image.

    Attributes:
        preparations: How images are prepared.
        features: What is measured.
        shown: Names of the images whose cells are to be shown.
    """

    preparations: Preparations
    features: FeatureParameters
    shown: AbstractSet[str]


def take_from_files(files: Sequence[AcceptedFile], taking: Taking) -> Arrays:
    """Read and decode files once, and take all that models, estimators and figures need of them; on one core.

    Raises:
        UnreadableImageError: If a file is not what the data gate accepted.
    """
    taken: list[_Taken] = []
    waiting: list[tuple[AcceptedFile, Image.Image]] = []
    # Matrices are small: threads of a matrix product cost more than they save, and the other cores are taken.
    with threadpool_limits(1):
        for file in files:
            waiting.append((file, _decode(file, taking)))
            if len(waiting) == _MOST_AT_ONCE or sum(np.prod(image.size) for _, image in waiting) > _MOST_PIXELS:
                taken += _take(waiting, taking)
                waiting = []
        if waiting:
            taken += _take(waiting, taking)
    return _as_arrays(taken)


def join(parts: Sequence[Arrays]) -> Arrays:
    """Put what was taken of batches of images one below the other."""
    names = list(dict.fromkeys(name for part in parts for name in part))
    return {name: _join([part[name] for part in parts if name in part], name) for name in names}


class _Taken(NamedTuple):
    """What was taken of one image; no rows and no cells where it could not be measured."""

    image_id: str
    pixels: NDArray[np.uint8]
    regions: NDArray[np.uint8]
    rows: dict[str, dict[str, float]]
    cells: dict[str, NDArray[np.generic]]
    failure: str
    shown: MeasuredImage | None


def _decode(file: AcceptedFile, taking: Taking) -> Image.Image:
    try:
        return taking.preparations.features.decode(file.read())
    except UnreadableImageError as error:
        raise UnreadableImageError(f"{file.file_name}: {error}") from error


def _take(images: Sequence[tuple[AcceptedFile, Image.Image]], taking: Taking) -> list[_Taken]:
    """Fill some decoded images together, and take from each what is wanted."""
    of_models, of_features = taking.preparations.model_images, taking.preparations.features
    filled = of_features.fill([image for _, image in images])
    taken = []
    for (file, decoded), without_bar in zip(images, filled, strict=True):
        pixels = of_models.resize(without_bar if of_models.filled else decoded)
        image = MeasuredImage(decoded, of_features, taking.features, without_bar)
        regions = mark_regions(image.segmentation, of_features.filled, of_models.shape)
        rows, cells, failure = _measure(image)
        shown = image if file.image_id in taking.shown else None
        taken.append(_Taken(file.image_id, pixels, regions, rows, cells, failure, shown))
    return taken


def _measure(image: MeasuredImage) -> tuple[dict[str, dict[str, float]], dict[str, NDArray[np.generic]], str]:
    # One image of thousands that trips the numerics over must not cost the others.
    try:
        return {table: row_of(image) for table, row_of in ROWS.items()}, image.measure_cells(), ""
    except (ValueError, ArithmeticError, IndexError, RuntimeError) as error:
        return {}, {}, f"{type(error).__name__}: {error}"


def _as_arrays(taken: Sequence[_Taken]) -> Arrays:
    arrays: Arrays = {
        "image_id": np.array([one.image_id for one in taken], np.str_),
        "pixels": np.stack([one.pixels for one in taken]),
        "regions": np.stack([one.regions for one in taken]),
        "failure": np.array([one.failure for one in taken], np.str_),
    }
    measured = [one for one in taken if not one.failure]
    for table in ROWS:
        columns = list(measured[0].rows[table]) if measured else []
        rows = [list(one.rows[table].values()) if one.rows else [np.nan] * len(columns) for one in taken]
        arrays |= {table: np.array(rows, np.float64), f"{table}_columns": np.array(columns, np.str_)}
    columns = list(measured[0].cells) if measured else []
    counts = [len(one.cells["cell_id"]) for one in measured]
    arrays["cells"] = (
        np.concatenate([np.stack([one.cells[name] for name in columns], axis=1, dtype=np.float64) for one in measured])
        if measured
        else np.empty((0, 0))
    )
    arrays["cells_columns"] = np.array(columns, np.str_)
    arrays["cells_image_id"] = np.repeat(np.array([one.image_id for one in measured], np.str_), counts)
    shown = [(one.image_id, one.shown) for one in taken if one.shown is not None]
    if shown:
        arrays |= {
            "shown_image_id": np.array([image_id for image_id, _ in shown], np.str_),
            "shown_rgb": np.stack([image.rgb for _, image in shown]),
            "shown_nuclei": np.stack([image.segmentation.nuclei for _, image in shown]).astype(np.uint16),
            "shown_cells": np.stack([image.segmentation.cells for _, image in shown]).astype(np.uint16),
        }
    return arrays


def _join(parts: list[np.ndarray], name: str) -> np.ndarray:
    if name.endswith("_columns"):
        return max(parts, key=len)
    n_columns = max((part.shape[1] for part in parts if part.ndim == 2), default=0)
    # Of a batch in which no image could be measured the columns are not known.
    full = [np.full((len(part), n_columns), np.nan) if part.ndim == 2 and not part.size else part for part in parts]
    return np.concatenate(full)
