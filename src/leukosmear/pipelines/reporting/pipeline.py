"""Wiring of the reporting pipeline: scores, figures, and the section of each model; what spans models is beside."""

from collections.abc import Sequence

from kedro.pipeline import Node, Pipeline

from leukosmear.evaluation.tables import report_classification, tabulate_classes
from leukosmear.figures.curves import draw_curves, draw_reliability, draw_training_curves
from leukosmear.figures.matrices import draw_confusion_matrix
from leukosmear.models import MODELS, Model
from leukosmear.namespacing import as_one_box, for_model
from leukosmear.pipelines.reporting.all_models_pipeline import compare, hold_against_paper, look
from leukosmear.pipelines.reporting.nodes import score_model
from leukosmear.pipelines.reporting.pages_pipeline import render_pages
from leukosmear.pipelines.reporting.sections import render_model

SHARED = {"split", "params:evaluation"}


def create_pipeline(models: Sequence[Model] = MODELS) -> Pipeline:
    """From every model's predictions to its scores, the tables over all models, and the pages."""
    each = [for_model(_model_pipeline(model.family), model.name, SHARED) for model in models]
    overall = compare(models) + look(models) + hold_against_paper(models) + render_pages(models)
    return sum(each, as_one_box(overall, "reporting")).tag("reporting")


def _model_pipeline(family: str) -> Pipeline:
    """Score and draw one model; networks have a history of training besides."""
    figures = ["confusion_matrix_figure", "roc_pr_figure", "reliability_figure"]
    nodes = [
        Node(
            score_model,
            inputs=["predictions", "split", "training", "usage", "params:evaluation"],
            outputs="metrics",
            name="score_model",
        ),
        Node(report_classification, "metrics", "classification_report", name="report_classification"),
        Node(tabulate_classes, "metrics", "per_class_table", name="tabulate_classes"),
        Node(draw_confusion_matrix, "metrics", "confusion_matrix_figure", name="draw_confusion_matrix"),
        Node(
            draw_curves,
            inputs=["predictions", "metrics", "split", "params:evaluation"],
            outputs="roc_pr_figure",
            name="draw_curves",
        ),
        Node(draw_reliability, "metrics", "reliability_figure", name="draw_reliability"),
    ]
    if family == "network":
        figures.append("training_curves_figure")
        inputs = ["history", "training"]
        nodes.append(Node(draw_training_curves, inputs, "training_curves_figure", name="draw_training_curves"))
    else:
        figures.append("importance_figure")
    section = {name: name for name in ("metrics", "per_class_table", *figures)}
    nodes.append(Node(render_model, section, "report_section", name="render_model"))
    return Pipeline(nodes)
