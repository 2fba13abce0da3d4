"""Wiring of the baselines pipeline."""

from kedro.pipeline import Pipeline

from leukosmear.families import create_model_pipelines
from leukosmear.pipelines.baselines.features_pipeline import create_features_pipeline


def create_pipeline() -> Pipeline:
    """Train and apply the models of the `baselines` list in the settings, on the same split of the same images."""
    return Pipeline(create_features_pipeline() + create_model_pipelines("baselines"), tags=["baselines"])
