"""The evaluator: everything that is said about a model's predictions on one split.

Conventions where a figure is undefined:

- Per class, a figure without a denominator is None, and `undefined` says why. It is never NaN, which JSON
  lacks.
- Averages over classes leave out the classes of which the split has no image, as scikit-learn's balanced
  accuracy does. A class that has images but was never predicted counts with precision 0, as scikit-learn's
  `zero_division=0` does: the model missed it.
"""

from typing import TypedDict

import numpy as np
import pandas as pd

from leukosmear.evaluation.intervals import wilson_interval
from leukosmear.evaluation.roc import roc_curves
from leukosmear.evaluation.table import ScoredSplit, read_split


class ClassScores(TypedDict):
    """One class on one split; shares are in [0, 1] and None where undefined, intervals are (low, high)."""

    support: int
    predicted: int
    right: int
    precision: float | None
    precision_interval: list[float] | None
    recall: float | None
    recall_interval: list[float] | None
    specificity: float | None
    f1: float | None
    auc: float | None


class Averages(TypedDict):
    """Averages over the classes of which the split has images, in [0, 1]."""

    precision: float
    recall: float
    f1: float


# The functional form, because "class" is a keyword of Python.
Undefined = TypedDict("Undefined", {"class": str, "figure": str, "reason": str})


class Evaluation(TypedDict):
    """One model on one split; plain Python values, ready for JSON."""

    split: str
    n: int
    classes: list[str]
    confidence: float
    n_right: int
    accuracy: float
    accuracy_interval: list[float]
    balanced_accuracy: float
    macro: Averages
    weighted: Averages
    macro_auc: float | None
    cross_entropy: float
    confusion_matrix: list[list[int]]
    per_class: dict[str, ClassScores]
    undefined: list[Undefined]


def evaluate(predictions: pd.DataFrame, split: str, confidence: float = 0.95) -> Evaluation:
    """Score a model's predictions on one split.

    Args:
        predictions: One row per image; columns `image_id`, `split`, `label` and one `p_<class>` per class.
        split: Name of the split, such as "test".
        confidence: Confidence level of the Wilson intervals, between 0 and 1.

    Returns:
        Counts, shares with intervals, and the confusion matrix, whose rows are true classes and whose
        columns are predicted ones.

    Raises:
        ValueError: Where the table breaks its contract or lacks the split.
    """
    scored = read_split(predictions, split)
    matrix = scored.confusion_matrix
    n, n_right = int(matrix.sum()), int(np.trace(matrix))
    curves = roc_curves(scored)
    per_class = {
        name: _score_class(matrix, index, curves[name].auc, confidence) for index, name in enumerate(scored.classes)
    }
    areas = [scores["auc"] for scores in per_class.values() if scores["auc"] is not None]
    macro = _average(per_class, weighted=False)
    return Evaluation(
        split=split,
        n=n,
        classes=list(scored.classes),
        confidence=confidence,
        n_right=n_right,
        accuracy=n_right / n,
        accuracy_interval=list(wilson_interval(n_right, n, confidence)),
        balanced_accuracy=macro["recall"],
        macro=macro,
        weighted=_average(per_class, weighted=True),
        macro_auc=sum(areas) / len(areas) if areas else None,
        cross_entropy=cross_entropy(scored),
        confusion_matrix=matrix.tolist(),
        per_class=per_class,
        undefined=_explain_undefined(per_class, {name: curve.reason for name, curve in curves.items()}),
    )


def cross_entropy(scored: ScoredSplit) -> float:
    """Compute the mean of -log(probability of the true class), in nats.

    Args:
        scored: Labels and probabilities of one split.

    Returns:
        The loss, 0 or more. Probabilities are kept above the float64 epsilon, as scikit-learn's `log_loss`
        does, so that one sure mistake costs 36 and not infinity.
    """
    of_truth = scored.probabilities[np.arange(len(scored.truth)), scored.truth]
    clipped = np.clip(of_truth, np.finfo(np.float64).eps, 1.0)
    return float(np.mean(-np.log(clipped)))


def _score_class(matrix: np.ndarray, index: int, area: float | None, confidence: float) -> ClassScores:
    """Score one class against the rest."""
    right = int(matrix[index, index])
    support, predicted = int(matrix[index].sum()), int(matrix[:, index].sum())
    n_rest = int(matrix.sum()) - support
    true_negatives = n_rest - (predicted - right)
    return ClassScores(
        support=support,
        predicted=predicted,
        right=right,
        precision=_share(right, predicted),
        precision_interval=_interval(right, predicted, confidence),
        recall=_share(right, support),
        recall_interval=_interval(right, support, confidence),
        specificity=_share(true_negatives, n_rest),
        f1=_share(2 * right, support + predicted),
        auc=area,
    )


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _interval(part: int, whole: int, confidence: float) -> list[float] | None:
    return list(wilson_interval(part, whole, confidence)) if whole else None


def _average(per_class: dict[str, ClassScores], *, weighted: bool) -> Averages:
    """Average over the classes with images, evenly or by their number."""
    present = [scores for scores in per_class.values() if scores["support"]]
    weights = [scores["support"] if weighted else 1 for scores in present]

    def mean(values: list[float | None]) -> float:
        return float(np.average([value or 0.0 for value in values], weights=weights))

    return Averages(
        precision=mean([scores["precision"] for scores in present]),
        recall=mean([scores["recall"] for scores in present]),
        f1=mean([scores["f1"] for scores in present]),
    )


def _explain_undefined(per_class: dict[str, ClassScores], auc_reasons: dict[str, str]) -> list[Undefined]:
    """Say of every figure that is None why it is."""
    no_image, never = "the split has no image of this class", "no image was predicted as this class"
    explained = []
    for name, scores in per_class.items():
        reasons = {
            "precision": never if scores["precision"] is None else "",
            "recall": no_image if scores["recall"] is None else "",
            "specificity": "the split has no image of another class" if scores["specificity"] is None else "",
            "f1": f"{no_image}, and {never}" if scores["f1"] is None else "",
            "auc": auc_reasons[name],
        }
        explained += [
            Undefined({"class": name, "figure": figure, "reason": reason})
            for figure, reason in reasons.items()
            if reason
        ]
    return explained
