"""Random changes of training images, on the accelerator and in one resampling."""

import math
from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="leukosmear")
class AffineAugmentation(keras.layers.Layer):
    """Rotates, shifts, shears, zooms and mirrors every image of a batch at random.

    The changes are composed into one affine map per image before anything is resampled: five resamplings in a
    row would blur chromatin, the very texture that tells blasts apart. Outside of training the images pass
    unchanged.

    Args:
        rotation: Largest rotation either way, in degrees.
        width_shift: Largest shift left or right, as a share of the width.
        height_shift: Largest shift up or down, as a share of the height.
        shear: Largest shear angle either way, in degrees.
        zoom: Zoom factors are drawn from 1 - zoom to 1 + zoom, for each axis by itself.
        horizontal_flip: Whether half of the images are mirrored.
        fill_mode: What lies beyond the edge: nearest, reflect, wrap or constant (black).
        seed: Seed of the layer's own random numbers.
        **kwargs: Arguments of `keras.layers.Layer`.

    Input and output: (batch, height, width, 3), 0 to 255; the output is float32.
    """

    def __init__(
        self,
        *,
        rotation: float = 0.0,
        width_shift: float = 0.0,
        height_shift: float = 0.0,
        shear: float = 0.0,
        zoom: float = 0.0,
        horizontal_flip: bool = False,
        fill_mode: str = "nearest",
        seed: int = 0,
        **kwargs: Any,  # noqa: ANN401 - passed through to Keras
    ) -> None:
        super().__init__(**kwargs)
        self.amounts: dict[str, Any] = {
            "rotation": rotation,
            "width_shift": width_shift,
            "height_shift": height_shift,
            "shear": shear,
            "zoom": zoom,
            "horizontal_flip": horizontal_flip,
            "fill_mode": fill_mode,
            "seed": seed,
        }
        self.seed_generator = keras.random.SeedGenerator(seed)

    def call(self, images: Any, training: bool = False) -> Any:  # noqa: ANN401 - a tensor of the backend
        """Change the images if `training`."""
        images = ops.cast(images, "float32")
        if not training:
            return images
        batch, height, width = ops.shape(images)[:3]
        transforms = self._transforms(batch, height, width)
        return ops.image.affine_transform(
            images, transforms, interpolation="bilinear", fill_mode=self.amounts["fill_mode"]
        )

    def _transforms(self, batch: Any, height: Any, width: Any) -> Any:  # noqa: ANN401
        """Draw one map per image, from output to input coordinates, as `affine_transform` wants them."""
        amounts = self.amounts
        angle = self._uniform(batch, math.radians(amounts["rotation"]))
        shear = self._uniform(batch, math.radians(amounts["shear"]))
        stretch_x = 1 + self._uniform(batch, amounts["zoom"])
        stretch_y = 1 + self._uniform(batch, amounts["zoom"])
        if amounts["horizontal_flip"]:
            coin = keras.random.uniform((batch,), seed=self.seed_generator)
            stretch_x = ops.where(coin < 0.5, -stretch_x, stretch_x)
        width, height = ops.cast(width, "float32"), ops.cast(height, "float32")
        shift_x = self._uniform(batch, amounts["width_shift"]) * width
        shift_y = self._uniform(batch, amounts["height_shift"]) * height
        # rotation @ shear @ zoom; a sheared y axis leans by `shear`, as in the image generator of the paper.
        a = ops.cos(angle) * stretch_x
        b = -ops.sin(angle + shear) * stretch_y
        c = ops.sin(angle) * stretch_x
        d = ops.cos(angle + shear) * stretch_y
        # About the image's centre instead of its corner.
        centre_x, centre_y = (width - 1) / 2, (height - 1) / 2
        offset_x = centre_x + shift_x - a * centre_x - b * centre_y
        offset_y = centre_y + shift_y - c * centre_x - d * centre_y
        zero = ops.zeros_like(a)
        return ops.stack([a, b, offset_x, c, d, offset_y, zero, zero], axis=-1)

    def _uniform(self, batch: Any, limit: float) -> Any:  # noqa: ANN401
        return keras.random.uniform((batch,), -limit, limit, seed=self.seed_generator)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make an equal layer."""
        return {**super().get_config(), **self.amounts}
