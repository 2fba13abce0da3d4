"""Namespaces of nodes: one for each model of a family, and one for what Kedro-Viz is to draw as one box."""

from collections.abc import Callable, Iterable
from functools import partial, update_wrapper
from typing import Any

from kedro.pipeline import Pipeline


def bind(function: Callable[..., Any], **values: Any) -> Callable[..., Any]:  # noqa: ANN401 - any arguments
    """Give a node's function some arguments that are known where pipelines are wired.

    Args:
        function: The function; its name and docstring stay those of the node.
        **values: Arguments by name.
    """
    bound = update_wrapper(partial(function, **values), function)
    del bound.__wrapped__  # by which Kedro would ask for these arguments again
    return bound


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


def require_models(setting: str, named: Iterable[str], known: Iterable[str]) -> None:
    """Check that a list of the settings names only models that are there.

    Args:
        setting: Name of the list in settings.py.
        named: What it lists.
        known: What it may list.

    Raises:
        ValueError: If it lists anything else.
    """
    unknown = sorted(set(named) - set(known))
    if unknown:
        raise ValueError(
            f"Expected {setting} of settings.py to list models among {', '.join(sorted(known))}. "
            f"Found {', '.join(unknown)}."
        )
