"""Wiring of the family of scikit-learn estimators, to be instantiated once for each model."""

from kedro.pipeline import Node, Pipeline

from leukosmear.estimators.importance import draw_importance, measure_importance
from leukosmear.estimators.nodes import fit_estimator, predict_with_estimator
from leukosmear.namespacing import for_model
from leukosmear.prediction.outputs import note_file_size


def create_estimator_pipeline(model: str, features: str) -> Pipeline:
    """Fit the estimator whose parameters stand under `model`, apply it, and measure what it relies on.

    Args:
        model: Name of the model.
        features: Dataset with the features that it works on.
    """
    base = Pipeline(
        [
            Node(
                fit_estimator,
                inputs=["params:name", features, "split", "params:estimator"],
                outputs=["estimator@skops", "training"],
                name="fit_estimator",
            ),
            Node(
                predict_with_estimator,
                inputs=["estimator@skops", features, "split"],
                outputs="predictions",
                name="predict_with_estimator",
            ),
            Node(
                measure_importance,
                inputs=["estimator@skops", features, "split", "params:estimator", "params:importance"],
                outputs="importance",
                name="measure_importance",
            ),
            Node(
                draw_importance,
                inputs=["params:name", "importance"],
                outputs="importance_figure",
                name="draw_importance",
            ),
            Node(note_file_size, inputs="estimator@bytes", outputs="file_bytes", name="weigh_estimator"),
        ]
    )
    return for_model(base, model, {features, "split", "params:importance"})
