"""Wiring of the family of scikit-learn estimators, to be instantiated once for each model."""

from kedro.pipeline import Node, Pipeline

from leukosmear.estimators.nodes import fit_estimator, predict_with_estimator
from leukosmear.model_outputs import note_file_size
from leukosmear.pipelines.namespacing import for_model

SHARED = {"pixel_features", "split_manifest"}


def create_estimator_pipeline(model: str) -> Pipeline:
    """Fit the estimator whose parameters stand under `model`, and apply it."""
    base = Pipeline(
        [
            Node(
                fit_estimator,
                inputs=["params:name", "pixel_features", "split_manifest", "params:estimator"],
                outputs=["estimator@skops", "training"],
                name="fit_estimator",
            ),
            Node(
                predict_with_estimator,
                inputs=["estimator@skops", "pixel_features", "split_manifest"],
                outputs="predictions",
                name="predict_with_estimator",
            ),
            Node(note_file_size, inputs="estimator@bytes", outputs="file_bytes", name="weigh_estimator"),
        ]
    )
    return for_model(base, model, SHARED)
