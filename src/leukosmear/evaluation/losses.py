"""What each image's probabilities cost, given the truth."""

import numpy as np


def log_losses(truth: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    """Compute -log(probability of the true class) of each image, in nats.

    Args:
        truth: int64 array of shape (n,), the true class of each image.
        probabilities: float64 array of shape (n, k), values in [0, 1].

    Returns:
        float64 array of shape (n,), 0 or more. Probabilities are kept above the float64 epsilon, as
        scikit-learn's `log_loss` does, so that one sure mistake costs 36 and not infinity.
    """
    of_truth = probabilities[np.arange(len(truth)), truth]
    return -np.log(np.clip(of_truth, np.finfo(np.float64).eps, 1.0))


def brier_scores(truth: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    """Compute the squared distance of each image's probabilities from the truth, summed over all classes.

    Source: G. W. Brier, "Verification of forecasts expressed in terms of probability", Monthly Weather Review 78
    (1950), 1-3. With two classes it is twice what is often called the Brier score.

    Args:
        truth: int64 array of shape (n,), the true class of each image.
        probabilities: float64 array of shape (n, k), values in [0, 1].

    Returns:
        float64 array of shape (n,), from 0 (sure and right) to 2 (sure and wrong).
    """
    one_hot = truth[:, None] == np.arange(probabilities.shape[1])
    return ((probabilities - one_hot) ** 2).sum(axis=1)
