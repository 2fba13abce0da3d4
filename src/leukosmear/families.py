"""Which pipeline trains a model: one for networks, one for scikit-learn estimators."""

from kedro.framework.project import settings
from kedro.pipeline import Pipeline

from leukosmear.estimators.pipeline import create_estimator_pipeline
from leukosmear.training.pipeline import create_network_pipeline

FAMILIES = {"network": create_network_pipeline, "estimator": create_estimator_pipeline}


def create_model_pipelines(pipeline: str) -> Pipeline:
    """Sum the pipelines of all models that `settings.MODELS` lists for a pipeline.

    Args:
        pipeline: A key of `MODELS`, such as `"modelling"`.
    """
    models = settings.MODELS[pipeline]
    return sum((FAMILIES[family](model) for model, family in models.items()), Pipeline([]))
