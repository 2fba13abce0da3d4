"""Wiring of the reporting pipeline."""

from kedro.framework.project import settings
from kedro.pipeline import Node, Pipeline

from leukosmear.pipelines.namespacing import for_model
from leukosmear.pipelines.reporting.figures import (
    draw_confusion_matrix,
    draw_roc,
    draw_table_1,
    draw_training_curves,
)
from leukosmear.pipelines.reporting.html import render_report, render_section
from leukosmear.pipelines.reporting.nodes import report_classification, score_model, tabulate_classes
from leukosmear.pipelines.reporting.tables import (
    compare_classes,
    compare_scores,
    tabulate_models,
    tabulate_table_1,
)


def create_pipeline() -> Pipeline:
    """From every model's predictions to its scores, the tables over all models, and the report."""
    families = {name: family for models in settings.MODELS.values() for name, family in models.items()}
    models = [
        for_model(_model_pipeline(family), name, shared={"params:reporting.confidence"})
        for name, family in families.items()
    ]
    return sum(models, _comparison_pipeline(list(families))).tag("reporting")


def _model_pipeline(family: str) -> Pipeline:
    """Score and draw one model; networks have a history of training besides."""
    section = {name: name for name in ("metrics", "per_class_table", "confusion_matrix_figure", "roc_figure")}
    nodes = [
        Node(
            score_model,
            inputs=["predictions", "training", "file_bytes", "params:reporting.confidence"],
            outputs="metrics",
            name="score_model",
        ),
        Node(report_classification, "metrics", "classification_report", name="report_classification"),
        Node(tabulate_classes, "metrics", "per_class_table", name="tabulate_classes"),
        Node(draw_confusion_matrix, "metrics", "confusion_matrix_figure", name="draw_confusion_matrix"),
        Node(draw_roc, "predictions", "roc_figure", name="draw_roc"),
    ]
    if family == "network":
        section["training_curves_figure"] = "training_curves_figure"
        nodes.append(
            Node(
                draw_training_curves,
                inputs=["history", "training"],
                outputs="training_curves_figure",
                name="draw_training_curves",
            )
        )
    nodes.append(Node(render_section, section, "report_section", name="render_section"))
    return Pipeline(nodes)


def _comparison_pipeline(models: list[str]) -> Pipeline:
    """Compare all models with each other and with the paper, and write the report."""
    metrics = [f"{name}_metrics" for name in models]
    with_paper = ["params:reporting", "params:paper", *metrics]
    report = (
        "model_table",
        "table_1",
        "table_1_figure",
        "paper_per_class",
        "paper_scores",
        "validation_report",
        "class_distribution_table",
        "class_distribution_figure",
        "image_size_table",
        "image_size_figure",
        "split_manifest",
        "split_leakage",
        "split_figure",
        "augmentation_figure",
        *(f"{name}_report_section" for name in models),
    )
    return Pipeline(
        [
            Node(tabulate_models, ["params:reporting", *metrics], "model_table", name="tabulate_models"),
            Node(tabulate_table_1, with_paper, "table_1", name="tabulate_table_1"),
            Node(draw_table_1, "table_1", "table_1_figure", name="draw_table_1"),
            Node(compare_classes, with_paper, "paper_per_class", name="compare_classes"),
            Node(compare_scores, with_paper, "paper_scores", name="compare_scores"),
            Node(
                render_report,
                inputs={"reporting": "params:reporting", "paper": "params:paper"} | {name: name for name in report},
                outputs="report_html",
                name="render_report",
            ),
        ]
    )
