"""Means and ratios over images with intervals over groups."""

import numpy as np
import pandas as pd

from leukosmear.evaluation.matrices import ratio
from leukosmear.evaluation.resampling import find_groups, find_interval, resample
from leukosmear.parameters import EvaluationParameters

RatioAndInterval = tuple[float | None, list[float] | None]


def ratios_with_intervals(
    numerators: np.ndarray,
    denominators: np.ndarray,
    image_ids: tuple[str, ...],
    manifest: pd.DataFrame | None,
    parameters: EvaluationParameters,
) -> list[RatioAndInterval]:
    """Compute ratios of sums over images, and their intervals by drawing groups anew.

    A denominator of 1 for each image makes it a mean.

    Args:
        numerators: float64 array of shape (n, k).
        denominators: float64 array of shape (n, k), 0 or more.
        image_ids: Names of the n images.
        manifest: The split, which says which images were taken together; None where nothing is known.
        parameters: Number of resamples, seed, confidence level.

    Returns:
        For each of the k columns the ratio, None where its denominator is 0, and its interval, None where
        `resampling.find_interval` finds none.
    """
    groups = find_groups(image_ids, manifest)
    above, below = groups.sums(numerators), groups.sums(denominators)
    points = ratio(above.sum(axis=0), below.sum(axis=0))
    resampled = resample(groups, parameters, lambda counts: {"ratios": ratio(counts @ above, counts @ below)})["ratios"]
    return [
        (
            None if np.isnan(point) else float(point),
            find_interval(float(point), values, groups, parameters.confidence)[0],
        )
        for point, values in zip(points, resampled.T, strict=True)
    ]
