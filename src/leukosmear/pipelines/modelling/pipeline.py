"""Wiring of the modelling pipeline."""

from kedro.pipeline import Pipeline

from leukosmear.families import create_model_pipelines


def create_pipeline() -> Pipeline:
    """Train and apply the networks that models.py declares for `modelling`."""
    return Pipeline(create_model_pipelines("modelling"), tags=["modelling"])
