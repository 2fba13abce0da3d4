"""Nodes that turn the predictions of one model into its numbers and tables."""

import pandas as pd

from leukosmear.evaluation import evaluate
from leukosmear.pipelines.reporting.contracts import ModelMetrics, Training


def score_model(predictions: pd.DataFrame, training: Training, file_bytes: int, confidence: float) -> ModelMetrics:
    """Score a model on its validation and test images.

    Args:
        predictions: One row per image; columns `image_id`, `split`, `label` and one `p_<class>` per class.
        training: How the model came about.
        file_bytes: Size of the saved model on disk, in bytes.
        confidence: Confidence level of the intervals, between 0 and 1.

    Returns:
        The evaluator's results on both splits, with what is known about the model's cost.

    Raises:
        ValueError: Where the predictions break their contract.
    """
    return ModelMetrics(
        model=training["model"],
        training=training,
        file_bytes=file_bytes,
        validation=evaluate(predictions, "validation", confidence),
        test=evaluate(predictions, "test", confidence),
    )


def report_classification(metrics: ModelMetrics) -> pd.DataFrame:
    """Tabulate the usual scores on the test images.

    Args:
        metrics: Everything that is known about the model.

    Returns:
        One row per class, then the macro and the weighted average; columns `class`, `precision`, `recall`,
        `specificity`, `f1`, `auc` (all 0 to 1; empty where undefined) and `support` (images).
    """
    test = metrics["test"]
    columns = ["class", "precision", "recall", "specificity", "f1", "auc", "support"]
    rows: list[dict[str, object]] = [{"class": name, **scores} for name, scores in test["per_class"].items()]
    rows.append({"class": "macro average", **test["macro"], "auc": test["macro_auc"], "support": test["n"]})
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
