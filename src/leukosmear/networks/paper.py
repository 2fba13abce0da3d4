"""The network of Nadim, Alam, Sheikh and Hossain: sections 2.5, 2.6 and 2.9."""

from collections.abc import Sequence

import keras
from keras import layers


def paper_cnn(
    input_shape: tuple[int, int, int],
    n_classes: int,
    filters: Sequence[int] = (16, 32, 64),
    dense_units: int = 128,
    dropout: float = 0.25,
    batch_normalization: bool = False,
) -> keras.Model:
    """Build the paper's Sequential network.

    The paper names the kinds of layers and their order (convolution, normalization, ReLU, max pooling, dropout,
    dense, softmax) but neither their number nor their sizes; the defaults are our choice.

    Args:
        input_shape: Height, width and channels.
        n_classes: Number of classes.
        filters: Filters of each block of a 3 x 3 convolution and a 2 x 2 max pooling.
        dense_units: Units of the fully connected layer.
        dropout: Share of inputs that dropout sets to zero, before and after the fully connected layer.
        batch_normalization: Whether to normalize between convolution and ReLU, as section 2.6 describes; section 2.9,
            which lists the layers of the network that was run, does not name it.
    """
    network = keras.Sequential([keras.Input(input_shape), layers.Rescaling(1 / 255)], name="paper_cnn")
    for n in filters:
        network.add(layers.Conv2D(n, 3, use_bias=not batch_normalization))
        if batch_normalization:
            # Keras' own momentum of 0.99 lags behind in the few hundred steps that the paper's recipe takes.
            network.add(layers.BatchNormalization(momentum=0.9))
        network.add(layers.ReLU())
        network.add(layers.MaxPooling2D())
    network.add(layers.Dropout(dropout))
    network.add(layers.Flatten())
    network.add(layers.Dense(dense_units, activation="relu"))
    network.add(layers.Dropout(dropout))
    network.add(layers.Dense(n_classes, activation="softmax", dtype="float32"))
    return network
