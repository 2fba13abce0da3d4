"""What it takes for several devices to share a batch, and to learn from it just what one device would."""

import weakref
from collections.abc import Iterator
from typing import Any

import keras
import numpy as np

from leukosmear.training.batches import Batch, ImageBatches

READ_AHEAD = 2  # batches


class WholeBatches(keras.distribution.DataParallel):
    """Data parallelism under JAX that hands every device the whole of every batch; `DealOut` deals it out.

    Keras deals each batch out like the first of its epoch, which fails at a last one that cannot be dealt evenly
    (https://github.com/keras-team/keras/issues/21167).
    """

    def get_data_layout(self, data_shape: tuple[int, ...]) -> keras.distribution.TensorLayout:
        """Return the layout of an array that every device has."""
        return keras.distribution.TensorLayout([None] * len(data_shape), self.device_mesh)


class DealOut(keras.layers.Layer):
    """Gives each device its share of a batch under JAX; a batch that cannot be dealt evenly is everybody's.

    Does nothing where there is one device, or where TensorFlow has dealt already.
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


class WithoutLast(keras.utils.PyDataset):
    """Batches but for the last one of each epoch.

    Args:
        batches: Where they come from.
    """

    def __init__(self, batches: ImageBatches) -> None:
        super().__init__()
        self._batches = batches

    def __len__(self) -> int:
        return len(self._batches) - 1

    def __getitem__(self, index: int) -> Batch:
        """Return a batch."""
        return self._batches[index]


def shareable(batches: ImageBatches) -> ImageBatches | WithoutLast:
    """Leave out a last batch with fewer images than TensorFlow has devices.

    Statistics of no images are not numbers, and under loss scaling a device that has none waits for ever. Each epoch
    leaves out other images.
    """
    left_over = batches.n_images % batches.batch_size
    return WithoutLast(batches) if 0 < left_over < _replicas() and len(batches) > 1 else batches


def as_fed(batches: ImageBatches | WithoutLast) -> Any:  # noqa: ANN401 - what Keras' backend takes
    """Hand batches to Keras in the way that keeps its backend waiting least.

    Keras would let TensorFlow tune how it reads them; the thread that tunes is not always woken at the end of an
    epoch, which then takes up to twice as long. There is nothing to tune: one thread reads ahead. Where TensorFlow
    has several devices, batches are left to Keras, which deals them out.

    The caller has to keep the batches: TensorFlow keeps the functions of its datasets until Keras' session is cleared,
    and would keep all images with them.
    """
    if keras.backend.backend() != "tensorflow" or _replicas() > 1 or isinstance(batches, WithoutLast):
        return batches
    import tensorflow as tf

    borrowed = weakref.ref(batches)
    kinds = [
        tf.TensorSpec((None, *batches.image_shape), batches.dtype),
        tf.TensorSpec((None, len(batches.classes)), "float32"),
    ]

    def call(index: np.integer) -> Batch:
        lent = borrowed()
        assert lent is not None
        return lent[int(index)]

    def read(index: Any) -> tuple[Any, ...]:  # noqa: ANN401 - tensors of the backend
        parts = tf.numpy_function(call, [index], [kind.dtype for kind in kinds])
        return tuple(tf.ensure_shape(part, kind.shape) for part, kind in zip(parts, kinds, strict=True))

    options = tf.data.Options()
    options.autotune.enabled = False
    # One call of Python a batch; `from_generator` takes several, and half as much time again.
    return tf.data.Dataset.range(len(batches)).map(read).prefetch(READ_AHEAD).with_options(options)


def normalise_together(network: keras.Model) -> None:
    """Let the batch normalizations of a network count all devices' images, where TensorFlow spreads it.

    Under JAX they do anyhow.
    """
    if _replicas() > 1:
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


def _replicas() -> int:
    if keras.backend.backend() != "tensorflow":
        return 1
    import tensorflow as tf

    return tf.distribute.get_strategy().num_replicas_in_sync


def _normalizations(network: keras.Model) -> Iterator[keras.layers.BatchNormalization]:
    return (layer for layer in _layers(network) if isinstance(layer, keras.layers.BatchNormalization))


def _layers(network: keras.Model) -> Iterator[keras.layers.Layer]:
    """List a network's layers, and those of networks inside it."""
    for layer in network.layers:
        yield layer
        if isinstance(layer, keras.Model):
            yield from _layers(layer)
