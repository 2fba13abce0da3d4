"""Which pipeline trains a model: one for networks, one for scikit-learn estimators."""

from collections.abc import Iterable

from kedro.pipeline import Pipeline

from leukosmear.estimators.pipeline import create_estimator_pipeline
from leukosmear.models import Model
from leukosmear.training.pipeline import create_network_pipeline


def create_model_pipelines(models: Iterable[Model], pipeline: str) -> Pipeline:
    """Sum the pipelines of all models that are trained in one.

    Args:
        models: All that there are.
        pipeline: `"modelling"` or `"baselines"`.
    """
    chosen = (_create_model_pipeline(model) for model in models if model.pipeline == pipeline)
    return sum(chosen, Pipeline([]))


def _create_model_pipeline(model: Model) -> Pipeline:
    if model.features is None:
        return create_network_pipeline(model.name)
    return create_estimator_pipeline(model.name, model.features)
