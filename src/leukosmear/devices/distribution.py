"""What it takes for several devices to share a batch, and to learn from it just what one device would."""

from collections.abc import Iterator
from typing import Any

import keras


class WholeBatches(keras.distribution.DataParallel):
    """Data parallelism under JAX that hands every device the whole of every batch; `DealOut` deals it out.

    Keras deals each batch out like the first of its epoch, which fails at a last one that cannot be dealt evenly
    (https://github.com/keras-team/keras/issues/21167).
    """

    def get_data_layout(self, data_shape: tuple[int, ...]) -> keras.distribution.TensorLayout:
        """Return the layout of an array that every device has."""
        return keras.distribution.TensorLayout([None] * len(data_shape), self.device_mesh)


class DealOut(keras.layers.Layer):
    """Gives each device its share of a batch under JAX, and all of a batch that cannot be dealt evenly.

    It changes nothing where there is one device, or where TensorFlow has dealt already.
    """

    def __init__(self) -> None:
        super().__init__(dtype="float32")

    def call(self, batch: Any) -> Any:  # noqa: ANN401 - a tensor of the backend
        """Return the batch as it is; only where it lies may have changed."""
        distribution = keras.distribution.distribution()
        if distribution is None or batch.shape[0] is None or batch.shape[0] % distribution.num_model_replicas:
            return batch
        axes = [distribution.batch_dim_name, *[None] * (len(batch.shape) - 1)]
        return keras.distribution.distribute_tensor(
            batch, keras.distribution.TensorLayout(axes, distribution.device_mesh)
        )

    def compute_output_spec(self, batch: Any) -> Any:  # noqa: ANN401
        """Return the shape and dtype of the batch."""
        return keras.KerasTensor(batch.shape, dtype=batch.dtype)


def count_replicas() -> int:
    """Count the devices over which TensorFlow spreads a step; 1 under another backend."""
    if keras.backend.backend() != "tensorflow":
        return 1
    import tensorflow as tf

    return tf.distribute.get_strategy().num_replicas_in_sync


def normalise_together(network: keras.Model) -> None:
    """Let the batch normalizations of a network count all devices' images, where TensorFlow spreads it.

    Under JAX they always do.
    """
    if count_replicas() > 1:
        for layer in _normalizations(network):
            layer.synchronized = True


def make_portable(network: keras.Model) -> None:
    """Make a trained network compute in float32 on one device, whatever it was trained on.

    Its weights are float32 already. Otherwise every machine that loads it would compute in the precision of this one,
    which takes far longer on a CPU, and no other runtime would take it.
    """
    for layer in _layers(network):
        layer.dtype_policy = keras.DTypePolicy("float32")
    for layer in _normalizations(network):
        layer.synchronized = False


def _normalizations(network: keras.Model) -> Iterator[keras.layers.BatchNormalization]:
    return (layer for layer in _layers(network) if isinstance(layer, keras.layers.BatchNormalization))


def _layers(network: keras.Model) -> Iterator[keras.layers.Layer]:
    """List a network's layers, and those of networks inside it."""
    for layer in network.layers:
        yield layer
        if isinstance(layer, keras.Model):
            yield from _layers(layer)
