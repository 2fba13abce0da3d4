"""Mistakes weighted by what they cost: a missed disease is not a confused subtype."""

import numpy as np

from leukosmear.evaluation.results import Severity
from leukosmear.evaluation.scored_side import ScoredSide
from leukosmear.parameters import MistakeCosts


def cost_matrix(n_classes: int, negative: int, costs: MistakeCosts) -> np.ndarray:
    """Lay out what each confusion costs.

    Args:
        n_classes: Number of classes, k.
        negative: Position of the class that means no disease.
        costs: What each kind of mistake costs.

    Returns:
        float64 array of shape (k, k), rows true classes, columns predicted ones, 0 on the diagonal.
    """
    matrix = np.full((n_classes, n_classes), costs.confused)
    matrix[negative, :] = costs.false_alarm
    matrix[:, negative] = costs.missed
    np.fill_diagonal(matrix, 0.0)
    return matrix


def weigh_mistakes(
    scored: ScoredSide, negative: int, costs: MistakeCosts, interval: list[float] | None = None
) -> Severity:
    """Weight the confusion matrix of the most probable classes by what each mistake costs.

    Args:
        scored: Labels and probabilities of one side.
        negative: Position of the class that means no disease.
        costs: What each kind of mistake costs.
        interval: Interval of the mean cost, where it is known.

    Returns:
        The costs, the weighted matrix, and the mean cost per image.
    """
    of_cell = cost_matrix(len(scored.classes), negative, costs)
    weighted = scored.confusion_matrix * of_cell
    return Severity(
        costs=costs.model_dump(),
        cost_matrix=of_cell.tolist(),
        weighted_confusion_matrix=weighted.tolist(),
        mean_cost=float(weighted.sum() / len(scored.truth)),
        mean_cost_interval=interval,
    )
