"""What a run is refused for before anything runs."""

import difflib
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, get_args

from kedro.framework.context import KedroContext
from kedro.framework.hooks import hook_impl
from kedro.framework.project import pipelines
from kedro.io import CatalogProtocol
from kedro.pipeline import Pipeline
from pydantic import ValidationError

from leukosmear.lineage.belonging import models_of_parameters
from leukosmear.models import CHOSEN, MODELS
from leukosmear.networks.building import check_builder
from leukosmear.parameters import EstimatorParameters, NetworkParameters, Parameters
from leukosmear.parameters.base import look_up
from leukosmear.schemas import SPLIT_NAME

# Values of `--params` that no node takes: they say where images lie, which split is worked on, and which models.
CATALOG_SETTINGS = frozenset({"raw_images", "archive", "patients", "smears", "leave_out", *SPLIT_NAME})


class ParameterNames:
    """Refuses parameters that nothing uses, and values that do not fit.

    Kedro merges a misspelt `--params` into the parameters without a word, and the run goes on with the old value. A
    name inside of a block it leaves to the block's model, whose words speak of Python.
    """

    @hook_impl
    def after_context_created(self, context: KedroContext) -> None:
        """Compare all parameters with those that the pipelines use, and with the models that these ask for.

        Args:
            context: Holds the parameters of the configuration and of the command line.

        Raises:
            ValueError: If a parameter is used by no pipeline, or a block does not fit its model.
        """
        parameters = context.config_loader["parameters"]
        nodes = [node for pipeline in pipelines.values() for node in pipeline.nodes]
        inputs = {name for node in nodes for name in node.inputs if name.startswith("params:")}
        used = {name.removeprefix("params:") for name in inputs}
        left_out = {model.name for model in MODELS} - {model.name for model in CHOSEN}
        allowed = used | CATALOG_SETTINGS | left_out.difference(context.config_loader.runtime_params or {})
        problems = []
        for name, value in _names_down_to(used, parameters):
            if name in left_out - allowed:
                problems.append(f"'{name}' (a model that `leave_out` names)")
            elif name not in allowed:
                problems.append(f"'{_leaf(name, value)}'{_suggestion(name, _leaf('', value), used | CATALOG_SETTINGS)}")
        if problems:
            raise ValueError(
                f"Expected only parameters that a pipeline uses. Found {'; '.join(problems)}. "
                "Correct the spelling in --params or in the parameters of conf/."
            )
        for name, model in models_of_parameters(nodes).items():
            problems += _misfits(name, model, look_up(parameters, name))
        if problems:
            raise ValueError(
                f"Expected parameters that fit. Found {'; '.join(problems)}. "
                "Correct them in --params or in the parameters of conf/."
            )


def _names_down_to(used: set[str], parameters: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Name every parameter, with its value, as deep as the pipelines name theirs."""
    for key, value in parameters.items():
        name = f"{prefix}{key}"
        if isinstance(value, Mapping) and any(other.startswith(f"{name}.") for other in used) and name not in used:
            yield from _names_down_to(used, value, f"{name}.")
        else:
            yield name, value


def _leaf(name: str, value: Any) -> str:  # noqa: ANN401 - some parameters are plain values
    """Name what was meant to be set, such as `training.epochs` of a block `{training: {epochs: 3}}`."""
    while isinstance(value, Mapping) and len(value) == 1:
        ((key, value),) = value.items()
        name = f"{name}.{key}"
    return name


def _suggestion(name: str, rest: str, known: Iterable[str]) -> str:
    """Propose the likeliest name of the same block."""
    depth = name.count(".") + 1
    parent = name.rpartition(".")[0]
    beside = {".".join(other.split(".")[:depth]) for other in known if other.startswith(f"{parent}." if parent else "")}
    close = difflib.get_close_matches(name, sorted(beside), n=1)
    return f" (did you mean '{close[0]}{rest}'?)" if close else ""


def _misfits(name: str, model: type[Parameters], block: Any) -> Iterator[str]:  # noqa: ANN401 - whatever YAML holds
    """Say in words of the configuration what does not fit in a block."""
    if not isinstance(block, Mapping):
        return
    try:
        model(**block)
    except ValidationError as error:
        for problem in error.errors():
            path = ".".join(map(str, (name, *problem["loc"])))
            if problem["type"] == "extra_forbidden":
                yield f"'{path}', which there is not{_suggestion(path, '', _field_names(name, model))}"
            else:
                yield f"'{path}': {problem['msg']}, found {json.dumps(problem['input'], default=str)}"


def _field_names(name: str, model: type[Parameters]) -> list[str]:
    """Name the fields of a block, and of those inside of it."""
    found = []
    for key, field in model.model_fields.items():
        found.append(f"{name}.{key}")
        for kind in (field.annotation, *get_args(field.annotation)):
            if isinstance(kind, type) and issubclass(kind, Parameters):
                found += _field_names(f"{name}.{key}", kind)
    return found


class ModelOptions:
    """Refuses options that a network's builder or an estimator does not take, before anything runs.

    Options are passed on by name, so no parameter block knows which there are: the code that takes them does.
    """

    @hook_impl
    def before_pipeline_run(self, pipeline: Pipeline, catalog: CatalogProtocol) -> None:
        """Look up what the models of this run are built by.

        Args:
            pipeline: The nodes that will run.
            catalog: Holds their parameters.

        Raises:
            ValueError: If a builder or an estimator is not there, or does not take its options or its grid.
        """
        for name in sorted(pipeline.inputs()):
            if name.startswith("params:"):
                self._check(name.removeprefix("params:"), catalog.load(name))

    @staticmethod
    def _check(name: str, block: Any) -> None:  # noqa: ANN401 - some parameters are plain values
        try:
            if isinstance(block, NetworkParameters):
                check_builder(block)
            elif isinstance(block, EstimatorParameters):
                # Imported late: scikit-learn takes a second, and a run that fits no estimator needs none.
                from leukosmear.estimators.building import build_pipeline

                build_pipeline(block)
        except ValueError as error:
            raise ValueError(f"The parameters `{name}` do not fit. {error}") from error


class SplitSettings:
    """Refuses a protocol, fold or seed of the split that the folders of the results do not bear.

    Both take them from one setting each. Who sets the split's own parameter in a file of parameters, or two values by
    --params, would overwrite the results of another split.
    """

    @hook_impl
    def after_context_created(self, context: KedroContext) -> None:
        """Compare what names the split with what names its folders.

        Args:
            context: Holds the configuration and the parameters of the command line.

        Raises:
            ValueError: If they differ, or there is no such protocol.
        """
        # Imported late: Kedro loads the hooks for every command, and most split nothing.
        from leukosmear.splitting import find_protocol

        settings, split = context.config_loader["globals"]["split"], context.config_loader["parameters"]["split"]
        for name in SPLIT_NAME:
            setting, found = settings[name], split[name]
            if found != setting:
                raise ValueError(
                    f"Expected `split.{name}` to follow the setting `{name}`, which names the folders of the results. "
                    f"Found split.{name}: {found}, but {name}: {setting}. Take `{name}` out of `split`, and set it by "
                    f"--params={name}={found} or by `{name}: {found}` in a globals.yml of conf/."
                )
        find_protocol(split["protocol"])
