"""Hooks into Kedro's runs."""

import difflib
import logging
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pandas as pd
from kedro.framework.context import KedroContext
from kedro.framework.hooks import hook_impl
from kedro.framework.project import pipelines
from kedro.io import CatalogProtocol
from kedro.pipeline import Pipeline
from rich.console import Console
from rich.table import Table

logger = logging.getLogger(__name__)

# Values of `--params` that the catalog takes, not a node.
CATALOG_SETTINGS = frozenset({"raw_images", "archive"})


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


class RunSummary:
    """Prints what a run has found, where it made the table of all models; silent otherwise."""

    @hook_impl
    def after_pipeline_run(self, run_params: dict[str, Any], pipeline: Pipeline, catalog: CatalogProtocol) -> None:
        """Print the table of models and the path of the report.

        A summary that cannot be made is logged, and never turns a good run into a failed one.

        Args:
            run_params: How the run was started; its project path shortens the path of the report.
            pipeline: The nodes that ran.
            catalog: Where their results are.
        """
        if "model_table" not in pipeline.all_outputs():
            return
        try:
            table = _summary_table(catalog.load("model_table"), catalog.load("params:reporting.confidence"))
            report = _report_path(catalog, run_params) if "report_html" in pipeline.all_outputs() else None
        except Exception as error:
            logger.warning("The run is done, but its summary cannot be printed: %s", error)
            return
        console = Console()
        console.print(table)
        if report:
            console.print(f"Report: {report}", soft_wrap=True, highlight=False, markup=False)


def _summary_table(models: pd.DataFrame, confidence: float) -> Table:
    """Lay out the table of models for a terminal."""
    # Imported late, since Kedro loads the hooks for every command, and most print no summary.
    from leukosmear.pages.formatting import duration, file_size, percent, percent_interval

    table = Table(title="Accuracy on the test images")
    table.add_column("model", no_wrap=True)
    for heading in ("accuracy", f"{confidence:.0%} interval", "size on disk", "training"):
        table.add_column(heading, justify="right")
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
