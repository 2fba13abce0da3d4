"""Hooks into Kedro's runs."""

import difflib
import logging
import threading
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
from kedro.framework.context import KedroContext
from kedro.framework.hooks import hook_impl
from kedro.framework.project import pipelines
from kedro.io import CatalogProtocol, DatasetError
from kedro.pipeline import Pipeline
from kedro.pipeline.node import Node
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from leukosmear.parameters import EstimatorParameters, NetworkParameters
from leukosmear.provenance import describe_commit, describe_machine, installed_versions

logger = logging.getLogger(__name__)

# The dataset that tells nodes how the run went so far.
RECORD = "run_record"

# Values of `--params` that the catalog takes, not a node; from `protocol` the parameters of the split take it, too.
CATALOG_SETTINGS = frozenset({"raw_images", "archive", "patients", "protocol"})


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
        unknown = [name for name in _names_down_to(used, context.params) if name not in used | CATALOG_SETTINGS]
        if unknown:
            known = sorted(used | CATALOG_SETTINGS)
            raise ValueError(
                "Expected only parameters that a pipeline uses. Found "
                + "; ".join(f"'{name}'{_suggestion(name, known)}" for name in unknown)
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
        # Imported late: Keras takes seconds, and a run that trains no network needs none.
        try:
            if isinstance(block, NetworkParameters):
                from leukosmear.networks.building import find_builder

                find_builder(block)
            elif isinstance(block, EstimatorParameters):
                from leukosmear.estimators.building import build_pipeline

                build_pipeline(block)
        except ValueError as error:
            raise ValueError(f"The parameters `{name}` do not fit. {error}") from error


class ProtocolSetting:
    """Refuses a protocol of the split that the folders of the results do not bear.

    Both take it from one setting. Who sets the split's own parameter would overwrite the results of another protocol.
    """

    @hook_impl
    def after_context_created(self, context: KedroContext) -> None:
        """Compare the protocol of the split with that in the catalog's paths.

        Args:
            context: Holds the configuration and the parameters of the command line.

        Raises:
            ValueError: If they differ.
        """
        loader = context.config_loader
        setting = (loader.runtime_params or {}).get("protocol", loader["globals"]["protocol"])
        protocol = loader["parameters"]["split"]["protocol"]
        if protocol != setting:
            raise ValueError(
                "Expected `split.protocol` to follow the setting `protocol`, which names the folders of the results. "
                f"Found split.protocol: {protocol}, but protocol: {setting}. Take `protocol` out of `split`, and set "
                f"it by --params=protocol={protocol} or by `protocol: {protocol}` in a globals.yml of conf/."
            )


class RunRecorder:
    """Keeps the dataset `run_record`: what ran, where, and how long each node took.

    Nodes are pure and cannot know this. The record is on disk before a node loads it, and says of every node that
    has run since the results were made, in this run or an earlier one, when and in which state of the code that was.
    Runners that run nodes in processes of their own leave their durations out.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._catalog: CatalogProtocol | None = None
        self._parameters: dict[str, Any] = {}
        self._run: dict[str, Any] = {}
        self._nodes: dict[str, dict[str, Any]] = {}
        self._started: dict[str, float] = {}

    @hook_impl
    def after_context_created(self, context: KedroContext) -> None:
        """Remember the parameters.

        Args:
            context: Holds the parameters of the configuration and of the command line.
        """
        # Not `context.params`, whose blocks are models already.
        self._parameters = context.config_loader["parameters"]

    @hook_impl
    def before_pipeline_run(self, run_params: dict[str, Any], catalog: CatalogProtocol) -> None:
        """Begin the record of a run, and keep what earlier runs say of their nodes.

        Args:
            run_params: How the run was started.
            catalog: Where the record is kept.
        """
        if RECORD not in catalog:
            return
        self._catalog, self._nodes, self._started = catalog, {}, {}
        self._run = {
            "started": _now(),
            "environment": run_params.get("env") or "local",
            "pipelines": run_params.get("pipeline_names") or ["__default__"],
            "runtime_params": run_params.get("runtime_params") or {},
            "commit": describe_commit(Path(run_params.get("project_path") or ".")),
            "machine": describe_machine(),
            "versions": installed_versions(),
            "parameters": self._parameters,
        }
        self._save()

    @hook_impl
    def before_dataset_loaded(self, dataset_name: str, node: Node) -> None:
        """Start a node's clock, and save the record before it is loaded.

        Args:
            dataset_name: What is loaded.
            node: The node that it is for.
        """
        self._started.setdefault(node.name, time.perf_counter())
        if dataset_name == RECORD:
            self._save()

    @hook_impl
    def after_dataset_saved(self, node: Node) -> None:
        """Read a node's clock; after the last of its outputs it shows how long loading, computing and saving took.

        Args:
            node: The node whose output was saved.
        """
        if self._catalog is not None and node.name in self._started:
            seconds = time.perf_counter() - self._started[node.name]
            self._nodes[node.name] = {"seconds": seconds, "finished": _now(), "commit": self._run["commit"]}

    @hook_impl
    def after_pipeline_run(self) -> None:
        """Save the record with the nodes that ran after it was last loaded."""
        self._save()

    @hook_impl
    def on_pipeline_error(self) -> None:
        """Save what was recorded of a run that failed."""
        self._save()

    def _save(self) -> None:
        """Add what was recorded to the record on disk."""
        if self._catalog is None:
            return
        with self._lock:
            self._catalog.save(RECORD, self._run | {"nodes": self._load_nodes(self._catalog) | self._nodes})

    @staticmethod
    def _load_nodes(catalog: CatalogProtocol) -> dict[str, dict[str, Any]]:
        """Load what earlier runs say of their nodes; nothing where they left no record, or a broken one."""
        try:
            nodes: dict[str, dict[str, Any]] = catalog.load(RECORD)["nodes"]
        except (DatasetError, KeyError, TypeError):
            return {}
        return nodes


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


class RunSummary:
    """Prints what a run has found, where it made a table of models; silent otherwise."""

    @hook_impl
    def after_pipeline_run(self, run_params: dict[str, Any], pipeline: Pipeline, catalog: CatalogProtocol) -> None:
        """Print the table of models, what other protocols of the split say of it, and the path of the report or figure.

        A summary that cannot be made is logged, and never turns a good run into a failed one.

        Args:
            run_params: How the run was started; its project path shortens the paths.
            pipeline: The nodes that ran.
            catalog: Where their results are.
        """
        try:
            lines = list(_summary(pipeline.all_outputs(), catalog, run_params))
        except Exception as error:
            logger.warning("The run is done, but its summary cannot be printed: %s", error)
            return
        console = Console()
        for line in lines:
            console.print(line, soft_wrap=isinstance(line, str), highlight=False, markup=False)


def _summary(made: set[str], catalog: CatalogProtocol, run_params: dict[str, Any]) -> Iterator[Table | str]:
    """Yield what is worth printing of the datasets that a run made."""
    if "model_table" in made:
        yield _model_table(catalog.load("model_table"), catalog.load("params:evaluation.confidence"))
        if "protocol_comparison" in made:
            for sentence in catalog.load("protocol_comparison")["conclusions"]:
                yield f"{sentence}\n"
        yield from _path("Report", "report_html", made, catalog, run_params)
    if "cross_validation_table" in made:
        reference = catalog.load("params:cross_validation")["reference"]
        confidence = catalog.load("params:evaluation.confidence")
        yield _cross_validation_table(catalog.load("cross_validation_table"), reference, confidence)
        yield from _path("Figure", "cross_validation_figure", made, catalog, run_params)


def _model_table(models: pd.DataFrame, confidence: float) -> Table:
    """Lay out the table of models for a terminal."""
    # Imported late, since Kedro loads the hooks for every command, and most print no summary.
    from leukosmear.pages.formatting import duration, file_size, percent, percent_interval

    table = _table("Accuracy on the test images", "accuracy", f"{confidence:.0%} interval", "size", "training")
    for row in models.to_dict("records"):
        table.add_row(
            str(row["model"]),
            percent(row["test_accuracy"]),
            percent_interval(row["ci_low"], row["ci_high"]),
            file_size(row["bytes"]),
            duration(row["train_seconds"]),
        )
    return table


def _cross_validation_table(models: pd.DataFrame, reference: str, confidence: float) -> Table:
    """Lay out for a terminal what models reached on acquisitions that they did not learn from."""
    from leukosmear.pages.formatting import MISSING, decimal, percent, percent_interval

    interval = f"{confidence:.0%} interval"
    table = _table("Accuracy on acquisitions held out in turn", "accuracy", interval, "points above*", interval)
    for row in models.to_dict("records"):
        low, high = decimal(row["points_low"], 1), decimal(row["points_high"], 1)
        itself = row["model"] == reference
        table.add_row(
            str(row["model"]),
            percent(row["accuracy"]),
            percent_interval(row["ci_low"], row["ci_high"]),
            MISSING if itself else decimal(row["points_above_reference"], 1),
            MISSING if itself or MISSING in (low, high) else f"{low} to {high}",
        )
    table.caption = f"* percentage points above {reference}"
    return table


def _table(title: str, *headings: str) -> Table:
    """Make a table of models that is narrow enough for terminals of 80 columns."""
    table = Table(title=title, box=SIMPLE, show_edge=False, padding=(0, 1, 0, 0), pad_edge=False)
    table.add_column("model", no_wrap=True)
    for heading in headings:
        table.add_column(heading, justify="right", no_wrap=True)
    return table


def _path(title: str, name: str, made: set[str], catalog: CatalogProtocol, run_params: dict[str, Any]) -> Iterator[str]:
    """Yield where a dataset was saved, from the project's folder where it lies below that."""
    filepath = getattr(catalog.get(name), "_filepath", None) if name in made else None
    if filepath is None:  # not made, or a run whose catalog keeps it in memory
        return
    path, project = Path(filepath), Path(run_params.get("project_path") or ".").resolve()
    yield f"{title}: {path.relative_to(project) if path.is_relative_to(project) else path}"
