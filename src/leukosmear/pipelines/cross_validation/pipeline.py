"""Wiring of the cross_validation pipeline."""

from kedro.framework.project import settings
from kedro.pipeline import Node, Pipeline

from leukosmear.evaluation.folds import draw_cross_validation, score_folds, tabulate_folds
from leukosmear.namespacing import for_model, require_models
from leukosmear.pipelines.cross_validation.nodes import cross_validate_estimator, cross_validate_network


def create_pipeline() -> Pipeline:
    """From the table of splits to what each model reaches over all folds."""
    families = {name: family for models in settings.MODELS.values() for name, family in models.items()}
    require_models("CROSS_VALIDATED", settings.CROSS_VALIDATED, families)
    models = [_model_pipeline(name, families[name]) for name in settings.CROSS_VALIDATED]
    predictions = {name: f"{name}_fold_predictions" for name in settings.CROSS_VALIDATED}
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
    return sum(models, shared).tag("cross_validation")


def _model_pipeline(model: str, family: str) -> Pipeline:
    """Train one model in every fold."""
    if family == "network":
        shared = {"model_images", "splits", "params:augmentation"}
        inputs = ["params:name", "model_images", "splits", "params:network", "params:training", "params:augmentation"]
        node = Node(cross_validate_network, inputs, "fold_predictions", name="cross_validate")
    else:
        features = settings.FEATURES[model]
        shared = {features, "splits"}
        inputs = ["params:name", features, "splits", "params:estimator"]
        node = Node(cross_validate_estimator, inputs, "fold_predictions", name="cross_validate")
    return for_model(Pipeline([node]), model, shared)
