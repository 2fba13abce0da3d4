"""Wiring of the cross_validation pipeline."""

from collections.abc import Iterable

from kedro.pipeline import Node, Pipeline

from leukosmear.evaluation.folds import score_folds, tabulate_folds
from leukosmear.figures.cross_validation import draw_cross_validation
from leukosmear.models import MODELS, Model
from leukosmear.namespacing import bind, for_model
from leukosmear.pipelines.cross_validation.nodes import cross_validate_estimator, cross_validate_network


def create_pipeline(models: Iterable[Model] = MODELS) -> Pipeline:
    """From the table of splits to what each model reaches over all folds."""
    models = [model for model in models if model.cross_validated]
    predictions = {model.name: f"{model.name}_fold_predictions" for model in models}
    splits = {"splits": "splits"}
    parameters = {"cross_validation": "params:cross_validation", "evaluation": "params:evaluation"}
    scores = ["cross_validation_table", "cross_validation_by_fold", "params:cross_validation"]
    shared = Pipeline(
        [
            Node(score_folds, splits | parameters | predictions, "cross_validation_table", name="score_folds"),
            Node(tabulate_folds, splits | predictions, "cross_validation_by_fold", name="tabulate_folds"),
            Node(draw_cross_validation, scores, "cross_validation_figure", name="draw_cross_validation"),
        ]
    )
    return sum(map(_model_pipeline, models), shared).tag("cross_validation")


def _model_pipeline(model: Model) -> Pipeline:
    """Train one model in every fold."""
    if model.features is None:
        data, parameters = "model_images", ["params:network", "params:training", "params:augmentation"]
    else:
        data, parameters = model.features, ["params:estimator"]
    function = cross_validate_network if model.features is None else cross_validate_estimator
    node = Node(bind(function, model.name), [data, "splits", *parameters], "fold_predictions", name="cross_validate")
    return for_model(Pipeline([node]), model.name, {data, "splits", "params:augmentation"})
