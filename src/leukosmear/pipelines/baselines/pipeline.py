"""Wiring of the baselines pipeline."""

from collections.abc import Iterable

from kedro.pipeline import Pipeline

from leukosmear.families import create_model_pipelines
from leukosmear.models import MODELS, Model


def create_pipeline(models: Iterable[Model] = MODELS) -> Pipeline:
    """Train and apply the models that models.py declares for `baselines`, on the same split of the same images."""
    return Pipeline(create_model_pipelines(models, "baselines"), tags=["baselines"])
