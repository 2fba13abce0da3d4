"""What is measured of images."""

from pydantic import Field

from leukosmear.parameters.base import Parameters


class FeatureParameters(Parameters):
    """What is measured of images, and how large they are then."""

    size: int = Field(ge=64, le=2048, description="height of the images that are measured, in pixels")
    corner_columns: int = Field(ge=1, le=64, description="pixels across to which the corner with the bar is averaged")
    corner_rows: int = Field(ge=1, le=64, description="pixels down")
    histogram_bins: int = Field(ge=2, le=256, description="of equal width, for each of red, green and blue")


class CellsFigureParameters(Parameters):
    """The figure that shows which cells were found."""

    images_per_class: int = Field(ge=1, le=8, description="images shown of each class")
    seed: int = Field(ge=0, description="seed of their choice")


class PixelFeatureParameters(Parameters):
    """How images become rows of numbers for the estimators that work on pixels."""

    size: int = Field(ge=1, le=256, description="images are averaged down to size x size RGB pixels")
