"""How well a score ranks images, for thousands of weightings of the images at once."""

from collections.abc import Callable

import numpy as np

from leukosmear.evaluation.matrices import ratio


def rank(score: np.ndarray, is_positive: np.ndarray) -> Callable[[np.ndarray], dict[str, np.ndarray]]:
    """Prepare the area under the ROC curve and the average precision for many weightings.

    The images are sorted once; each weighting then takes a cumulative sum. Ties count half for the area, and are
    taken together for the average precision, as in scikit-learn, which takes 200 times as long (1,000 weightings of
    488 images: 19 s, not 0.09 s).

    Args:
        score: float64 array of shape (n,), high where an image is probably positive.
        is_positive: bool array of shape (n,).

    Returns:
        A function that takes weights of shape (r, n), 0 or more, and returns `auc` and `average_precision`, float64
        arrays of shape (r,), NaN where a weighting leaves no positive or no negative image.
    """
    order = np.argsort(-score, kind="stable")
    tie = np.cumsum(np.append(True, np.diff(score[order]) != 0)) - 1  # a number for each score
    positives_in_order = np.flatnonzero(is_positive[order])
    # Only where a positive stands does either figure grow.
    ties = np.unique(tie[positives_in_order])
    first, last = np.searchsorted(tie, ties, side="left"), np.searchsorted(tie, ties, side="right") - 1
    last_positive = np.searchsorted(tie[positives_in_order], ties, side="right") - 1

    def compute(weights: np.ndarray) -> dict[str, np.ndarray]:
        found = np.cumsum(weights[:, order], axis=1)
        found_before, found_here = found[:, first - 1] * (first > 0), found[:, last]
        true_positives = np.cumsum(weights[:, order[positives_in_order]], axis=1)[:, last_positive]
        new_positives = np.diff(true_positives, axis=1, prepend=0.0)
        new_negatives = found_here - found_before - new_positives
        positives = weights @ is_positive
        negatives = found[:, -1] - positives
        # Of the negatives that tie with a positive, half count as ranked below it.
        negatives_below = negatives[:, None] - (found_here - true_positives) + new_negatives / 2
        precision = np.divide(true_positives, found_here, out=np.zeros_like(found_here), where=found_here > 0)
        average = ratio((new_positives * precision).sum(axis=1), positives)
        return {
            "auc": ratio((new_positives * negatives_below).sum(axis=1), positives * negatives),
            "average_precision": np.where(negatives > 0, average, np.nan),
        }

    return compute
