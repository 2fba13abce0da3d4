"""A network, or a part of one, as a graph of its backend, to be applied to many images."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np


def as_graph(function: Callable[[Any], Any], image_shape: tuple[int, ...]) -> Callable[[np.ndarray], Any]:
    """Make one graph of a function of images, the same for batches of any size.

    Called layer by layer, a deep network takes ten times as long. `keras.Model.predict` makes a graph, too, but a
    second one where the last batch is smaller, and for a deep network each takes seconds.

    Args:
        function: From pixels to tensors, such as a network. It is traced with the first batch; weights that change
            later are not always seen.
        image_shape: Height, width, channels.

    Returns:
        The same function, of uint8 arrays of shape (n, *image_shape). Under a backend other than TensorFlow and JAX
        it is the function itself.
    """
    backend = keras.backend.backend()
    if backend == "tensorflow":
        import tensorflow as tf

        return tf.function(function, input_signature=[tf.TensorSpec((None, *image_shape), "uint8")])
    if backend == "jax":
        import jax

        return jax.jit(function)
    return function
