"""The evaluator: everything that is said about a model's predictions on one side.

Conventions where a figure is undefined:

- A figure without a denominator is None, and `undefined` says why. It is never NaN, which JSON lacks.
- Averages over classes leave out the classes of which the side has no image, as scikit-learn's balanced
  accuracy does. A class that has images but was never predicted counts with precision 0, as scikit-learn's
  `zero_division=0` does: the model missed it.
"""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from leukosmear.evaluation.curves import PrecisionRecallCurve, RocCurve, precision_recall_curves, roc_curves
from leukosmear.evaluation.intervals import proportion, wilson_interval
from leukosmear.evaluation.losses import log_losses
from leukosmear.evaluation.matrices import score_matrices
from leukosmear.evaluation.results import ALL_CLASSES, Averages, ClassScores, Evaluation, Undefined
from leukosmear.evaluation.scored_side import take_side

_WHY_UNDEFINED = {
    "cohen_kappa": "all images are of one class, and were predicted as it",
    "mcc": "all images are of one class, or were predicted as one",
    "macro_auc": "the side has images of one class only",
    "macro_average_precision": "the side has images of one class only",
}


def evaluate(predictions: pd.DataFrame, side: str, confidence: float = 0.95) -> Evaluation:
    """Score a model's predictions on one side.

    Args:
        predictions: One row per image; columns `image_id`, `side`, `label` and one `p_<class>` per class.
        side: Name of the side, such as "test".
        confidence: Confidence level of the Wilson intervals, between 0 and 1.

    Returns:
        Counts, shares with intervals, and the confusion matrix, whose rows are true classes and whose
        columns are predicted ones.

    Raises:
        ValueError: Where the table breaks its contract or lacks the side.
    """
    scored = take_side(predictions, side)
    matrix = scored.confusion_matrix
    scores = score_matrices(matrix).overall
    roc, precision_recall = roc_curves(scored), precision_recall_curves(scored)
    per_class = {
        name: _score_class(matrix, index, roc[name], precision_recall[name], confidence)
        for index, name in enumerate(scored.classes)
    }
    may_be_undefined = {
        "macro_auc": _mean(curve.auc for curve in roc.values()),
        "macro_average_precision": _mean(curve.average_precision for curve in precision_recall.values()),
        "cohen_kappa": _none_if_nan(scores["cohen_kappa"]),
        "mcc": _none_if_nan(scores["mcc"]),
    }
    n, n_right = int(matrix.sum()), int(np.trace(matrix))
    return Evaluation(
        side=side,
        n=n,
        classes=list(scored.classes),
        confidence=confidence,
        n_right=n_right,
        accuracy=n_right / n,
        accuracy_interval=list(wilson_interval(n_right, n, confidence)),
        balanced_accuracy=float(scores["balanced_accuracy"]),
        macro=_averages(scores, "macro"),
        weighted=_averages(scores, "weighted"),
        macro_auc=may_be_undefined["macro_auc"],
        macro_average_precision=may_be_undefined["macro_average_precision"],
        cohen_kappa=may_be_undefined["cohen_kappa"],
        mcc=may_be_undefined["mcc"],
        cross_entropy=float(log_losses(scored.truth, scored.probabilities).mean()),
        confusion_matrix=matrix.tolist(),
        per_class=per_class,
        undefined=_explain_undefined(per_class, may_be_undefined, {name: curve.reason for name, curve in roc.items()}),
    )


def _score_class(
    matrix: np.ndarray, index: int, roc: RocCurve, precision_recall: PrecisionRecallCurve, confidence: float
) -> ClassScores:
    """Score one class against the rest."""
    right = int(matrix[index, index])
    support, predicted = int(matrix[index].sum()), int(matrix[:, index].sum())
    n = int(matrix.sum())
    true_negatives = n - support - (predicted - right)
    precision, precision_interval = proportion(right, predicted, confidence)
    recall, recall_interval = proportion(right, support, confidence)
    specificity, specificity_interval = proportion(true_negatives, n - support, confidence)
    npv, npv_interval = proportion(true_negatives, n - predicted, confidence)
    return ClassScores(
        support=support,
        predicted=predicted,
        right=right,
        precision=precision,
        precision_interval=precision_interval,
        recall=recall,
        recall_interval=recall_interval,
        specificity=specificity,
        specificity_interval=specificity_interval,
        npv=npv,
        npv_interval=npv_interval,
        f1=proportion(2 * right, support + predicted)[0],
        auc=roc.auc,
        average_precision=precision_recall.average_precision,
    )


def _averages(overall: dict[str, np.ndarray], weighting: str) -> Averages:
    """Take the averages of one weighting from the figures of the confusion matrix."""
    precision, recall, f1 = (float(overall[f"{weighting}_{figure}"]) for figure in ("precision", "recall", "f1"))
    return Averages(precision=precision, recall=recall, f1=f1)


def _none_if_nan(value: np.ndarray) -> float | None:
    return None if np.isnan(value) else float(value)


def _mean(values: Iterable[float | None]) -> float | None:
    """Average the values that are defined."""
    defined = [value for value in values if value is not None]
    return sum(defined) / len(defined) if defined else None


def _explain_undefined(
    per_class: dict[str, ClassScores], overall: dict[str, float | None], curve_reasons: dict[str, str]
) -> list[Undefined]:
    """Say of every figure that is None why it is."""
    no_image, never = "the side has no image of this class", "no image was predicted as this class"
    explained = []
    for name, scores in per_class.items():
        reasons = {
            "precision": never if scores["precision"] is None else "",
            "recall": no_image if scores["recall"] is None else "",
            "specificity": "the side has no image of another class" if scores["specificity"] is None else "",
            "npv": "all images were predicted as this class" if scores["npv"] is None else "",
            "f1": f"{no_image}, and {never}" if scores["f1"] is None else "",
            "auc": curve_reasons[name],
            "average_precision": curve_reasons[name],
        }
        explained += [
            Undefined({"class": name, "figure": figure, "reason": reason})
            for figure, reason in reasons.items()
            if reason
        ]
    for figure, value in overall.items():
        if value is None:
            explained.append(Undefined({"class": ALL_CLASSES, "figure": figure, "reason": _WHY_UNDEFINED[figure]}))
    return explained
