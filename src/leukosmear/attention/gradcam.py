"""Grad-CAM for any network that ends in a softmax.

Source: R. R. Selvaraju et al., "Grad-CAM: visual explanations from deep networks via gradient-based localization",
ICCV 2017, doi 10.1109/ICCV.2017.74.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import keras
import numpy as np
from keras import ops

from leukosmear.networks.graphs import as_graph

Part = Callable[..., Any]  # one layer, or several


@dataclass(frozen=True)
class Cut:
    """A network cut behind the last layer that still knows where in the image something is.

    Attributes:
        below: From raw pixels, uint8, to the features of that layer, shape (n, height, width, channels). This is nearly
            all of the network, and a graph.
        above: From these features to what the classification layer gets, one after the other.
        last: The classification layer.
        grid: Rows and columns of the features: how finely the attention can be located.
    """

    below: Part
    above: tuple[Part, ...]
    last: keras.layers.Layer
    grid: tuple[int, int]

    def predict(self, pixels: np.ndarray) -> np.ndarray:
        """Apply the network.

        Args:
            pixels: uint8 array of shape (n, height, width, 3).

        Returns:
            Probabilities, float32 of shape (n, n_classes).
        """
        return ops.convert_to_numpy(self.last(_apply(self.above, self.below(pixels))))


def cut_network(network: keras.Model) -> Cut:
    """Cut a network where Grad-CAM looks at it, without changing it.

    Args:
        network: Sequential or functional, trained or loaded; layers may be networks themselves. Its last layer is dense
            with a softmax, or a softmax.

    Raises:
        ValueError: If no layer has a spatial extent, or the network ends in something else.
    """
    last = network.layers[-1]
    if not isinstance(last, keras.layers.Dense | keras.layers.Softmax | keras.layers.Activation):
        raise ValueError(
            f"Expected the network '{network.name}' to end in a dense layer or a softmax. Found {type(last).__name__}. "
            "End it in `layers.Dense(n_classes, activation='softmax', dtype='float32')`."
        )
    found = _cut(network, _call_of(last).input_tensors[0])
    if found is None:
        raise ValueError(
            f"Expected a layer of '{network.name}' that tells where in the image something is. Found none whose "
            "output has more than one row or column. Give it a convolution, or larger images."
        )
    below, above, grid = found
    graph = as_graph(partial(_apply, tuple(below)), network.input_shape[1:])
    return Cut(graph, tuple(above), last, grid)


def _cut(network: keras.Model, end: keras.KerasTensor) -> tuple[list[Part], list[Part], tuple[int, int]] | None:
    """Look for the last layer with a spatial extent, in networks inside of the network, too."""
    for layer in reversed(network.layers):
        if isinstance(layer, keras.layers.InputLayer):
            continue
        call = _call_of(layer)
        output = call.output_tensors[0]
        if len(output.shape) == 4 and output.shape[1] * output.shape[2] > 1:
            below: list[Part] = [keras.Model(network.inputs[0], output)]
            return below, _between(output, end), tuple(output.shape[1:3])
        if isinstance(layer, keras.Model) and (inner := _cut(layer, layer.outputs[0])) is not None:
            inner_below, inner_above, grid = inner
            before = _between(network.inputs[0], call.input_tensors[0])
            return [*before, *inner_below], [*inner_above, *_between(output, end)], grid
    return None


def _call_of(layer: keras.layers.Layer) -> Any:  # noqa: ANN401 - Keras has no public name for it
    """How a layer stands in the network around it.

    `Layer.output` is the same for plain layers; that of a network in a network is a tensor of its own inside. Adding a
    layer to a Sequential network calls all others anew: the last call is the one that counts.
    """
    return layer._inbound_nodes[-1]


def _between(start: keras.KerasTensor, end: keras.KerasTensor) -> list[Part]:
    return [] if start is end else [keras.Model(start, end)]


def heat_maps(cut: Cut, pixels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Compute the attention behind the class that the network names.

    Only what lies above the cut is differentiated, so that it takes hardly longer than applying the network.

    Args:
        cut: The network.
        pixels: uint8 array of shape (n, height, width, 3).

    Returns:
        Attention, float32 of shape (n, height, width), 0 or more, all 0 where nothing speaks for the class; and the
        named classes, int64 of shape (n,).
    """
    features = cut.below(pixels)
    named = ops.argmax(_scores(cut, features), axis=-1)

    def score_of_named(features: Any) -> Any:  # noqa: ANN401 - tensors of the backend
        scores = _scores(cut, features)
        return ops.sum(scores * ops.one_hot(named, scores.shape[-1], dtype=scores.dtype))

    gradients = ops.cast(_gradient(score_of_named, features), "float32")
    weights = ops.mean(gradients, axis=(1, 2), keepdims=True)
    maps = ops.relu(ops.sum(weights * ops.cast(features, "float32"), axis=-1, keepdims=True))
    enlarged = ops.image.resize(maps, pixels.shape[1:3], interpolation="bilinear", data_format="channels_last")
    return ops.convert_to_numpy(enlarged)[..., 0], ops.convert_to_numpy(named).astype(np.int64)


def _apply(parts: tuple[Part, ...], values: Any) -> Any:  # noqa: ANN401
    for part in parts:
        values = part(values, training=False)
    return values


def _scores(cut: Cut, features: Any) -> Any:  # noqa: ANN401
    """Compute the classes' scores before the softmax, in whose flat ends gradients vanish."""
    values = ops.cast(_apply(cut.above, features), "float32")
    if isinstance(cut.last, keras.layers.Dense):
        values = ops.matmul(values, cut.last.kernel)
        return values if cut.last.bias is None else values + cut.last.bias
    return values


def _gradient(function: Callable[[Any], Any], at: Any) -> Any:  # noqa: ANN401
    """Differentiate a function of a tensor with the backend's own means."""
    backend = keras.backend.backend()
    if backend == "tensorflow":
        import tensorflow as tf

        with tf.GradientTape() as tape:
            tape.watch(at)
            value = function(at)
        return tape.gradient(value, at)
    if backend == "jax":
        import jax

        return jax.grad(function)(at)
    raise ValueError(
        f"Expected the Keras backend tensorflow or jax. Found {backend}. Set KERAS_BACKEND to one of them."
    )
