"""What is measured of images and of the cells in them. docs/features.md explains every column."""

from leukosmear.features.cell_table import aggregate_cells, measure_cells
from leukosmear.features.measured_image import MeasuredImage
from leukosmear.features.measuring import Taking, take_from_files
from leukosmear.features.pixels import pixels_as_features
from leukosmear.features.recipe import FeatureRecipe
from leukosmear.features.tables import tabulate_features

__all__ = [
    "FeatureRecipe",
    "MeasuredImage",
    "Taking",
    "aggregate_cells",
    "measure_cells",
    "pixels_as_features",
    "tabulate_features",
    "take_from_files",
]
