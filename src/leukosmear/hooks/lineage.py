"""Keeps beside each result what it was made from, and refuses results that do not belong together."""

import logging
import threading
from collections.abc import Iterable, Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from kedro.framework.context import KedroContext
from kedro.framework.hooks import hook_impl
from kedro.framework.project import pipelines
from kedro.io import CatalogProtocol
from kedro.pipeline import Pipeline
from kedro.pipeline.node import Node
from pydantic import ValidationError

from leukosmear.lineage.belonging import (
    Results,
    base_name,
    inputs_that_count,
    is_parameter,
    models_of_parameters,
    stale_nodes,
)
from leukosmear.lineage.differences import LineageError, command_for, explain, say_values
from leukosmear.lineage.records import Record, remove_made_from, write_record
from leukosmear.parameters.base import Parameters, look_up

logger = logging.getLogger(__name__)

_ALL = "__default__"


class Lineage:
    """Writes a record beside each dataset that a node saves, and checks the records of those that one loads.

    Before anything runs the inputs of the whole run are checked; during it each dataset when it is loaded, since a
    second run may have changed it. Spawned workers do not call hooks: what they save has no record, or one of something
    else, and is refused later.
    """

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._parameters: Mapping[str, Any] = {}
        self._models: dict[str, type[Parameters]] = {}
        self._values: dict[str, Any] = {}
        self._results: Results | None = None
        self._run: dict[str, Any] = {}
        self._made: set[str] = set()
        self._loaded: dict[tuple[str, str], str] = {}

    @hook_impl
    def after_context_created(self, context: KedroContext) -> None:
        """Remember the parameters.

        Args:
            context: Holds the configuration and the parameters of the command line.
        """
        # Not `context.params`: only blocks of the pipelines that run are models there.
        self._parameters = context.config_loader["parameters"]

    @hook_impl
    def before_pipeline_run(self, run_params: dict[str, Any], pipeline: Pipeline, catalog: CatalogProtocol) -> None:
        """Check all that the run does not make itself.

        Args:
            run_params: How the run was started.
            pipeline: The nodes that will run.
            catalog: Knows where results lie.

        Raises:
            LineageError: If results do not belong together, or not to the parameters.
        """
        nodes = list({node.name: node for one in (*pipelines.values(), pipeline) for node in one.nodes}.values())
        self._models, self._values = models_of_parameters(nodes), {}
        project = Path(run_params.get("project_path") or ".")
        self._run, self._made, self._loaded = run_params, {base_name(name) for name in pipeline.all_outputs()}, {}
        self._results = Results(catalog, nodes, self._values_of, project)
        self._require(self._results, [name for name in sorted(pipeline.inputs()) if not is_parameter(name)])

    @hook_impl
    def before_dataset_loaded(self, dataset_name: str, node: Node) -> None:
        """Check a dataset, and remember what it holds.

        Args:
            dataset_name: What will be loaded.
            node: The node that it is for.

        Raises:
            LineageError: If it does not belong to the rest.
        """
        if self._results is None or is_parameter(dataset_name) or dataset_name not in inputs_that_count(node):
            return
        with self._lock:
            self._require(self._results, [dataset_name])
            identity = self._results.identity(dataset_name)
            if identity is not None:
                self._loaded[node.name, base_name(dataset_name)] = identity

    @hook_impl
    def after_dataset_loaded(self, dataset_name: str, node: Node) -> None:
        """Check that a dataset was not replaced while it was loaded.

        Args:
            dataset_name: What was loaded.
            node: The node that it is for.

        Raises:
            LineageError: If it was.
        """
        before = self._loaded.get((node.name, base_name(dataset_name)))
        if self._results is None or before is None:
            return
        with self._lock:
            if self._results.identity(dataset_name) != before:
                raise LineageError(
                    f"Expected {dataset_name} to stay as it is while {node.name} loads it. Found another one: a second "
                    "run has replaced it. Run again when that has ended."
                )

    @hook_impl
    def before_dataset_saved(self, dataset_name: str, node: Node) -> None:
        """Warn where what is there was made with other parameters, or from other inputs of this run.

        Args:
            dataset_name: What will be saved.
            node: The node that made it.
        """
        if self._results is None or base_name(dataset_name) != base_name(node.outputs[0]):
            return
        place = self._results.place(dataset_name)
        record, changes = self._results.record(place) if place else (None, [])
        if record is None:
            return
        loaded = self._inputs_of(self._results, node)
        others = [
            name for name, sha in record.inputs.items() if loaded.get(name, sha) != sha and name not in self._made
        ]
        words = [f"with other parameters, {say_values(changes)}"] if changes else []
        words += [f"from another {name}" for name in sorted(others)]
        if words:
            logger.warning("%s replaces %s, which was made %s", node.name, dataset_name, "; ".join(words))

    @hook_impl
    def after_dataset_saved(self, dataset_name: str, node: Node) -> None:
        """Write the record of a dataset; after a model, remove what lies beside it and was made from the one before.

        Args:
            dataset_name: What was saved.
            node: The node that made it.
        """
        place = self._results.place(dataset_name) if self._results else None
        if self._results is None or place is None:
            return
        with self._lock:
            sha256 = self._results.hashes.of(place)
            if sha256 is None:
                return
            values = self._results.values(node)
            write_record(place, Record(sha256, node.name, self._inputs_of(self._results, node), values, _version()))
            if not self._results.is_model(dataset_name):
                return
            for file in remove_made_from(place, base_name(dataset_name), sha256):
                logger.debug("Removed %s, which was made from the %s before", file, dataset_name)

    def _inputs_of(self, results: Results, node: Node) -> dict[str, str]:
        loaders = {each.name for each in results.sources(node)}
        return {name: identity for (loader, name), identity in self._loaded.items() if loader in loaders}

    def _require(self, results: Results, names: Iterable[str]) -> None:
        verdicts = results.examine(names)
        if not any(verdict.stale for verdict in verdicts.values()):
            return
        reasons = {name: verdict.reasons for name, verdict in verdicts.items() if verdict.reasons}
        homes = {name: [node.name for node in one.nodes] for name, one in pipelines.items() if name != _ALL}
        command = command_for(
            stale_nodes(verdicts, results), homes, self._run.get("env"), self._run.get("runtime_params") or {}
        )
        raise LineageError(explain(reasons, command))

    def _values_of(self, name: str) -> Any:  # noqa: ANN401 - some parameters are plain values
        """Look a parameter's values up that results depend on."""
        if name not in self._values:
            self._values[name] = self._identify(name)
        return self._values[name]

    def _identify(self, name: str) -> Any:  # noqa: ANN401 - some parameters are plain values
        value = look_up(self._parameters, name) if name != "parameters" else self._parameters
        if name in self._models and isinstance(value, Mapping):
            try:
                return self._models[name](**value).identity()
            except ValidationError:
                return value  # of a pipeline that does not run; Kedro refuses it where it does
        return value


def _version() -> str:
    try:
        return version("leukosmear")
    except PackageNotFoundError:
        return "not installed"
