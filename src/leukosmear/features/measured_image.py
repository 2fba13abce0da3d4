"""One image as it is measured, and the tables of features that it has a row in."""

from collections.abc import Callable, Mapping
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from PIL import Image

from leukosmear.cells import Segmentation, segment_cells
from leukosmear.features.cell_table import aggregate_cells, measure_cells
from leukosmear.features.whole_image import corner_of, measure_background, measure_corner, measure_histogram
from leukosmear.parameters import FeatureParameters
from leukosmear.preparation import Preparation


class MeasuredImage:
    """An image on its way to numbers; each step is done when it is first asked for, and once.

    Args:
        decoded: The image, RGB, nothing filled.
        preparation: How it is prepared for measuring.
        parameters: What is measured of the whole.
        filled: The same image with the places of scale bars filled, where that was done already.
    """

    def __init__(
        self,
        decoded: Image.Image,
        preparation: Preparation,
        parameters: FeatureParameters,
        filled: Image.Image | None = None,
    ) -> None:
        self._decoded, self._filled = decoded, filled
        self._preparation, self._parameters = preparation, parameters

    @cached_property
    def rgb(self) -> NDArray[np.uint8]:
        """The prepared image, uint8 (height, width, 3), whose pixels are square."""
        filled = self._preparation.fill([self._decoded])[0] if self._filled is None else self._filled
        return self._preparation.resize(filled)

    @cached_property
    def segmentation(self) -> Segmentation:
        """The cells of the prepared image."""
        return segment_cells(self.rgb, self._preparation.hidden)

    def measure_cells(self) -> dict[str, NDArray[np.generic]]:
        """Measure each cell: arrays of shape (n_cells,) by name."""
        return measure_cells(self.rgb, self.segmentation, self._preparation.hidden)

    def aggregate_cells(self) -> dict[str, float]:
        """Describe the image by its cells."""
        cells = pd.DataFrame({"image_id": "", **self.measure_cells()})
        row = aggregate_cells(cells, pd.Series([""])).drop(columns="image_id").iloc[0]
        return {str(name): float(value) for name, value in row.items()}

    def measure_background(self) -> dict[str, float]:
        """Measure the colour of what is no stained cell."""
        return measure_background(self.rgb, self.segmentation, self._preparation.hidden)

    def measure_corner(self) -> dict[str, float]:
        """Average the corner where scale bars are; the one thing that is read unfilled."""
        parameters = self._parameters
        corner = corner_of(list(self._preparation.filled))
        return measure_corner(self._decoded, corner, parameters.corner_columns, parameters.corner_rows)

    def measure_histogram(self) -> dict[str, float]:
        """Count the colours of the whole image."""
        return measure_histogram(self.rgb, self._parameters.histogram_bins)


# What makes the row of an image in each table that has one row per image and is not made of others.
ROWS: Mapping[str, Callable[[MeasuredImage], dict[str, float]]] = {
    "background_features": MeasuredImage.measure_background,
    "scale_bar_features": MeasuredImage.measure_corner,
    "histogram_features": MeasuredImage.measure_histogram,
}
