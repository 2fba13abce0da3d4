"""How far probabilities can be believed, before and after temperature scaling."""

from itertools import pairwise

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import softmax

from leukosmear.evaluation.losses import brier_scores, log_losses
from leukosmear.evaluation.results import BeforeAndAfter, Calibration, CalibrationScores, ReliabilityBin
from leukosmear.evaluation.scored_side import ScoredSide

# A temperature beyond these would make every probability 0 or 1, or all of an image alike.
MIN_TEMPERATURE, MAX_TEMPERATURE = 0.05, 20.0


def calibrate(validation: ScoredSide, test: ScoredSide, bins: int = 15) -> Calibration:
    """Fit a temperature on validation, and score both splits before and after.

    Args:
        validation: Labels and probabilities that the temperature is fitted on.
        test: Labels and probabilities that it is applied to.
        bins: Number of bins of the expected calibration error.

    Returns:
        The temperature, above 1 where the model is too sure of itself, and the scores.
    """
    temperature = fit_temperature(validation.truth, validation.probabilities)
    return Calibration(
        temperature=temperature,
        at_bound=temperature in (MIN_TEMPERATURE, MAX_TEMPERATURE),
        bins=bins,
        validation=_before_and_after(validation, temperature, bins),
        test=_before_and_after(test, temperature, bins),
    )


def fit_temperature(truth: np.ndarray, probabilities: np.ndarray) -> float:
    """Find the temperature that makes the log loss smallest.

    Source: C. Guo, G. Pleiss, Y. Sun, K. Q. Weinberger, "On calibration of modern neural networks", ICML 2017. The
    logits are the logarithms of the probabilities, which differ from them by a constant per image only.

    Args:
        truth: int64 array of shape (n,), the true class of each image.
        probabilities: float64 array of shape (n, k), values in [0, 1].

    Returns:
        A temperature between the bounds of this module; one of them where the best lies beyond, and 1 where no other
        does better.
    """

    def loss(log_temperature: float) -> float:
        return float(log_losses(truth, scale(probabilities, np.exp(log_temperature))).mean())

    bounds = np.log([MIN_TEMPERATURE, MAX_TEMPERATURE])
    # The loss is convex in 1/T, so it has one minimum in log T as well, but the search stops short of the bounds.
    found = minimize_scalar(loss, bounds=bounds, method="bounded", options={"xatol": 1e-6}).x
    candidates = [1.0, float(np.exp(found)), MIN_TEMPERATURE, MAX_TEMPERATURE]
    return min(candidates, key=lambda temperature: loss(np.log(temperature)))


def scale(probabilities: np.ndarray, temperature: float) -> np.ndarray:
    """Divide log-probabilities by a temperature. The order of the classes does not change.

    Args:
        probabilities: float64 array of shape (n, k), values in [0, 1]; those below the float64 epsilon count as
            that, since a zero could not be scaled.
        temperature: Above 0; above 1 makes the probabilities of an image more alike.

    Returns:
        float64 array of shape (n, k); rows sum to 1.
    """
    logits = np.log(np.clip(probabilities, np.finfo(np.float64).eps, 1.0))
    return softmax(logits / temperature, axis=1)


def score_calibration(truth: np.ndarray, probabilities: np.ndarray, bins: int) -> CalibrationScores:
    """Compute log loss, Brier score and expected calibration error.

    Args:
        truth: int64 array of shape (n,), the true class of each image.
        probabilities: float64 array of shape (n, k), values in [0, 1].
        bins: Number of bins of equal width, from 0 to 1, that the images fall into by their highest probability.

    Returns:
        The log loss in nats, the Brier score from 0 to 2, and the error from 0 to 1: the distance between mean
        highest probability and accuracy in each bin, averaged over the images (Guo et al. 2017).
    """
    reliability = _fill_bins(truth, probabilities, bins)
    gaps = [
        one["n"] * abs(one["confidence"] - one["accuracy"])
        for one in reliability
        if one["confidence"] is not None and one["accuracy"] is not None
    ]
    return CalibrationScores(
        log_loss=float(log_losses(truth, probabilities).mean()),
        brier_score=float(brier_scores(truth, probabilities).mean()),
        expected_calibration_error=sum(gaps) / len(truth),
        reliability=reliability,
    )


def _fill_bins(truth: np.ndarray, probabilities: np.ndarray, bins: int) -> list[ReliabilityBin]:
    """Sort the images into bins of highest probability, each open below and closed above."""
    # Rows sum to 1 within a rounding error, so that the highest may exceed 1 by a hair.
    confidence = np.minimum(probabilities.max(axis=1), 1.0)
    is_right = probabilities.argmax(axis=1) == truth
    edges = np.linspace(0, 1, bins + 1)
    bin_of_image = np.searchsorted(edges, confidence, side="left") - 1
    filled = []
    for index, (low, high) in enumerate(pairwise(edges)):
        inside = bin_of_image == index
        n = int(inside.sum())
        filled.append(
            ReliabilityBin(
                low=float(low),
                high=float(high),
                n=n,
                confidence=float(confidence[inside].mean()) if n else None,
                accuracy=float(is_right[inside].mean()) if n else None,
            )
        )
    return filled


def _before_and_after(scored: ScoredSide, temperature: float, bins: int) -> BeforeAndAfter:
    after = scale(scored.probabilities, temperature)
    return BeforeAndAfter(
        before=score_calibration(scored.truth, scored.probabilities, bins),
        after=score_calibration(scored.truth, after, bins),
    )
