"""Numbers of the evaluator as tables."""

from typing import Any

import pandas as pd

from leukosmear.evaluation.results import ModelComparison, ModelMetrics


def accuracy_interval(metrics: ModelMetrics) -> tuple[list[float], str]:
    """Choose the interval of the accuracy on the test images.

    Images of one acquisition resemble each other, so the bootstrap over groups comes first. Without a mistake, or
    with nothing else, it has no width; Wilson's interval of the images still has one.

    Args:
        metrics: Everything that is known about the model.

    Returns:
        Lower and upper bound, 0 to 1; and what was drawn: acquisitions, fields of view or images.
    """
    bootstrap = metrics["bootstrap"]["overall"]["accuracy"]
    if bootstrap is None or bootstrap[0] == bootstrap[1]:
        return metrics["test"]["accuracy_interval"], "images"
    units = {"acquisition_id": "acquisitions", "field_id": "fields of view", "image_id": "images"}
    return bootstrap, units[metrics["bootstrap"]["resampling"]["unit"]]


def tabulate_comparison(comparison: ModelComparison) -> pd.DataFrame:
    """Lay out the comparison of all pairs of models as a table.

    Args:
        comparison: What `compare_models` found.

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


def largest_share(split: pd.DataFrame) -> float:
    """Compute the share of the largest class among the test images: what always naming it gets right.

    Args:
        split: Columns `label` and `side`.
    """
    test_labels = split.loc[split["side"] == "test", "label"]
    return float(test_labels.value_counts(normalize=True).max())


def pairs_of(model: str, comparison: ModelComparison) -> list[dict[str, Any]]:
    """Select the pairs of one model, turned so that it comes first.

    Args:
        model: Name of the model.
        comparison: What `compare_models` found.

    Returns:
        For each other model `other` (its name), `only_this` and `only_other` (images that only one was right on),
        `difference` (accuracy of the model less that of the other, -1 to 1) with `low` and `high`, and `p_value_holm`.
    """
    pairs = []
    for pair in comparison["pairs"]:
        if model not in (pair["model_a"], pair["model_b"]):
            continue
        low, high = pair["difference_interval"] or (None, None)
        turned = {"other": pair["model_b"], "only_this": pair["only_a_right"], "only_other": pair["only_b_right"]}
        turned |= {"difference": pair["difference"], "low": low, "high": high}
        if model == pair["model_b"]:
            turned |= {"other": pair["model_a"], "only_this": pair["only_b_right"], "only_other": pair["only_a_right"]}
            turned |= {"difference": -pair["difference"], "low": _turn(high), "high": _turn(low)}
        pairs.append(turned | {"p_value_holm": pair["p_value_holm"]})
    return pairs


def _turn(difference: float | None) -> float | None:
    return None if difference is None else -difference
