"""From parameters to a network."""

import keras
from kedro.utils import load_obj

from leukosmear.parameters import NetworkParameters


def build_network(parameters: NetworkParameters, input_shape: tuple[int, ...], n_classes: int) -> keras.Model:
    """Build the network that the parameters name.

    Args:
        parameters: Import path of the builder, and its options.
        input_shape: Height, width and channels of the images.
        n_classes: Number of classes.

    Raises:
        ValueError: If there is no such builder, or it does not take the options.
    """
    try:
        builder = load_obj(parameters.builder)
    except (ImportError, AttributeError, ValueError) as error:
        raise ValueError(
            "Expected `builder` to be the import path of a function such as "
            f"'leukosmear.networks.compact.compact_cnn'. Found '{parameters.builder}': {error}."
        ) from error
    try:
        return builder(input_shape, n_classes, **parameters.options)
    except TypeError as error:
        raise ValueError(
            f"Network '{parameters.builder}' does not take the options {dict(parameters.options)}: {error}. "
            "Its docstring lists them."
        ) from error
