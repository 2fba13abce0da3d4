"""The clinical reading: one class that means no disease, against all others together."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from leukosmear.evaluation.intervals import proportion
from leukosmear.evaluation.matrices import ratio
from leukosmear.evaluation.ranking import rank
from leukosmear.evaluation.resampling import Groups, find_interval, resample
from leukosmear.evaluation.results import BinaryScores, ClinicalReading, Undefined
from leukosmear.evaluation.scored_side import ScoredSide
from leukosmear.evaluation.severity import cost_matrix, weigh_mistakes
from leukosmear.parameters import EvaluationParameters

_WHY_UNDEFINED = {
    "sensitivity": "no image is of a positive class",
    "specificity": "no image is of the negative class",
    "ppv": "no image was called positive",
    "npv": "no image was called negative",
}


@dataclass(frozen=True)
class _Sides:
    """The images of a side as positive or negative.

    Attributes:
        is_positive: bool array of shape (n,): of any class but the negative one.
        score: float64 array of shape (n,): probability of that, 0 to 1.
        auc: Area under the curve of that score, or None where one side is missing.
        missing: Why it is; empty where it is not.
    """

    is_positive: np.ndarray
    score: np.ndarray
    auc: float | None
    missing: str


def read_clinically(
    validation: ScoredSide, test: ScoredSide, groups: Groups, negative_class: str, parameters: EvaluationParameters
) -> ClinicalReading:
    """Read the predictions as disease or none, at a threshold that validation chose.

    Args:
        validation: Labels and probabilities that choose the threshold.
        test: Labels and probabilities that are read at it.
        groups: Which of the test images were taken together.
        negative_class: The class that means no disease, one of the classes.
        parameters: Rule of the threshold, costs of mistakes, and how intervals are drawn.

    Returns:
        Sensitivity, specificity and predictive values, and what the mistakes cost. There is no threshold where
        validation lacks either side.
    """
    negative = test.classes.index(negative_class)
    sides = {"validation": _split_sides(validation, negative), "test": _split_sides(test, negative)}
    read_at = sides["test"]
    threshold = find_threshold(validation, negative_class, parameters.threshold_rule, parameters.target_sensitivity)
    readings = {
        name: None if threshold is None else count_outcomes(one.is_positive, one.score >= threshold, parameters)
        for name, one in sides.items()
    }
    by_class = count_outcomes(read_at.is_positive, test.predicted != negative, parameters)
    costs = cost_matrix(len(test.classes), negative, parameters.costs)[test.truth, test.predicted]
    intervals, reasons = _bootstrap(read_at, threshold, costs, groups, parameters)
    reasons |= _explain(sides, {**readings, "test, by most probable class": by_class})
    return ClinicalReading(
        negative_class=negative_class,
        positive_classes=[name for name in test.classes if name != negative_class],
        threshold_rule=parameters.threshold_rule,
        target_sensitivity=parameters.target_sensitivity,
        threshold=threshold,
        auc={name: one.auc for name, one in sides.items()},
        validation=readings["validation"],
        test=readings["test"],
        test_by_class=by_class,
        severity=weigh_mistakes(test, negative, parameters.costs, intervals.pop("mean_cost")),
        bootstrap=intervals,
        undefined=[
            Undefined({"class": negative_class, "figure": figure, "reason": reason})
            for figure, reason in reasons.items()
            if reason
        ],
    )


def find_threshold(
    validation: ScoredSide, negative_class: str, rule: Literal["target_sensitivity", "youden"], target: float
) -> float | None:
    """Choose the threshold on the probability of any class but the negative one, by the validation images.

    Args:
        validation: Labels and probabilities.
        negative_class: The class that means no disease, one of the classes.
        rule: As `choose_threshold` takes it.
        target: Sensitivity to reach, above 0, up to 1.

    Returns:
        None where validation lacks images of either side.
    """
    sides = _split_sides(validation, validation.classes.index(negative_class))
    return None if sides.missing else choose_threshold(sides.score, sides.is_positive, rule, target)


def choose_threshold(
    score: np.ndarray, is_positive: np.ndarray, rule: Literal["target_sensitivity", "youden"], target: float
) -> float:
    """Choose the score from which on an image is called positive.

    Source of the second rule: W. J. Youden, "Index for rating diagnostic tests", Cancer 3 (1950), 32-35.

    Args:
        score: float64 array of shape (n,), 0 to 1.
        is_positive: bool array of shape (n,), neither all true nor all false.
        rule: "target_sensitivity" takes the highest specificity among the thresholds with at least the target;
            "youden" the highest sum of sensitivity and specificity.
        target: Sensitivity to reach, above 0, up to 1.

    Returns:
        The threshold, halfway to the next lower score, so that both sides keep a margin. Of those that do equally
        well, the one with the highest sensitivity.
    """
    values = np.unique(score)
    # Of each value: the shares that are called positive if all images from this score on are.
    sensitivity, false_alarms = (
        (side.sum() - np.searchsorted(np.sort(score[side]), values, side="left")) / side.sum()
        for side in (is_positive, ~is_positive)
    )
    if rule == "target_sensitivity":
        goodness = np.where(sensitivity >= target, -false_alarms, -np.inf)
    else:
        goodness = sensitivity - false_alarms
    best = int(goodness.argmax())  # the first of several is the lowest threshold, with the highest sensitivity
    if best == 0:
        return 0.0
    halfway = float((values[best - 1] + values[best]) / 2)
    return halfway if halfway > values[best - 1] else float(values[best])


def count_outcomes(
    is_positive: np.ndarray, called_positive: np.ndarray, parameters: EvaluationParameters
) -> BinaryScores:
    """Count right and wrong calls, and compute the shares that a clinician asks for.

    Args:
        is_positive: bool array of shape (n,), the truth.
        called_positive: bool array of shape (n,).
        parameters: Holds the confidence level of Wilson's intervals.

    Returns:
        Counts, and shares with intervals; None where a share has no denominator.
    """
    tp, fn = int((is_positive & called_positive).sum()), int((is_positive & ~called_positive).sum())
    tn, fp = int((~is_positive & ~called_positive).sum()), int((~is_positive & called_positive).sum())
    sensitivity, sensitivity_interval = proportion(tp, tp + fn, parameters.confidence)
    specificity, specificity_interval = proportion(tn, tn + fp, parameters.confidence)
    ppv, ppv_interval = proportion(tp, tp + fp, parameters.confidence)
    npv, npv_interval = proportion(tn, tn + fn, parameters.confidence)
    return BinaryScores(
        true_positives=tp,
        false_negatives=fn,
        true_negatives=tn,
        false_positives=fp,
        sensitivity=sensitivity,
        sensitivity_interval=sensitivity_interval,
        specificity=specificity,
        specificity_interval=specificity_interval,
        ppv=ppv,
        ppv_interval=ppv_interval,
        npv=npv,
        npv_interval=npv_interval,
    )


def _split_sides(scored: ScoredSide, negative: int) -> _Sides:
    """Divide the images into positive and negative ones."""
    # The others are summed, since 1 - p would round small probabilities of disease away.
    score = np.minimum(np.delete(scored.probabilities, negative, axis=1).sum(axis=1), 1.0)
    is_positive = scored.truth != negative
    missing = ""
    if is_positive.all() or not is_positive.any():
        missing = _WHY_UNDEFINED["specificity" if is_positive.all() else "sensitivity"]
    area = float(rank(score, is_positive)(np.ones((1, len(score))))["auc"][0])
    return _Sides(is_positive, score, None if missing else area, missing)


def _bootstrap(
    sides: _Sides, threshold: float | None, costs: np.ndarray, groups: Groups, parameters: EvaluationParameters
) -> tuple[dict[str, list[float] | None], dict[str, str]]:
    """Draw the test groups anew.

    Returns:
        Intervals of the shares at the threshold, of the area and of the mean cost, and why any is None.
    """
    positive, called = sides.is_positive, sides.score >= (threshold or 0.0)
    outcomes = [positive & called, positive & ~called, ~positive & ~called, ~positive & called]
    sums = groups.sums(np.stack([*outcomes, costs], axis=1).astype(np.float64))
    ranking = rank(sides.score, positive)

    def score(counts: np.ndarray) -> dict[str, np.ndarray]:
        tp, fn, tn, fp, cost = (counts @ sums).T
        return {
            "sensitivity": ratio(tp, tp + fn),
            "specificity": ratio(tn, tn + fp),
            "ppv": ratio(tp, tp + fp),
            "npv": ratio(tn, tn + fn),
            "auc": ranking(counts[:, groups.of_image])["auc"],
            "mean_cost": cost / (tp + fn + tn + fp),
        }

    point = score(np.ones((1, groups.number)))
    if threshold is None:
        point |= dict.fromkeys(_WHY_UNDEFINED, np.array([np.nan]))
    resampled = resample(groups, parameters, score)
    found = {
        name: find_interval(float(point[name][0]), resampled[name], groups, parameters.confidence) for name in point
    }
    intervals = {name: interval for name, (interval, _) in found.items()}
    return intervals, {f"interval of {name}": reason for name, (_, reason) in found.items()}


def _explain(sides: Mapping[str, _Sides], readings: Mapping[str, BinaryScores | None]) -> dict[str, str]:
    """Say why there is no threshold, area or share, where that is so; empty where there is one."""
    reasons = {f"AUC on {name}": one.missing for name, one in sides.items()}
    missing = sides["validation"].missing
    reasons["threshold"] = f"validation: {missing}" if missing else ""
    for name, reading in readings.items():
        shares: Mapping[str, object] = reading or {}
        for figure, reason in _WHY_UNDEFINED.items():
            why = "there is no threshold" if reading is None else reason
            reasons[f"{figure} ({name})"] = why if shares.get(figure) is None else ""
    return reasons
