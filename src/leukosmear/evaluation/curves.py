"""Curves of one class against the rest: receiver operating characteristic, and precision over recall."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from sklearn.metrics import auc, average_precision_score, precision_recall_curve, roc_curve

from leukosmear.evaluation.scored_side import ScoredSide


@dataclass(frozen=True)
class RocCurve:
    """How one class is told from the rest as the threshold on its probability falls.

    Attributes:
        false_positive_rate: float64 array of shape (m,), from 0 to 1; empty where undefined.
        true_positive_rate: float64 array of shape (m,), from 0 to 1; empty where undefined.
        auc: Area under the curve, 0 to 1, or None where undefined.
        reason: Why it is undefined; empty where it is defined.
    """

    false_positive_rate: np.ndarray
    true_positive_rate: np.ndarray
    auc: float | None
    reason: str = ""


@dataclass(frozen=True)
class PrecisionRecallCurve:
    """Measure how precise the findings of one class are as the threshold on its probability rises.

    Attributes:
        recall: float64 array of shape (m,), from 1 to 0; empty where undefined.
        precision: float64 array of shape (m,), 0 to 1, the last value 1; empty where undefined.
        average_precision: Mean precision over the steps of recall, without interpolation, 0 to 1, or None where
            undefined.
        reason: Why it is undefined; empty where it is defined.
    """

    recall: np.ndarray
    precision: np.ndarray
    average_precision: float | None
    reason: str = ""


def roc_curves(scored: ScoredSide) -> dict[str, RocCurve]:
    """Compute the receiver operating characteristic of every class against the rest.

    Args:
        scored: Labels and probabilities of one side.

    Returns:
        A curve per class, in the order of the classes. It is undefined, with a reason, where the side has
        no image of the class or none of the rest.
    """
    curves = {}
    for name, is_class, probability, reason in _one_against_rest(scored):
        if reason:
            curves[name] = RocCurve(np.empty(0), np.empty(0), None, reason)
        else:
            false_positive_rate, true_positive_rate, _ = roc_curve(is_class, probability)
            area = float(auc(false_positive_rate, true_positive_rate))
            curves[name] = RocCurve(false_positive_rate, true_positive_rate, area)
    return curves


def precision_recall_curves(scored: ScoredSide) -> dict[str, PrecisionRecallCurve]:
    """Compute precision over recall of every class against the rest.

    Args:
        scored: Labels and probabilities of one side.

    Returns:
        A curve per class, in the order of the classes. It is undefined, with a reason, where the side has
        no image of the class or none of the rest.
    """
    curves = {}
    for name, is_class, probability, reason in _one_against_rest(scored):
        if reason:
            curves[name] = PrecisionRecallCurve(np.empty(0), np.empty(0), None, reason)
        else:
            precision, recall, _ = precision_recall_curve(is_class, probability)
            average = float(average_precision_score(is_class, probability))
            curves[name] = PrecisionRecallCurve(recall, precision, average)
    return curves


def _one_against_rest(scored: ScoredSide) -> Iterator[tuple[str, np.ndarray, np.ndarray, str]]:
    """Yield each class: its name, which images are of it, their probabilities, and why it has no curve, if so."""
    for index, name in enumerate(scored.classes):
        is_class = scored.truth == index
        reason = ""
        if is_class.all() or not is_class.any():
            whose = "another class" if is_class.all() else "this class"
            reason = f"the side has no image of {whose}"
        yield name, is_class, scored.probabilities[:, index], reason
