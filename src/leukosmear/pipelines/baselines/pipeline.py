"""Wiring of the baselines pipeline."""

from kedro.pipeline import Pipeline

from leukosmear.families import create_model_pipelines


def create_pipeline() -> Pipeline:
    """Train and apply the models of the `baselines` list in the settings, on the same split of the same images."""
    return Pipeline(create_model_pipelines("baselines"), tags=["baselines"])
