"""Receiver operating characteristics, one class against the rest."""

from dataclasses import dataclass

import numpy as np
from sklearn.metrics import auc, roc_curve

from leukosmear.evaluation.table import ScoredSplit


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


def roc_curves(scored: ScoredSplit) -> dict[str, RocCurve]:
    """Compute the curve of every class against the rest.

    Args:
        scored: Labels and probabilities of one split.

    Returns:
        A curve per class, in the order of the classes. It is undefined, with a reason, where the split has
        no image of the class or none of the rest.
    """
    return {
        name: _one_curve(scored.truth == index, scored.probabilities[:, index])
        for index, name in enumerate(scored.classes)
    }


def _one_curve(is_class: np.ndarray, probability: np.ndarray) -> RocCurve:
    """Compute one curve, unless it has nothing to be computed from."""
    n_class = int(is_class.sum())
    if n_class in (0, len(is_class)):
        whose = "of this class" if n_class == 0 else "of another class"
        return RocCurve(np.empty(0), np.empty(0), None, f"the split has no image {whose}")
    false_positive_rate, true_positive_rate, _ = roc_curve(is_class, probability)
    return RocCurve(false_positive_rate, true_positive_rate, float(auc(false_positive_rate, true_positive_rate)))
