"""Intervals over groups of everything that is said about one model on one side."""

from collections.abc import Callable

import numpy as np

from leukosmear.evaluation.losses import brier_scores, log_losses
from leukosmear.evaluation.matrices import ratio, score_matrices
from leukosmear.evaluation.ranking import rank
from leukosmear.evaluation.resampling import Groups, describe_resampling, find_interval, resample
from leukosmear.evaluation.results import ALL_CLASSES, Bootstrap, Undefined
from leukosmear.evaluation.scored_side import ScoredSide
from leukosmear.parameters import EvaluationParameters

_OVERALL = (
    "accuracy",
    "balanced_accuracy",
    "macro_precision",
    "macro_f1",
    "weighted_precision",
    "weighted_f1",
    "cohen_kappa",
    "mcc",
    "macro_auc",
    "macro_average_precision",
    "cross_entropy",
    "brier_score",
)
_PER_CLASS = ("precision", "recall", "specificity", "npv", "f1", "auc", "average_precision")


def bootstrap(scored: ScoredSide, groups: Groups, parameters: EvaluationParameters) -> Bootstrap:
    """Compute intervals of all figures of a side by drawing its groups anew.

    Every resample is scored as a side of its own: averages are over the classes of which it has images.

    Args:
        scored: Labels and probabilities of the side.
        groups: Which of its images were taken together.
        parameters: Number of resamples, seed, confidence level, and numbers of groups that call for a warning.

    Returns:
        An interval, or None with a reason, for every figure.
    """
    score = _prepare(scored, groups)
    points = score(np.ones((1, groups.number)))
    resampled = resample(groups, parameters, score)
    undefined: list[Undefined] = []

    def interval(figure: str, name: str, point: float, values: np.ndarray) -> list[float] | None:
        found, reason = find_interval(point, values, groups, parameters.confidence)
        if reason:
            undefined.append(Undefined({"class": name, "figure": f"interval of {figure}", "reason": reason}))
        return found

    return Bootstrap(
        side=scored.side,
        resampling=describe_resampling(scored, groups, parameters),
        overall={
            figure: interval(figure, ALL_CLASSES, float(points[figure][0]), resampled[figure]) for figure in _OVERALL
        },
        per_class={
            name: {
                figure: interval(figure, name, float(points[figure][0, index]), resampled[figure][:, index])
                for figure in _PER_CLASS
            }
            for index, name in enumerate(scored.classes)
        },
        undefined=undefined,
    )


def _prepare(scored: ScoredSide, groups: Groups) -> Callable[[np.ndarray], dict[str, np.ndarray]]:
    """Sum up each group once, so that a draw of groups takes one product of matrices.

    Returns:
        A function that takes how often each group was drawn, of shape (r, G), and returns all figures: arrays of
        shape (r,), or (r, k) for those of single classes.
    """
    truth, probabilities = scored.truth, scored.probabilities
    k = len(scored.classes)
    confusions = np.zeros((groups.number, k, k))
    np.add.at(confusions, (groups.of_image, truth, scored.predicted), 1)
    losses = groups.sums(np.stack([log_losses(truth, probabilities), brier_scores(truth, probabilities)], axis=1))
    rankings = [rank(probabilities[:, index], truth == index) for index in range(k)]

    def score(counts: np.ndarray) -> dict[str, np.ndarray]:
        matrices = np.tensordot(counts, confusions, axes=1)
        of_matrices = score_matrices(matrices)
        cross_entropy, brier_score = (counts @ losses / matrices.sum(axis=(1, 2))[:, None]).T
        weights = counts[:, groups.of_image]
        ranked = [compute(weights) for compute in rankings]
        of_ranking = {name: np.stack([one[name] for one in ranked], axis=1) for name in ("auc", "average_precision")}
        return {
            **of_matrices.overall,
            **of_matrices.per_class,
            **of_ranking,
            **{f"macro_{name}": _mean_of_defined(values) for name, values in of_ranking.items()},
            "cross_entropy": cross_entropy,
            "brier_score": brier_score,
        }

    return score


def _mean_of_defined(values: np.ndarray) -> np.ndarray:
    """Average over the last axis without NaN; NaN where nothing else is there."""
    return ratio(np.nansum(values, axis=-1), (~np.isnan(values)).sum(axis=-1))
