"""Nodes that turn the predictions of the models into numbers and tables."""

from typing import Any

import pandas as pd

from leukosmear.evaluation import ModelComparison, compare_models, evaluate_model
from leukosmear.parameters import EvaluationParameters
from leukosmear.pipelines.reporting.contracts import ModelMetrics, Training


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


def tabulate_comparison(comparison: ModelComparison) -> pd.DataFrame:
    """Lay out the comparison of all pairs of models as a table.

    Args:
        comparison: What `compare_all_models` found.

    Returns:
        One row per pair; columns `model_a`, `model_b`, `only_a_right`, `only_b_right` (images), `difference` (accuracy
        of a less that of b, -1 to 1), `difference_low`, `difference_high`, `p_value` and `p_value_holm`.
    """
    rows = []
    for pair in comparison["pairs"]:
        low, high = pair["difference_interval"] or (None, None)
        rows.append(
            {
                "model_a": pair["model_a"],
                "model_b": pair["model_b"],
                "only_a_right": pair["only_a_right"],
                "only_b_right": pair["only_b_right"],
                "difference": pair["difference"],
                "difference_low": low,
                "difference_high": high,
                "p_value": pair["p_value"],
                "p_value_holm": pair["p_value_holm"],
            }
        )
    return pd.DataFrame(rows)


def report_classification(metrics: ModelMetrics) -> pd.DataFrame:
    """Tabulate the usual scores on the test images.

    Args:
        metrics: Everything that is known about the model.

    Returns:
        One row per class, then the macro and the weighted average; columns `class`, `precision`, `recall`,
        `specificity`, `npv`, `f1`, `auc`, `average_precision` (all 0 to 1; empty where undefined) and `support`
        (images).
    """
    test = metrics["test"]
    columns = ["class", "precision", "recall", "specificity", "npv", "f1", "auc", "average_precision", "support"]
    rows: list[dict[str, object]] = [{"class": name, **scores} for name, scores in test["per_class"].items()]
    macro = {"auc": test["macro_auc"], "average_precision": test["macro_average_precision"], "support": test["n"]}
    rows.append({"class": "macro average", **test["macro"], **macro})
    rows.append({"class": "weighted average", **test["weighted"], "support": test["n"]})
    return pd.DataFrame(rows, columns=columns)


def tabulate_classes(metrics: ModelMetrics) -> pd.DataFrame:
    """Tabulate the test images per class in the paper's four columns, and beside them what these leave out.

    The paper's "Total" is the number of images predicted as the class, so that its "Accuracy" is precision.

    Args:
        metrics: Everything that is known about the model.

    Returns:
        One row per class; columns `class`, the paper's `total`, `accurately_predicted`, `missed` (images) and
        `accuracy_percent`, then `n_images` (of the class, in truth) and `recall_percent`. Both percentages
        have `..._low` and `..._high` of a Wilson interval, and are empty where undefined.
    """
    rows = []
    for name, scores in metrics["test"]["per_class"].items():
        row = {
            "class": name,
            "total": scores["predicted"],
            "accurately_predicted": scores["right"],
            "missed": scores["predicted"] - scores["right"],
        }
        row |= percentages("accuracy_percent", scores["precision"], scores["precision_interval"])
        row |= {"n_images": scores["support"]}
        row |= percentages("recall_percent", scores["recall"], scores["recall_interval"])
        rows.append(row)
    return pd.DataFrame(rows)


def percentages(name: str, share: float | None, interval: list[float] | None) -> dict[str, float | None]:
    """Turn a share and its interval into columns of percent.

    Args:
        name: Name of the first column; the others end in `_low` and `_high`.
        share: Between 0 and 1, or None.
        interval: Its lower and upper bound, between 0 and 1, or None.

    Returns:
        Three values from 0 to 100, or None.
    """
    low, high = interval if interval else (None, None)
    shares = {name: share, f"{name}_low": low, f"{name}_high": high}
    return {key: None if value is None else 100 * value for key, value in shares.items()}
