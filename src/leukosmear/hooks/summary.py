"""What a run ends with on the terminal."""

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
from kedro.framework.hooks import hook_impl
from kedro.io import CatalogProtocol
from kedro.pipeline import Pipeline
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

logger = logging.getLogger(__name__)


# What else is worth naming at the end of a run, by the end of a dataset's name.
_PLACES = {
    "validation_html": "Data validation",
    "_export_table": "Formats of the network",
    "tuned_parameters": "Best parameters",
    "tuning_history_figure": "Trials",
}


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
        reference = catalog.load("params:cross_validation.reference")
        confidence = catalog.load("params:evaluation.confidence")
        yield _cross_validation_table(catalog.load("cross_validation_table"), reference, confidence)
        yield from _path("Figure", "cross_validation_figure", made, catalog, run_params)
    for name in sorted(made):
        for ending, title in _PLACES.items():
            if name.endswith(ending):
                yield from _path(title, name, made, catalog, run_params)


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
    """Lay out for a terminal what models reached over all folds."""
    from leukosmear.pages.formatting import MISSING, decimal, percent, percent_interval

    interval = f"{confidence:.0%} interval"
    first = models.iloc[0]
    title = f"Accuracy over {first['n_folds']} folds, protocol {first['protocol'].replace('_', ' ')}"
    table = _table(title, "accuracy", interval, "points*", interval)
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
    table.caption = f"{first['n_images']:,} images tested; * percentage points above {reference}"
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
