"""Everything that is measured of an image, from its file on, in one go."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from PIL import Image
from threadpoolctl import threadpool_limits

from leukosmear.cells import Segmentation, segment_cells
from leukosmear.decoding import UnreadableImageError, decode
from leukosmear.features.cell_table import measure_cells
from leukosmear.features.whole_image import corner_of, measure_background, measure_corner, measure_histogram
from leukosmear.parameters import FeatureParameters
from leukosmear.scale_bars import Region, fill_regions

Job = tuple[str, Callable[[], bytes]]  # image_id, and what reads the file


@dataclass(frozen=True)
class Measurements:
    """What is measured of some images. Every table begins with `image_id`.

    Attributes:
        cells: One row per cell.
        background: One row per image that could be measured, as in the others.
        scale_bar: Of the corner with the bar.
        histogram: Of the whole image.
        failures: Why an image could not be measured, by its image_id; it is in no table.
    """

    cells: pd.DataFrame
    background: pd.DataFrame
    scale_bar: pd.DataFrame
    histogram: pd.DataFrame
    failures: dict[str, str]


@dataclass(frozen=True)
class Preparation:
    """How an image is made ready for measuring.

    Attributes:
        parameters: Size, aspect ratio, interpolation.
        regions: Where bars are filled, in every image alike.
    """

    parameters: FeatureParameters
    regions: tuple[Region, ...]

    @cached_property
    def hidden(self) -> NDArray[np.bool_]:
        """Bool (size, size * aspect_ratio): what is filled in the prepared images."""
        hidden = np.zeros(self.parameters.shape, bool)
        for region in self.regions:
            hidden[region.box(hidden.shape[1], hidden.shape[0]).slices] = True
        return hidden

    def prepare(self, image: Image.Image) -> NDArray[np.uint8]:
        """Fill the bars, restore the aspect ratio, resize: uint8 (size, size * aspect_ratio, 3)."""
        filled = image.copy() if self.regions else image
        fill_regions([filled], self.regions)
        method = Image.Resampling[self.parameters.interpolation.upper()]
        return np.asarray(filled.resize(self.hidden.shape[::-1], method))

    def segment(self, image: Image.Image) -> tuple[NDArray[np.uint8], Segmentation]:
        """The prepared image, and its cells."""
        rgb = self.prepare(image)
        return rgb, segment_cells(rgb, self.hidden)


def measure_images(jobs: list[Job], preparation: Preparation) -> Measurements:
    """Decode images and measure them, one after the other, on one core; where that fails, say why instead.

    Args:
        jobs: The images.
        preparation: How they are made ready.
    """
    rows: list[_Row] = []
    failures: dict[str, str] = {}
    # Matrices are small: threads of a matrix product cost more than they save, and the other cores are taken.
    with threadpool_limits(1):
        for image_id, read in jobs:
            try:
                rows.append(_measure(image_id, decode(read()).rgb, preparation))
            except (OSError, UnreadableImageError) as error:
                failures[image_id] = str(error)
            # One image of thousands that trips the numerics over must not cost the others.
            except (ValueError, ArithmeticError, IndexError, RuntimeError) as error:
                failures[image_id] = f"{type(error).__name__}: {error}"
    return Measurements(
        _table_of_cells(rows),
        _table({row.image_id: row.background for row in rows}),
        _table({row.image_id: row.scale_bar for row in rows}),
        _table({row.image_id: row.histogram for row in rows}),
        failures,
    )


@dataclass(frozen=True)
class _Row:
    """What is measured of one image: values by name, of the cells an array of them."""

    image_id: str
    cells: dict[str, NDArray[np.generic]]
    background: dict[str, float]
    scale_bar: dict[str, float]
    histogram: dict[str, float]


def _measure(image_id: str, image: Image.Image, preparation: Preparation) -> _Row:
    parameters = preparation.parameters
    corner = corner_of(list(preparation.regions))
    rgb, segmentation = preparation.segment(image)
    return _Row(
        image_id,
        measure_cells(rgb, segmentation, preparation.hidden),
        measure_background(rgb, segmentation, preparation.hidden),
        measure_corner(image, corner, parameters.corner_columns, parameters.corner_rows),
        measure_histogram(rgb, parameters.histogram_bins),
    )


def _table(rows: dict[str, dict[str, float]]) -> pd.DataFrame:
    """One row per image_id; as one array, since pandas takes long over hundreds of columns of dictionaries."""
    names = list(next(iter(rows.values()), {}))
    table = pd.DataFrame([list(row.values()) for row in rows.values()], columns=names, dtype=float)
    table.insert(0, "image_id", pd.Series(list(rows), dtype="str"))
    return table


def _table_of_cells(rows: list[_Row]) -> pd.DataFrame:
    n_cells = [len(row.cells["cell_id"]) for row in rows]
    image_ids = pd.Series([row.image_id for row in rows], dtype="str").repeat(n_cells)
    names = rows[0].cells if rows else ()
    columns = {name: np.concatenate([row.cells[name] for row in rows]) for name in names}
    return pd.DataFrame({"image_id": image_ids.reset_index(drop=True), **columns})
