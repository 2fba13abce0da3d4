"""Wiring of the modelling pipeline."""

from collections.abc import Iterable

from kedro.pipeline import Pipeline

from leukosmear.families import create_model_pipelines
from leukosmear.models import MODELS, Model


def create_pipeline(models: Iterable[Model] = MODELS) -> Pipeline:
    """Train and apply the networks that models.py declares for `modelling`."""
    return Pipeline(create_model_pipelines(models, "modelling"), tags=["modelling"])
