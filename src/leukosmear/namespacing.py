"""Nodes of one model: their namespace and what they are bound to; and the box that Kedro-Viz draws of several nodes."""

import inspect
from collections.abc import Callable
from functools import partial, update_wrapper
from typing import Any

from kedro.pipeline import Pipeline


def for_model(base: Pipeline, model: str, shared: set[str]) -> Pipeline:
    """Instantiate a family's pipeline for one model.

    The nodes go into the namespace `model`; every dataset that is not shared is renamed from `<what>` to
    `<model>_<what>`, and every parameter that is not shared from `params:<x>` to `params:<model>.<x>`.
    Datasets get an underscore rather than Kedro's own dot because nodes that compare all models stand outside
    of any one namespace, where Kedro advises against dots.

    Args:
        base: The pipeline of the family, with plain names.
        model: Name of the model, a key of the parameters.
        shared: Datasets, and parameters with their `params:` prefix, that all models use under one name.

    Returns:
        The pipeline of this model, its nodes tagged with the model's name.
    """

    def rename(names: set[str]) -> dict[str, str]:
        # Kedro takes the new name of a transcoded dataset (`network@file`) from the part before the `@`.
        data = {name.split("@")[0] for name in names if not name.startswith("params:")}
        return {name: name if name in shared else f"{model}_{name}" for name in data}

    return Pipeline(
        base,
        namespace=model,
        inputs=rename(base.inputs()),
        outputs=rename(base.all_outputs()),
        parameters={name: name for name in base.inputs() & shared if name.startswith("params:")},
        tags=[model],
    )


def as_one_box(base: Pipeline, namespace: str) -> Pipeline:
    """Put nodes into a namespace, which Kedro-Viz folds, and leave the names of all data and parameters as they are.

    Unfolded, hundreds of boxes take it minutes to lay out.

    Args:
        base: Any pipeline.
        namespace: Name of the box.
    """
    parameters = {name for name in base.inputs() if name.startswith("params:")}

    def keep(names: set[str]) -> dict[str, str]:
        return {name: name for name in {name.split("@")[0] for name in names - parameters}}

    return Pipeline(
        base,
        namespace=namespace,
        inputs=keep(base.inputs()),
        outputs=keep(base.all_outputs()),
        parameters={name: name for name in parameters},
    )


def bind(function: Callable[..., Any], *first: object, **named: object) -> Callable[..., Any]:
    """Give a node function some of its arguments when the pipeline is made, such as the name of a model.

    Args:
        function: The function of a node.
        *first: What its first arguments are, in their order.
        **named: Others, by name.

    Returns:
        The function of the arguments that are left, under the same name.
    """
    bound = partial(function, *first, **named)
    left = inspect.signature(bound)
    update_wrapper(bound, function)
    # Kedro reads the types of a node's arguments off its signature, which would be that of the whole function.
    bound.__signature__ = left  # type: ignore[attr-defined]
    return bound
