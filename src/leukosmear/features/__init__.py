"""What is measured of images and of the cells in them. docs/features.md explains every column."""

from leukosmear.features.cell_table import aggregate_cells, measure_cells
from leukosmear.features.measuring import Job, Measurements, Preparation, measure_images
from leukosmear.features.pixels import pixels_as_features

__all__ = [
    "Job",
    "Measurements",
    "Preparation",
    "aggregate_cells",
    "measure_cells",
    "measure_images",
    "pixels_as_features",
]
