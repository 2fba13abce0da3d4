"""Nodes that score models and compare them."""

from typing import Any

import pandas as pd

from leukosmear.evaluation import ModelComparison, ModelMetrics, Training, compare_models, evaluate_model
from leukosmear.parameters import EvaluationParameters
from leukosmear.splitting import require_same_split, require_trained_on


def score_model(
    predictions: pd.DataFrame,
    split: pd.DataFrame,
    training: Training,
    usage: dict[str, Any],
    evaluation: EvaluationParameters,
) -> ModelMetrics:
    """Score a model on its validation and test images.

    Args:
        predictions: `Predictions` of validation and test.
        split: The split that they were made for; the bootstrap draws its acquisitions or fields.
        training: How the model came about.
        usage: Size of the model's file, and time for one image.
        evaluation: Confidence level, bootstrap, calibration and the clinical reading.

    Returns:
        The evaluator's results, with what is known about the model's cost.

    Raises:
        ValueError: Where the predictions break their contract, or the model or they are of another split.
    """
    require_trained_on(training, split)
    require_same_split(predictions, split, f"the predictions of {training['model']}")
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
        split: The split that all were made for; the bootstrap draws its acquisitions or fields.
        evaluation: Confidence level and bootstrap.
        **predictions: `Predictions` of each model, by its name.

    Returns:
        McNemar's test with Holm's correction and the difference in accuracy for each pair, and how far the models
        agree.

    Raises:
        ValueError: If predictions are of another split.
    """
    for name, table in predictions.items():
        require_same_split(table, split, f"the predictions of {name}")
    return compare_models(predictions, "test", split, evaluation)
