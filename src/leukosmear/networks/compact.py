"""A network small enough for a phone."""

from collections.abc import Sequence

import keras
from keras import KerasTensor, layers


def compact_cnn(
    input_shape: tuple[int, int, int],
    n_classes: int,
    filters: Sequence[int] = (16, 40, 80, 160),
    dropout: float = 0.2,
) -> keras.Model:
    """Build a plain convolutional network that ends in global average pooling.

    Pooling over the whole field instead of flattening it keeps the parameters few, and asks how much of the field
    looks like a blast rather than where it lies.

    Args:
        input_shape: Height, width and channels.
        n_classes: Number of classes.
        filters: Filters of each block; the first block quarters height and width, the others halve them.
        dropout: Share of the pooled features that dropout sets to zero.
    """
    inputs = keras.Input(input_shape)
    features = layers.Rescaling(1 / 127.5, offset=-1)(inputs)
    for index, n in enumerate(filters):
        features = _block(features, n, first=index == 0)
    features = layers.GlobalAveragePooling2D()(features)
    features = layers.Dropout(dropout)(features)
    outputs = layers.Dense(n_classes, activation="softmax", dtype="float32")(features)
    return keras.Model(inputs, outputs, name="compact_cnn")


def _block(features: KerasTensor, filters: int, first: bool) -> KerasTensor:
    # At full resolution a convolution costs the most and sees the least: the first one is wide, and strides.
    features = layers.Conv2D(filters, 5 if first else 3, strides=2 if first else 1, padding="same", use_bias=False)(
        features
    )
    # Pooled before it is normalized: the same features (ReLU keeps the order of values, and so does normalization
    # unless it learns a negative scale) from a quarter of the arithmetic.
    features = layers.MaxPooling2D()(features)
    # Keras' own momentum of 0.99 lags behind in the few hundred steps that small data sets train for.
    features = layers.BatchNormalization(momentum=0.9)(features)
    return layers.ReLU()(features)
