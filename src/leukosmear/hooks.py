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
    """Prints what a run has found, where it made the table of all models; silent otherwise."""

    @hook_impl
    def after_pipeline_run(self, run_params: dict[str, Any], pipeline: Pipeline, catalog: CatalogProtocol) -> None:
        """Print the table of models, what other protocols of the split say of it, and the path of the report.

        A summary that cannot be made is logged, and never turns a good run into a failed one.

        Args:
            run_params: How the run was started; its project path shortens the path of the report.
            pipeline: The nodes that ran.
            catalog: Where their results are.
        """
        if "model_table" not in pipeline.all_outputs():
            return
        try:
            table = _summary_table(catalog.load("model_table"), catalog.load("params:evaluation.confidence"))
            compared = "protocol_comparison" in pipeline.all_outputs()
            conclusions = catalog.load("protocol_comparison")["conclusions"] if compared else []
            report = _report_path(catalog, run_params) if "report_html" in pipeline.all_outputs() else None
        except Exception as error:
            logger.warning("The run is done, but its summary cannot be printed: %s", error)
            return
        console = Console()
        console.print(table)
        for sentence in conclusions:
            console.print(f"{sentence}\n", highlight=False, markup=False)
        if report:
            console.print(f"Report: {report}", soft_wrap=True, highlight=False, markup=False)


def _summary_table(models: pd.DataFrame, confidence: float) -> Table:
    """Lay out the table of models for a terminal."""
    # Imported late, since Kedro loads the hooks for every command, and most print no summary.
    from leukosmear.pages.formatting import duration, file_size, percent, percent_interval

    # Narrow enough for terminals of 80 columns.
    table = Table(
        title="Accuracy on the test images", box=SIMPLE, show_edge=False, padding=(0, 1, 0, 0), pad_edge=False
    )
    table.add_column("model", no_wrap=True)
    for heading in ("accuracy", f"{confidence:.0%} interval", "size", "training"):
        table.add_column(heading, justify="right", no_wrap=True)
    for row in models.to_dict("records"):
        table.add_row(
            str(row["model"]),
            percent(row["test_accuracy"]),
            percent_interval(row["ci_low"], row["ci_high"]),
            file_size(row["bytes"]),
            duration(row["train_seconds"]),
        )
    return table


def _report_path(catalog: CatalogProtocol, run_params: dict[str, Any]) -> str | None:
    """Find where the report was saved, from the project's folder where it lies below that."""
    filepath = getattr(catalog.get("report_html"), "_filepath", None)
    if filepath is None:  # a run whose catalog keeps the report in memory
        return None
    path, project = Path(filepath), Path(run_params.get("project_path") or ".").resolve()
    return str(path.relative_to(project) if path.is_relative_to(project) else path)
