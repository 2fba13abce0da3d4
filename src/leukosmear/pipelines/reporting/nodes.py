"""Nodes that score models and compare them."""

from typing import Any

import pandas as pd

from leukosmear.evaluation import ModelComparison, ModelMetrics, Training, compare_models, evaluate_model
from leukosmear.parameters import EvaluationParameters


def score_model(
    predictions: pd.DataFrame,
    split: pd.DataFrame,
    training: Training,
    usage: dict[str, Any],
    evaluation: EvaluationParameters,
) -> ModelMetrics:
    """Score a model on its validation and test images.

    Args:
        predictions: One row per image; columns `image_id`, `side`, `label` and one `p_<class>` per class.
        split: Columns `image_id`, `field_id` and `acquisition_id`: the groups that the bootstrap draws.
        training: How the model came about.
        usage: Size of the model's file, and time for one image.
        evaluation: Confidence level, bootstrap, calibration and the clinical reading.

    Returns:
        The evaluator's results, with what is known about the model's cost.

    Raises:
        ValueError: Where the predictions break their contract.
    """
    return ModelMetrics(
        model=training["model"],
        training=Training(**training, latency_ms=usage["milliseconds"]),
        file_bytes=usage["weights"]["n_bytes"],
        **evaluate_model(predictions, split, evaluation),
    )


def compare_all_models(
    split: pd.DataFrame, evaluation: EvaluationParameters, **predictions: pd.DataFrame
) -> ModelComparison:
    """Compare every model with every other on the same test images.

    Args:
        split: Columns `image_id`, `field_id` and `acquisition_id`.
        evaluation: Confidence level and bootstrap.
        **predictions: The predictions of each model, by its name.

    Returns:
        McNemar's test with Holm's correction and the difference in accuracy for each pair, and how far the models
        agree.
    """
    return compare_models(predictions, "test", split, evaluation)
