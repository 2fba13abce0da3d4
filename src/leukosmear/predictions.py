"""What every model leaves behind, whichever its family: the seam between models and reporting."""

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from leukosmear.schemas import PROBABILITY_PREFIX, SPLIT_NAME

# The train side is left out: what a model says of images it has learnt by heart is no evidence.
PREDICTED_SIDES = ("validation", "test")

# From inputs of shape (n, ...) to class probabilities of shape (n, n_classes).
Predict = Callable[[np.ndarray], np.ndarray]


def predictions_table(rows: pd.DataFrame, probabilities: np.ndarray, classes: Sequence[str]) -> pd.DataFrame:
    """Lay out probabilities as a `Predictions` table.

    Args:
        rows: The n images, as they stand in the split: columns `protocol`, `fold`, `seed`, `image_id`, `side`, `label`.
        probabilities: Array of shape (n, n_classes), rows summing to 1.
        classes: Names of the classes.
    """
    # Networks return float32, whose rows sum to 1 only to seven digits.
    exact = np.asarray(probabilities, dtype=np.float64)
    exact = exact / exact.sum(axis=1, keepdims=True)
    table = rows[[*SPLIT_NAME, "image_id", "side", "label"]].reset_index(drop=True)
    return table.assign(**{PROBABILITY_PREFIX + name: exact[:, index] for index, name in enumerate(classes)})
