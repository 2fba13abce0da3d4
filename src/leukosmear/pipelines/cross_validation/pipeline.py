"""Wiring of the cross_validation pipeline."""

from kedro.pipeline import Node, Pipeline

from leukosmear.evaluation.folds import draw_cross_validation, score_folds, tabulate_folds
from leukosmear.models import MODELS, Model
from leukosmear.namespacing import bind, for_model
from leukosmear.pipelines.cross_validation.nodes import (
    cross_validate_estimator,
    cross_validate_network,
    deal_folds,
)


def create_pipeline() -> Pipeline:
    """From the accepted images to what each model reaches on acquisitions that it did not learn from."""
    models = [model for model in MODELS if model.cross_validated]
    predictions = {f"{model.name}_folds": f"{model.name}_folds" for model in models}
    manifests = {"fold_manifests": "fold_manifests"}
    parameters = {"cross_validation": "params:cross_validation", "evaluation": "params:evaluation"}
    shared = Pipeline(
        [
            Node(deal_folds, ["accepted_images", "params:split"], "fold_manifests", name="deal_folds"),
            Node(
                score_folds,
                inputs=manifests | parameters | predictions,
                outputs="cross_validation_table",
                name="score_folds",
            ),
            Node(tabulate_folds, manifests | predictions, "cross_validation_by_fold", name="tabulate_folds"),
            Node(
                draw_cross_validation,
                inputs=["cross_validation_table", "cross_validation_by_fold", "params:cross_validation"],
                outputs="cross_validation_figure",
                name="draw_cross_validation",
            ),
        ]
    )
    return sum(map(_model_pipeline, models), shared).tag("cross_validation")


def _model_pipeline(model: Model) -> Pipeline:
    """Train one model in every fold."""
    if model.features is None:
        data, parameters = "model_images", ["params:network", "params:training", "params:augmentation"]
    else:
        data, parameters = model.features, ["params:estimator", "params:split"]
    function = cross_validate_network if model.features is None else cross_validate_estimator
    inputs = [data, "fold_manifests", *parameters]
    node = Node(bind(function, model.name), inputs, "folds", name="cross_validate")
    return for_model(Pipeline([node]), model.name, {data, "fold_manifests", "params:augmentation", "params:split"})
