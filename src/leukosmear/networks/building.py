"""From parameters to a network."""

import inspect
from collections.abc import Callable

import keras
from kedro.utils import load_obj

from leukosmear.parameters import NetworkParameters


def find_builder(parameters: NetworkParameters) -> Callable[..., keras.Model]:
    """Find the function that builds the network that the parameters name, without building it.

    Args:
        parameters: Import path of the builder, and its options.

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
        inspect.signature(builder).bind("input_shape", "n_classes", **parameters.options)
    except TypeError as error:
        raise _refusal(parameters, error) from error
    return builder


def build_network(parameters: NetworkParameters, input_shape: tuple[int, ...], n_classes: int) -> keras.Model:
    """Build the network that the parameters name.

    Args:
        parameters: Import path of the builder, and its options.
        input_shape: Height, width and channels of the images.
        n_classes: Number of classes.

    Raises:
        ValueError: If there is no such builder, or it does not take the options.
    """
    builder = find_builder(parameters)
    try:
        return builder(input_shape, n_classes, **parameters.options)
    except TypeError as error:  # an option of a type that the builder can do nothing with
        raise _refusal(parameters, error) from error


def _refusal(parameters: NetworkParameters, error: TypeError) -> ValueError:
    return ValueError(
        f"Network '{parameters.builder}' does not take the options {dict(parameters.options)}: {error}. Its docstring "
        "lists them."
    )
