"""What is done with an image file before anything looks at its pixels."""

from collections.abc import Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from pydantic import Field

from leukosmear.decoding import decode
from leukosmear.parameters.base import Parameters
from leukosmear.parameters.images import Interpolation
from leukosmear.scale_bars import Region, fill_regions


class Preparation(Parameters):
    """Decodes an image file, fills the places of scale bars, and resizes the whole image.

    It is executable, and its JSON is what travels with every model: whoever has both gets the pixels that the model
    was trained on.
    """

    height: int = Field(ge=1, description="of the prepared image, in pixels")
    width: int = Field(ge=1, description="of the prepared image, in pixels; nothing is cut off")
    interpolation: Interpolation = Field(description="how new pixels are computed; all but nearest average")
    least: tuple[int, int] | None = Field(
        default=None,
        description="width and height that are enough: a JPEG file is decoded at a half, a quarter or an eighth of its "
        "size as far as it stays at least so large; null decodes in full",
    )
    filled: tuple[Region, ...] = Field(
        default=(),
        description="parts of every image, whether it has a scale bar or not, that are filled from what surrounds them",
    )

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width of the prepared image, in pixels."""
        return self.height, self.width

    @cached_property
    def hidden(self) -> NDArray[np.bool_]:
        """Bool (height, width): what is filled, and shows nothing of the smear."""
        hidden = np.zeros(self.shape, bool)
        for region in self.filled:
            hidden[region.box(self.width, self.height).slices] = True
        return hidden

    def apply(self, data: bytes) -> NDArray[np.uint8]:
        """Make the prepared image of an image file.

        Args:
            data: The bytes of the file.

        Returns:
            RGB, uint8 of shape (height, width, 3).

        Raises:
            UnreadableImageError: If the file cannot be used as an image.
        """
        return self.finish(self.decode(data))

    def finish(self, image: Image.Image) -> NDArray[np.uint8]:
        """Fill and resize a decoded image, which is left as it is: uint8 of shape (height, width, 3)."""
        return self.resize(self.fill([image])[0])

    def decode(self, data: bytes) -> Image.Image:
        """Decode the bytes of a file to RGB, upright as EXIF says, transparent parts on white.

        Raises:
            UnreadableImageError: If the file cannot be used as an image.
        """
        return decode(data, self.least).rgb

    def fill(self, images: Sequence[Image.Image]) -> list[Image.Image]:
        """Fill the places of scale bars; images of one size that are filled together take a third of the time.

        Returns:
            Copies, or the images themselves where nothing is filled.
        """
        if not self.filled:
            return list(images)
        copies = [image.copy() for image in images]
        fill_regions(copies, self.filled)
        return copies

    def resize(self, image: Image.Image) -> NDArray[np.uint8]:
        """Resize the whole of an image: uint8 of shape (height, width, 3)."""
        method = Image.Resampling[self.interpolation.upper()]
        return np.asarray(image.resize((self.width, self.height), method))
