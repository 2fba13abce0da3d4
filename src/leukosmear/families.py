"""Which pipeline trains a model: one for networks, one for scikit-learn estimators."""

from kedro.pipeline import Pipeline

from leukosmear.estimators.pipeline import create_estimator_pipeline
from leukosmear.models import MODELS, Model
from leukosmear.training.pipeline import create_network_pipeline


def create_model_pipelines(pipeline: str) -> Pipeline:
    """Sum the pipelines of all models that are trained in one.

    Args:
        pipeline: `"modelling"` or `"baselines"`.
    """
    models = [model for model in MODELS if model.pipeline == pipeline]
    return sum((_create_model_pipeline(model) for model in models), Pipeline([]))


def _create_model_pipeline(model: Model) -> Pipeline:
    if model.features is None:
        return create_network_pipeline(model.name)
    return create_estimator_pipeline(model.name, model.features)
