"""Wiring of the cross_validation pipeline."""

from kedro.framework.project import settings
from kedro.pipeline import Node, Pipeline

from leukosmear.evaluation.folds import draw_cross_validation, score_folds, tabulate_folds
from leukosmear.namespacing import for_model, require_models
from leukosmear.pipelines.cross_validation.nodes import (
    cross_validate_estimator,
    cross_validate_network,
    deal_folds,
)


def create_pipeline() -> Pipeline:
    """From the accepted images to what each model reaches on acquisitions that it did not learn from."""
    families = {name: family for models in settings.MODELS.values() for name, family in models.items()}
    require_models("CROSS_VALIDATED", settings.CROSS_VALIDATED, families)
    models = [_model_pipeline(name, families[name]) for name in settings.CROSS_VALIDATED]
    predictions = {f"{name}_folds": f"{name}_folds" for name in settings.CROSS_VALIDATED}
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
    return sum(models, shared).tag("cross_validation")


def _model_pipeline(model: str, family: str) -> Pipeline:
    """Train one model in every fold."""
    if family == "network":
        shared = {"model_images", "fold_manifests", "params:augmentation"}
        inputs = ["params:name", "model_images", "fold_manifests", "params:network", "params:training"]
        node = Node(cross_validate_network, [*inputs, "params:augmentation"], "folds", name="cross_validate")
    else:
        features = settings.FEATURES[model]
        shared = {features, "fold_manifests", "params:split"}
        inputs = ["params:name", features, "fold_manifests", "params:estimator", "params:split"]
        node = Node(cross_validate_estimator, inputs, "folds", name="cross_validate")
    return for_model(Pipeline([node]), model, shared)
