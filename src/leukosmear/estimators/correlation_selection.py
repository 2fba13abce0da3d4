"""Correlation-based feature selection, which scikit-learn lacks."""

from typing import Self

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.feature_selection import SelectorMixin
from sklearn.utils import Tags
from sklearn.utils.validation import check_is_fitted, validate_data


class CorrelationSelection(SelectorMixin, BaseEstimator):
    """Selects the features that tell most of the class and least of one another.

    Hall, Correlation-based Feature Selection for Machine Learning, thesis, University of Waikato, 1999. The merit of
    k features is `k * r_cf / sqrt(k + k * (k - 1) * r_ff)`, where `r_cf` is their mean correlation with the class and
    `r_ff` their mean correlation with one another. Features are added one by one, the one that raises the merit most
    first, until none raises it.

    Correlations are Pearson's, without their sign. That of a feature with the class is the mean of those with "is of
    this class" (1 or 0), weighted by the share of each class: Hall 2000, Correlation-based Feature Selection for
    Discrete and Numeric Class Machine Learning, section 2.

    Attributes:
        support_: Bool array of shape (n_features,): which features are selected; at least one.
        merit_: Their merit, from 0 to 1.
    """

    def fit(self, X: np.ndarray, y: np.ndarray) -> Self:  # noqa: N803 - scikit-learn passes them by these names
        """Choose the features.

        Args:
            X: Array of shape (n_samples, n_features), without missing values.
            y: Array of shape (n_samples,), the classes.
        """
        features, labels = validate_data(self, X, y, dtype=np.float64)
        with_class, with_others = correlate_with_class(features, labels), _correlate(features, features)
        selected: list[int] = []
        best = 0.0
        # Sums over what is selected, so that a round takes one addition per candidate.
        sum_with_class, sum_with_others = 0.0, np.zeros(len(with_class))
        pairs = 0.0
        while len(selected) < len(with_class):
            k = len(selected) + 1
            merits = (sum_with_class + with_class) / np.sqrt(k + 2 * (pairs + sum_with_others))
            merits[selected] = -1.0
            winner = int(merits.argmax())
            if selected and merits[winner] <= best:
                break
            best = float(merits[winner])
            selected.append(winner)
            sum_with_class += with_class[winner]
            pairs += sum_with_others[winner]
            sum_with_others += with_others[winner]
        self.support_ = np.zeros(len(with_class), dtype=bool)
        self.support_[selected] = True
        self.merit_ = best
        return self

    def _get_support_mask(self) -> np.ndarray:
        check_is_fitted(self)
        return self.support_

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.target_tags.required = True
        return tags


def correlate_with_class(features: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Correlate features with the class: the first of the correlations of `CorrelationSelection`.

    Args:
        features: Array of shape (n_samples, n_features).
        labels: Array of shape (n_samples,).

    Returns:
        Array of shape (n_features,), from 0 to 1; 0 for what never varies.
    """
    classes, codes = np.unique(labels, return_inverse=True)
    members = np.eye(len(classes))[codes]
    return _correlate(features, members) @ members.mean(axis=0)


def _correlate(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Correlate all columns of one array with all of another, without their sign."""
    return np.abs(_standardise(first).T @ _standardise(second)) / len(first)


def _standardise(columns: np.ndarray) -> np.ndarray:
    deviations = columns.std(axis=0)
    return (columns - columns.mean(axis=0)) / np.where(deviations > 1e-9, deviations, np.inf)
