"""Wiring of the family of scikit-learn estimators, to be instantiated once for each model."""

from kedro.pipeline import Node, Pipeline

from leukosmear.estimators.importance import draw_importance, measure_importance
from leukosmear.estimators.nodes import apply_estimator, fit_estimator
from leukosmear.namespacing import bind, for_model
from leukosmear.prediction.usage import SHARED_INPUTS, describe_estimator_usage, usage_inputs


def create_estimator_pipeline(model: str, features: str) -> Pipeline:
    """Fit the estimator whose parameters stand under `model`, apply it, and measure what it relies on.

    Args:
        model: Name of the model.
        features: Dataset with the features that it works on.
    """
    parameters = ["params:features", "params:pixel_features"]
    base = Pipeline(
        [
            Node(
                bind(fit_estimator, model),
                inputs=[features, "split", "params:estimator"],
                outputs=["estimator@skops", "training"],
                name="fit_estimator",
            ),
            Node(
                bind(apply_estimator, table=features),
                inputs=[
                    "estimator@skops",
                    features,
                    "split",
                    "raw_images",
                    "accepted_images",
                    "preparations",
                    *parameters,
                ],
                outputs=["predictions", "milliseconds"],
                name="apply_estimator",
            ),
            Node(
                bind(describe_estimator_usage, features),
                inputs=usage_inputs("estimator@file") | {name.split(":")[1]: name for name in parameters},
                outputs="usage",
                name="describe_usage",
            ),
            Node(
                measure_importance,
                inputs=["estimator@skops", features, "split", "params:estimator", "params:importance"],
                outputs="importance",
                name="measure_importance",
            ),
            Node(
                bind(draw_importance, model),
                inputs="importance",
                outputs="importance_figure",
                name="draw_importance",
            ),
        ]
    )
    shared = {features, "raw_images", "split", "params:importance", *SHARED_INPUTS.values(), *parameters}
    return for_model(base, model, shared)
