"""Wiring of the baselines pipeline."""

from kedro.pipeline import Node, Pipeline

from leukosmear.estimators.nodes import pixels_as_features
from leukosmear.families import create_model_pipelines


def create_pipeline() -> Pipeline:
    """Train and apply the models of the `baselines` list in the settings, on the same split of the same images."""
    features = Pipeline(
        [
            Node(
                pixels_as_features,
                inputs=["model_images", "params:pixel_features"],
                outputs="pixel_features",
                name="make_pixel_features",
            )
        ]
    )
    return Pipeline(features + create_model_pipelines("baselines"), tags=["baselines"])
