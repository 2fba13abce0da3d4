"""Bands around the curves of one class against the rest: how they vary if other groups are drawn."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from leukosmear.evaluation.matrices import ratio
from leukosmear.evaluation.resampling import Groups, expanded_tail, find_groups, resample
from leukosmear.evaluation.scored_side import ScoredSide
from leukosmear.parameters import EvaluationParameters

_STEPS = 25  # places along the axis, at which the interval is read
_RESAMPLES = 500  # at most: more of them would not show
_ROUNDING = 1e-9  # by which shares may be off


@dataclass(frozen=True)
class Band:
    """Where a curve lies in most resamples, at evenly spaced places along the axis.

    Attributes:
        at: float64 array of shape (m,), 0 to 1: false positive rate, or recall.
        low: float64 array of shape (m,), 0 to 1; NaN where there is no interval.
        high: The same.
    """

    at: np.ndarray
    low: np.ndarray
    high: np.ndarray


def curve_bands(
    scored: ScoredSide, manifest: pd.DataFrame | None, parameters: EvaluationParameters
) -> tuple[dict[str, Band], dict[str, Band]]:
    """Compute pointwise intervals of ROC and precision-recall curves by drawing groups anew.

    Every resample has curves of its own, which are read off at the same places (Fawcett 2006, "vertical averaging", doi
    10.1016/j.patrec.2005.10.010): between two thresholds the ROC curve is a line, and precision keeps that of the
    higher recall.

    Args:
        scored: Labels and probabilities of one side.
        manifest: The split, which says which images were taken together; None where nothing is known.
        parameters: Number of resamples, of which the first 500 are taken, seed, confidence level.

    Returns:
        The bands of the true positive rate over the false positive rate, and of the precision over the recall, by
        class; all NaN where a class has no curve, or too few groups.
    """
    groups = find_groups(scored.image_ids, manifest)
    at = np.linspace(0, 1, _STEPS + 1)
    readers = {
        name: _read_curves(scored.probabilities[:, index], scored.truth == index, groups, at)
        for index, name in enumerate(scored.classes)
    }

    def read_all(counts: np.ndarray) -> dict[str, np.ndarray]:
        """Curves of all classes, so that groups are drawn once."""
        return {f"{curve} {name}": values for name, read in readers.items() for curve, values in read(counts).items()}

    few = parameters.model_copy(update={"resamples": min(parameters.resamples, _RESAMPLES)})
    resampled = resample(groups, few, read_all)
    roc, precision_recall = (
        {name: _band(at, resampled[f"{curve} {name}"], groups, parameters.confidence) for name in scored.classes}
        for curve in ("sensitivity", "precision")
    )
    return roc, precision_recall


def _read_curves(
    score: np.ndarray, is_positive: np.ndarray, groups: Groups, at: np.ndarray
) -> Callable[[np.ndarray], dict[str, np.ndarray]]:
    """Sort the images once; a draw of groups then takes a cumulative sum and a search.

    Returns:
        A function that takes how often each group was drawn, of shape (r, G), and returns `sensitivity` and
        `precision`, of shape (r, m), NaN where a draw leaves no positive or no negative image.
    """
    order = np.argsort(-score, kind="stable")
    last_of_tie = np.append(np.diff(score[order]) != 0, True)
    of_image, positive = groups.of_image[order], is_positive[order]

    def read(counts: np.ndarray) -> dict[str, np.ndarray]:
        weights = counts[:, of_image]
        found = np.cumsum(weights * positive, axis=1)[:, last_of_tie]
        alarms = np.cumsum(weights * ~positive, axis=1)[:, last_of_tie]
        recall, false_rate = (np.nan_to_num(ratio(part, part[:, -1:])) for part in (found, alarms))
        defined = (found[:, -1:] > 0) & (alarms[:, -1:] > 0)
        corner = np.zeros((len(counts), 1))
        sensitivity = _interpolate(at, np.hstack([corner, false_rate]), np.hstack([corner, recall]))
        # Where the recall is 0 nothing may have been found yet: the first image of the class sets the precision.
        reached = np.minimum(_search(recall, np.maximum(at, 2 * _ROUNDING) - _ROUNDING, "left"), recall.shape[1] - 1)
        precision = np.take_along_axis(ratio(found, found + alarms), reached, axis=1)
        return {
            "sensitivity": np.where(defined, sensitivity, np.nan),
            "precision": np.where(defined, precision, np.nan),
        }

    return read


def _search(rows: np.ndarray, at: np.ndarray, side: Literal["left", "right"]) -> np.ndarray:
    """Search each row, which rises from 0 to 1, as `np.searchsorted` does: int64 of shape (r, m)."""
    # One search for all rows: each is raised above the one before it.
    steps = 3.0 * np.arange(len(rows))[:, np.newaxis]
    places = np.searchsorted((rows + steps).ravel(), (at + steps).ravel(), side=side).reshape(len(rows), len(at))
    return places - np.arange(len(rows))[:, np.newaxis] * rows.shape[1]


def _interpolate(at: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Read the line through each row of points at the same places, its upper end where it rises straight up."""
    left = _search(x, at + _ROUNDING, "right") - 1
    right = np.minimum(left + 1, x.shape[1] - 1)
    (x_left, y_left), (x_right, y_right) = (
        (np.take_along_axis(x, places, axis=1), np.take_along_axis(y, places, axis=1)) for places in (left, right)
    )
    share = np.clip(np.nan_to_num(ratio(at - x_left, x_right - x_left)), 0, 1)
    return y_left + share * (y_right - y_left)


def _band(at: np.ndarray, resampled: np.ndarray, groups: Groups, confidence: float) -> Band:
    """Read the band off the resamples; none where `find_interval` would find no interval for lack of groups."""
    defined = resampled[~np.isnan(resampled).any(axis=1)]
    if groups.number == 1 or len(defined) < confidence * len(resampled):
        nowhere = np.full(len(at), np.nan)
        return Band(at, nowhere, nowhere)
    tail = expanded_tail(groups.number, confidence)
    low, high = np.quantile(defined, [tail, 1 - tail], axis=0)
    return Band(at, low, high)
