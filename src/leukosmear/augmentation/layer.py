"""The layer that changes training images at random."""

from collections.abc import Callable
from functools import partial
from typing import Any

import keras
from keras import ops

from leukosmear.augmentation import affine, cut_outs, stain
from leukosmear.parameters import AugmentationParameters


def augment(images: Any, numbers: Any, parameters: AugmentationParameters) -> Any:  # noqa: ANN401 - tensors of the backend
    """Change every image as its random numbers say.

    Rotation, shifts, shear, zoom and flips are composed before anything is resampled: five resamplings in a row would
    blur chromatin, the very texture that tells blasts apart.

    Args:
        images: Tensor of shape (n, height, width, 3), RGB, 0 to 255; best uint8.
        numbers: Random numbers from -1 to 1, of shape (n, `count_numbers(parameters)`).
        parameters: Which changes, and how large.

    Returns:
        float32 tensor of the shape of `images`, 0 to 255.
    """
    height, width = images.shape[1:3]
    maps = affine.affine_maps(numbers[:, : affine.N_NUMBERS], height, width, parameters)
    images = affine.resample(images, maps, parameters.fill_mode)
    numbers = numbers[:, affine.N_NUMBERS :]
    if parameters.stain_factor or parameters.stain_shift:
        images = stain.restain(images, numbers[:, : stain.N_NUMBERS], parameters)
    return cut_outs.cut_out(images, numbers[:, stain.N_NUMBERS :], parameters)


def count_numbers(parameters: AugmentationParameters) -> int:
    """Return how many random numbers an image takes."""
    return affine.N_NUMBERS + stain.N_NUMBERS + 2 * parameters.cut_outs


@keras.saving.register_keras_serializable(package="leukosmear")
class Augmentation(keras.layers.Layer):
    """Changes every image of a batch at random while a network trains, and leaves it alone otherwise.

    Args:
        parameters: Which changes, and how large.
        seed: Seed of the layer's random numbers, which all come from `seed_generator`.
        **kwargs: Arguments of `keras.layers.Layer`.

    Input: (batch, height, width, 3), RGB, 0 to 255, best uint8. Output: the same shape, float32, whatever the
    precision that the network computes with.
    """

    def __init__(self, parameters: AugmentationParameters | dict[str, Any], seed: int, **kwargs: Any) -> None:  # noqa: ANN401 - passed through to Keras
        super().__init__(**{"dtype": "float32", **kwargs})
        self.parameters = AugmentationParameters.model_validate(parameters)
        self.seed = seed
        self.seed_generator = keras.random.SeedGenerator(seed)
        self._augment = _in_one_kernel(partial(augment, parameters=self.parameters))

    def call(self, images: Any, training: bool = False) -> Any:  # noqa: ANN401
        """Change the images if `training`."""
        if not training:
            return ops.cast(images, "float32")
        shape = (ops.shape(images)[0], count_numbers(self.parameters))
        return self._augment(images, keras.random.uniform(shape, -1, 1, seed=self.seed_generator))

    def compute_output_spec(self, images: Any, training: bool = False) -> Any:  # noqa: ANN401
        """Return the output's shape and dtype."""
        return keras.KerasTensor(images.shape, dtype="float32")

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make an equal layer."""
        return {**super().get_config(), "parameters": self.parameters.model_dump(), "seed": self.seed}


def _in_one_kernel(function: Callable[..., Any]) -> Callable[..., Any]:
    """Let XLA compile a function.

    JAX compiles the whole training step. TensorFlow's step is not compiled, since its own kernels convolve faster on a
    CPU; but there every one of the many small operations of an augmentation would be a pass over all pixels.
    """
    if keras.backend.backend() != "tensorflow":
        return function
    import tensorflow as tf

    return tf.function(function, jit_compile=True, reduce_retracing=True)
