"""Figures of confusion matrices, computed for one matrix or for thousands at once.

The evaluator scores a side with these functions, and the bootstrap every resample of it, so that both mean the
same. Undefined figures are NaN here, inside arrays.
"""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class MatrixScores:
    """Figures of confusion matrices of shape (..., k, k); NaN where undefined.

    Attributes:
        overall: float64 arrays of shape (...,): accuracy, balanced_accuracy, cohen_kappa, mcc, and macro_ and
            weighted_ precision, recall and f1.
        per_class: float64 arrays of shape (..., k): precision, recall, specificity, npv, f1.
    """

    overall: dict[str, np.ndarray]
    per_class: dict[str, np.ndarray]


def ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """Divide, with NaN where the whole is 0.

    Args:
        part: Array.
        whole: Array that can be broadcast with it.

    Returns:
        float64 array.
    """
    part, whole = np.broadcast_arrays(np.asarray(part, dtype=np.float64), np.asarray(whole, dtype=np.float64))
    return np.divide(part, whole, out=np.full(part.shape, np.nan), where=whole != 0)


def score_matrices(matrices: np.ndarray) -> MatrixScores:
    """Compute all figures that a confusion matrix holds.

    Args:
        matrices: Array of shape (..., k, k); counts, rows are true classes, columns predicted ones.

    Returns:
        The figures. Averages leave out classes without images, and count a class that was never predicted with
        precision 0, as scikit-learn's `zero_division=0` does.
    """
    counts = np.asarray(matrices, dtype=np.float64)
    right = np.diagonal(counts, axis1=-2, axis2=-1)
    support, predicted = counts.sum(axis=-1), counts.sum(axis=-2)
    n = support.sum(axis=-1)
    rest = n[..., None] - support
    per_class = {
        "precision": ratio(right, predicted),
        "recall": ratio(right, support),
        "specificity": ratio(rest - (predicted - right), rest),
        "npv": ratio(rest - (predicted - right), n[..., None] - predicted),
        "f1": ratio(2 * right, support + predicted),
    }
    overall = {"accuracy": ratio(right.sum(axis=-1), n)}
    for weighting, weights in (("macro", (support > 0).astype(np.float64)), ("weighted", support)):
        for figure in ("precision", "recall", "f1"):
            values = np.nan_to_num(per_class[figure], nan=0.0)
            overall[f"{weighting}_{figure}"] = ratio((weights * values).sum(axis=-1), weights.sum(axis=-1))
    overall["balanced_accuracy"] = overall["macro_recall"]
    return MatrixScores(overall | _chance_corrected(n, right.sum(axis=-1), support, predicted), per_class)


def _chance_corrected(
    n: np.ndarray, right: np.ndarray, support: np.ndarray, predicted: np.ndarray
) -> dict[str, np.ndarray]:
    """Compute Cohen's kappa and Matthews' correlation, in whole numbers up to the last division.

    Sources: J. Cohen, "A coefficient of agreement for nominal scales", Educational and Psychological
    Measurement 20 (1960), 37-46; J. Gorodkin, "Comparing two K-category assignments by a K-category
    correlation coefficient", Computational Biology and Chemistry 28 (2004), 367-374.
    """
    by_chance = (support * predicted).sum(axis=-1)
    beyond_chance = n * right - by_chance
    spread = np.sqrt((n**2 - (support**2).sum(axis=-1)) * (n**2 - (predicted**2).sum(axis=-1)))
    return {"cohen_kappa": ratio(beyond_chance, n**2 - by_chance), "mcc": ratio(beyond_chance, spread)}
