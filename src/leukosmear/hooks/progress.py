"""What one sees of a run: headings, lines of steps that take time, and on a terminal a bar."""

import logging
import sys
import time
from typing import TextIO

import rich
from kedro.framework.hooks import hook_impl
from kedro.framework.project import pipelines
from kedro.io import CatalogProtocol, DatasetError
from kedro.pipeline import Pipeline
from kedro.pipeline.node import Node
from rich.progress import BarColumn, Progress, TaskID, TaskProgressColumn, TextColumn, TimeRemainingColumn

from leukosmear.hooks.recording import RECORD

logger = logging.getLogger(__name__)

_WORTH_A_LINE = 2.0  # seconds
_USUAL = 0.5  # seconds of a node that never ran before


class RunProgress:
    """Says where a run is. How long each node took in the last run tells how much time is left."""

    def __init__(self) -> None:
        self._homes: dict[str, str] = {}
        self._expected: dict[str, float] = {}
        self._home, self._node, self._began = "", "", 0.0
        self._bar: Progress | None = None
        self._task = TaskID(0)

    @hook_impl
    def before_pipeline_run(self, pipeline: Pipeline, catalog: CatalogProtocol) -> None:
        """Put the nodes in order, look up how long each took before, and show a bar where there is a terminal.

        Kedro orders nodes by their dependencies alone, and so changes between pipelines some thirty times. No pipeline
        feeds one that is registered before it, so one after the other is an order of dependencies, too.

        Args:
            pipeline: The nodes that will run.
            catalog: Holds the record of earlier runs.
        """
        known = _seconds_of_earlier_runs(catalog)
        self._expected = {node.name: known.get(node.name, _USUAL) for node in pipeline.nodes}
        self._homes, self._home, self._node = _find_homes(), "", ""
        stages = list(dict.fromkeys(self._homes.values()))
        pipeline.nodes = sorted(pipeline.nodes, key=lambda node: stages.index(self._homes[node.name]))
        console = rich.get_console()
        if console.is_terminal:
            columns = TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn()
            self._bar = Progress(*columns, console=console, transient=True)
            self._task = self._bar.add_task("", total=sum(self._expected.values()))
            before = sys.stdout
            self._bar.start()
            _redirect_log(before, sys.stdout)  # to the bar's, which keeps itself below what is written

    @hook_impl
    def before_dataset_loaded(self, node: Node) -> None:
        """Begin a node with the first of its inputs.

        Args:
            node: The node that it is loaded for.
        """
        self._begin(node.name)

    @hook_impl
    def before_node_run(self, node: Node) -> None:
        """Begin a node that has no inputs.

        Args:
            node: What will run.
        """
        self._begin(node.name)

    @hook_impl(tryfirst=True)  # what else is printed at the end would run into the bar
    def after_pipeline_run(self) -> None:
        """End the last node, and the bar."""
        self._end()
        self._close()

    @hook_impl(tryfirst=True)
    def on_pipeline_error(self) -> None:
        """End the bar."""
        self._close()

    def _begin(self, name: str) -> None:
        if name == self._node:
            return
        self._end()
        self._node, self._began = name, time.perf_counter()
        home = self._homes.get(name, "")
        if home not in ("", self._home):
            self._home = home
            logger.info("--- %s", home)
        if self._bar:
            self._bar.update(self._task, description=name)

    def _end(self) -> None:
        if not self._node:
            return
        seconds = time.perf_counter() - self._began
        if seconds >= _WORTH_A_LINE:
            logger.info("%s: %.1f s", self._node, seconds)
        if self._bar:
            self._bar.advance(self._task, self._expected.get(self._node, _USUAL))
        self._node = ""

    def _close(self) -> None:
        if self._bar:
            of_bar = sys.stdout
            self._bar.stop()
            self._bar = None
            _redirect_log(of_bar, sys.stdout)


def _find_homes() -> dict[str, str]:
    """Name by node the first registered pipeline that it is in."""
    homes: dict[str, str] = {}
    for name, pipeline in sorted(pipelines.items(), key=lambda item: item[0] == "__default__"):
        for node in pipeline.nodes:
            homes.setdefault(node.name, name)
    return homes


def _seconds_of_earlier_runs(catalog: CatalogProtocol) -> dict[str, float]:
    """Read how long each node took when it last ran; nothing where there is no record, or a broken one."""
    try:
        nodes = catalog.load(RECORD)["nodes"] if RECORD in catalog else {}
        return {name: float(node["seconds"]) for name, node in nodes.items()}
    except (DatasetError, KeyError, TypeError, ValueError, AttributeError):
        return {}


def _redirect_log(before: TextIO, now: TextIO) -> None:
    """Have what is logged to the standard output follow it: handlers keep what it was when they were made."""
    for handler in logging.getLogger().handlers:
        if isinstance(handler, logging.StreamHandler) and handler.stream is before:
            handler.setStream(now)
