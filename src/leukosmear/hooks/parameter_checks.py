"""What a run is refused for before anything runs."""

import difflib
from collections.abc import Iterator, Mapping
from typing import Any

from kedro.framework.context import KedroContext
from kedro.framework.hooks import hook_impl
from kedro.framework.project import pipelines
from kedro.io import CatalogProtocol
from kedro.pipeline import Pipeline

from leukosmear.models import CHOSEN, MODELS
from leukosmear.networks.building import check_builder
from leukosmear.parameters import EstimatorParameters, NetworkParameters
from leukosmear.schemas import SPLIT_NAME

# Values of `--params` that no node takes: they say where images lie, which split is worked on, and which models.
CATALOG_SETTINGS = frozenset({"raw_images", "archive", "patients", "smears", "leave_out", *SPLIT_NAME})


class ParameterNames:
    """Refuses parameters that nothing uses.

    Kedro merges a misspelt `--params` into the parameters without a word, and the run goes on with the old value.
    What is misspelt inside a block is refused by the block's own model.
    """

    @hook_impl
    def after_context_created(self, context: KedroContext) -> None:
        """Compare the names of all parameters with those that the pipelines use.

        Args:
            context: Holds the parameters of the configuration and of the command line.

        Raises:
            ValueError: If a parameter is used by no pipeline.
        """
        inputs = {name for pipeline in pipelines.values() for name in pipeline.inputs()}
        used = {name.removeprefix("params:") for name in inputs if name.startswith("params:")}
        left_out = {model.name for model in MODELS} - {model.name for model in CHOSEN}
        allowed = used | CATALOG_SETTINGS | left_out.difference(context.config_loader.runtime_params or {})
        unknown = [name for name in _names_down_to(used, context.params) if name not in allowed]
        if unknown:
            known = sorted(used | CATALOG_SETTINGS)
            found = dict.fromkeys(left_out, " (a model that `leave_out` names)")
            found |= {name: _suggestion(name, known) for name in unknown if name not in left_out}
            raise ValueError(
                "Expected only parameters that a pipeline uses. Found "
                + "; ".join(f"'{name}'{found[name]}" for name in unknown)
                + ". Correct the spelling in --params or in the parameters of conf/."
            )


def _names_down_to(used: set[str], parameters: Mapping[str, Any], prefix: str = "") -> Iterator[str]:
    """Name every parameter as deep as the pipelines name theirs."""
    for key, value in parameters.items():
        name = f"{prefix}{key}"
        if isinstance(value, Mapping) and any(other.startswith(f"{name}.") for other in used) and name not in used:
            yield from _names_down_to(used, value, f"{name}.")
        else:
            yield name


def _suggestion(name: str, known: list[str]) -> str:
    close = difflib.get_close_matches(name, known, n=1)
    return f" (did you mean '{close[0]}'?)" if close else ""


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
