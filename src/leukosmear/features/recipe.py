"""How one image file becomes the row of features that an estimator was fitted on; travels with the estimator."""

from typing import Literal

from leukosmear.features.measured_image import ROWS, MeasuredImage
from leukosmear.features.pixels import pixel_row
from leukosmear.parameters import FeatureParameters, PixelFeatureParameters
from leukosmear.parameters.base import Parameters
from leukosmear.preparation import Preparation, Preparations

FeatureTable = Literal[
    "cell_features", "background_features", "scale_bar_features", "histogram_features", "pixel_features"
]


class FeatureRecipe(Parameters):
    """The table of features that an estimator works on, and the parameters by which it was made."""

    table: FeatureTable
    features: FeatureParameters
    pixel_features: PixelFeatureParameters

    def choose(self, preparations: Preparations) -> Preparation:
        """Choose the preparation that the table was made with."""
        return preparations.model_images if self.table == "pixel_features" else preparations.features

    def measure(self, data: bytes, preparation: Preparation) -> dict[str, float]:
        """Measure an image, from the bytes of its file on.

        Args:
            data: The bytes of the file.
            preparation: The one of `choose`.

        Returns:
            The image's row of the table, without its name.

        Raises:
            UnreadableImageError: If the file cannot be used as an image.
        """
        if self.table == "pixel_features":
            return pixel_row(preparation.apply(data), self.pixel_features.size)
        image = MeasuredImage(preparation.decode(data), preparation, self.features)
        return image.aggregate_cells() if self.table == "cell_features" else ROWS[self.table](image)
