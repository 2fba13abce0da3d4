"""The report as one HTML file that opens from disk, without a network."""

from pathlib import Path
from typing import Any

import pandas as pd
from markupsafe import Markup

from leukosmear.pages import page_environment, records
from leukosmear.pipelines.reporting.contracts import ModelMetrics
from leukosmear.pipelines.reporting.parameters import PaperFigures, ReportingParameters
from leukosmear.pipelines.reporting.summary import (
    count_split,
    describe_model,
    describe_protocol,
    installed_versions,
)

_TEMPLATES = page_environment(Path(__file__).parent / "templates")

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
    return _TEMPLATES.get_template("section.html.j2").render(
        metrics=metrics,
        per_class=records(per_class_table),
        confusion_matrix_figure=confusion_matrix_figure,
        roc_figure=roc_figure,
        training_curves_figure=training_curves_figure,
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
    split_leakage: dict[str, Any],
    split_figure: str,
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
        split_leakage: The protocol of the split, and what share of the test images has a relative in train.
        split_figure: How the acquisitions fall on the sides.
        augmentation_figure: Training images as the networks see them.
        **report_sections: A section of `render_section` per model.

    Returns:
        A whole HTML document without references to other files.
    """
    models = [describe_model(row) for row in records(model_table)]
    values = {
        "reporting": reporting,
        "paper": paper,
        "models": models,
        "best": max(models, key=lambda row: row["test_accuracy"]),
        "proposed": next(row for row in models if row["model"] == reporting.proposed_model),
        "table_1": records(table_1),
        "paper_per_class": records(paper_per_class),
        "paper_scores": records(paper_scores),
        "checks": validation_report["checks"],
        "max_details": _MAX_DETAILS,
        "classes": records(class_distribution_table),
        "sizes": records(image_size_table),
        "split": records(count_split(split_manifest)),
        "split_protocol": describe_protocol(split_leakage["protocol"]),
        "leakage": split_leakage,
        "accelerators": list(dict.fromkeys(model_table["accelerator"])),
        "versions": installed_versions(),
        "figures": {
            "table_1": table_1_figure,
            "class_distribution": class_distribution_figure,
            "image_size": image_size_figure,
            "split": split_figure,
            "augmentation": augmentation_figure,
        },
        # The sections come out of this module's own template, which has escaped them already.
        "sections": [Markup(section) for section in report_sections.values()],
    }
    return _TEMPLATES.get_template("report.html.j2").render(values)
