"""From parameters to a network."""

import ast
import inspect
from importlib.util import find_spec
from typing import TYPE_CHECKING

from kedro.utils import load_obj

from leukosmear.parameters import NetworkParameters

if TYPE_CHECKING:
    import keras


def check_builder(parameters: NetworkParameters) -> None:
    """Check that there is the function that the parameters name, and that it takes the options, without running it.

    The function is read, not imported, where its module says `def`: what builds networks imports Keras, which takes
    seconds.

    Args:
        parameters: Import path of the builder, and its options.

    Raises:
        ValueError: If there is no such builder, or it does not take the options.
    """
    try:
        signature = _read_signature(parameters.builder) or inspect.signature(load_obj(parameters.builder))
    except (ImportError, AttributeError, ValueError) as error:
        raise ValueError(
            "Expected `builder` to be the import path of a function such as "
            f"'leukosmear.networks.compact.compact_cnn'. Found '{parameters.builder}': {error}."
        ) from error
    try:
        signature.bind("input_shape", "n_classes", **parameters.options)
    except TypeError as error:
        raise _refusal(parameters, error) from error


def _read_signature(path: str) -> inspect.Signature | None:
    """Read names, order and kinds of a function's arguments from the source of its module; None if it is not there."""
    module, _, name = path.rpartition(".")
    spec = find_spec(module)
    source: str | None = getattr(spec.loader, "get_source", lambda _: None)(module) if spec else None
    for found in ast.parse(source or "").body:
        if isinstance(found, ast.FunctionDef) and found.name == name and not found.decorator_list:
            arguments = found.args
            arguments.defaults = [ast.Constant(None) for _ in arguments.defaults]
            arguments.kw_defaults = [default and ast.Constant(None) for default in arguments.kw_defaults]
            bare = ast.Expression(ast.Lambda(arguments, ast.Constant(None)))
            return inspect.signature(eval(compile(ast.fix_missing_locations(bare), path, "eval"), {}))
    return None


def build_network(parameters: NetworkParameters, input_shape: tuple[int, ...], n_classes: int) -> "keras.Model":
    """Build the network that the parameters name.

    Args:
        parameters: Import path of the builder, and its options.
        input_shape: Height, width and channels of the images.
        n_classes: Number of classes.

    Raises:
        ValueError: If there is no such builder, or it does not take the options.
    """
    check_builder(parameters)
    try:
        return load_obj(parameters.builder)(input_shape, n_classes, **parameters.options)
    except TypeError as error:  # an option of a type that the builder can do nothing with
        raise _refusal(parameters, error) from error


def _refusal(parameters: NetworkParameters, error: TypeError) -> ValueError:
    return ValueError(
        f"Network '{parameters.builder}' does not take the options {dict(parameters.options)}: {error}. Its docstring "
        "lists them."
    )
