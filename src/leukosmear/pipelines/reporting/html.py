"""The report as one HTML file that opens from disk, without a network."""

import base64
from pathlib import Path
from typing import Any

import pandas as pd
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from leukosmear.pipelines.reporting import formatting
from leukosmear.pipelines.reporting.contracts import ModelMetrics
from leukosmear.pipelines.reporting.parameters import PaperFigures, ReportingParameters
from leukosmear.pipelines.reporting.summary import (
    count_split,
    describe_model,
    installed_versions,
    share_with_partner,
)

# Long lists of files belong in the validation report on disk.
_MAX_DETAILS = 12


def render_section(
    metrics: ModelMetrics,
    per_class_table: pd.DataFrame,
    confusion_matrix_figure: str,
    roc_figure: str,
    training_curves_figure: str | None = None,
) -> str:
    """Render the part of the report that is about one model.

    Args:
        metrics: Everything that is known about the model.
        per_class_table: Its table in the paper's columns.
        confusion_matrix_figure: Text of an SVG.
        roc_figure: Text of an SVG.
        training_curves_figure: Text of an SVG; None for models that are not trained in epochs.

    Returns:
        A fragment of HTML, a `<details>` element.
    """
    return (
        _templates()
        .get_template("section.html.j2")
        .render(
            metrics=metrics,
            per_class=_records(per_class_table),
            confusion_matrix_figure=confusion_matrix_figure,
            roc_figure=roc_figure,
            training_curves_figure=training_curves_figure,
        )
    )


def render_report(
    reporting: ReportingParameters,
    paper: PaperFigures,
    model_table: pd.DataFrame,
    table_1: pd.DataFrame,
    table_1_figure: str,
    paper_per_class: pd.DataFrame,
    paper_scores: pd.DataFrame,
    validation_report: dict[str, Any],
    class_distribution_table: pd.DataFrame,
    class_distribution_figure: str,
    image_size_table: pd.DataFrame,
    image_size_figure: str,
    split_manifest: pd.DataFrame,
    augmentation_figure: str,
    **report_sections: str,
) -> str:
    """Render the report.

    Args:
        reporting: Title, notes, and which model stands for the paper's.
        paper: What is quoted from the paper.
        model_table: The table of all models.
        table_1: The paper's Table 1 beside ours.
        table_1_figure: Text of an SVG, as all figures.
        paper_per_class: The paper's table per class beside ours.
        paper_scores: Figures of the paper's text beside ours.
        validation_report: Checks of the data set, with their verdicts.
        class_distribution_table: Columns `label`, `n_images` and `share`.
        class_distribution_figure: The same as a figure.
        image_size_table: Columns `label`, `width`, `height`, `mode`, `format` and `n_images`.
        image_size_figure: The same as a figure.
        split_manifest: One row per image; columns `image_id`, `label` and `split`.
        augmentation_figure: Training images as the networks see them.
        **report_sections: A section of `render_section` per model.

    Returns:
        A whole HTML document without references to other files.
    """
    models = [describe_model(row) for row in _records(model_table)]
    values = {
        "reporting": reporting,
        "paper": paper,
        "models": models,
        "best": max(models, key=lambda row: row["test_accuracy"]),
        "proposed": next(row for row in models if row["model"] == reporting.proposed_model),
        "table_1": _records(table_1),
        "paper_per_class": _records(paper_per_class),
        "paper_scores": _records(paper_scores),
        "checks": validation_report["checks"],
        "max_details": _MAX_DETAILS,
        "classes": _records(class_distribution_table),
        "sizes": _records(image_size_table),
        "split": _records(count_split(split_manifest)),
        "same_field": share_with_partner(split_manifest, "field_id"),
        "same_acquisition": share_with_partner(split_manifest, "acquisition_id"),
        "accelerators": list(dict.fromkeys(model_table["accelerator"])),
        "versions": installed_versions(),
        "figures": {
            "table_1": table_1_figure,
            "class_distribution": class_distribution_figure,
            "image_size": image_size_figure,
            "augmentation": augmentation_figure,
        },
        # The sections come out of this module's own template, which has escaped them already.
        "sections": [Markup(section) for section in report_sections.values()],
    }
    return _templates().get_template("report.html.j2").render(values)


def _templates() -> Environment:
    """Make the environment of the templates; everything put into them is escaped."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        percent=formatting.percent,
        count=formatting.count,
        decimal=formatting.decimal,
        file_size=formatting.file_size,
        duration=formatting.duration,
        data_uri=_data_uri,
    )
    environment.globals.update(percent_interval=formatting.percent_interval, missing=formatting.MISSING)
    return environment


def _data_uri(svg: str) -> str:
    """Turn the text of an SVG into an address that holds it whole.

    As an image, unlike inline, an SVG runs no scripts, and the ids of several do not clash.
    """
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode("utf-8")).decode("ascii")


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Turn a table into rows whose missing values are None, whatever the table came from."""
    return [
        {str(key): None if pd.isna(value) else value for key, value in row.items()} for row in table.to_dict("records")
    ]
