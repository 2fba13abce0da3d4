"""The record of a run, for what nodes cannot know."""

import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from kedro.framework.context import KedroContext
from kedro.framework.hooks import hook_impl
from kedro.io import CatalogProtocol, DatasetError
from kedro.pipeline.node import Node

from leukosmear.provenance import describe_code, describe_commit, describe_machine, installed_versions

# The dataset that tells nodes how the run went so far.
RECORD = "run_record"


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
            "code": describe_code(),
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
