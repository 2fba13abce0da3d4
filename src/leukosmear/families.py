"""Which pipeline trains a model: one for networks, one for scikit-learn estimators."""

from kedro.framework.project import settings
from kedro.pipeline import Pipeline

from leukosmear.estimators.pipeline import create_estimator_pipeline
from leukosmear.training.pipeline import create_network_pipeline


def create_model_pipelines(pipeline: str) -> Pipeline:
    """Sum the pipelines of all models that `settings.MODELS` lists for a pipeline.

    Args:
        pipeline: A key of `MODELS`, such as `"modelling"`.
    """
    models = settings.MODELS[pipeline]
    return sum((_create_model_pipeline(model, family) for model, family in models.items()), Pipeline([]))


def _create_model_pipeline(model: str, family: str) -> Pipeline:
    if family == "network":
        return create_network_pipeline(model)
    if family == "estimator" and model in settings.FEATURES:
        return create_estimator_pipeline(model, settings.FEATURES[model])
    raise ValueError(
        f"Expected '{model}' in MODELS of settings.py to be of the family network, or of the family estimator with a "
        f"table of features in FEATURES. Found the family '{family}', and features of {sorted(settings.FEATURES)}."
    )
