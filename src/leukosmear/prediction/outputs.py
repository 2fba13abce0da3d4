"""What every model leaves behind, whichever its family: the seam between models and reporting."""

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from leukosmear.schemas import PROBABILITY_PREFIX

# The train side is left out: what a model says of images it has learnt by heart is no evidence.
PREDICTED_SIDES = ("validation", "test")

# From inputs of shape (n, ...) to class probabilities of shape (n, n_classes).
Predict = Callable[[np.ndarray], np.ndarray]


def predictions_table(
    image_ids: Sequence[str],
    side: str,
    labels: np.ndarray,
    probabilities: np.ndarray,
    classes: Sequence[str],
) -> pd.DataFrame:
    """Lay out probabilities as a `Predictions` table.

    Args:
        image_ids: n names.
        side: The side all of them are in.
        labels: Array of shape (n,) of indices into `classes`.
        probabilities: Array of shape (n, n_classes), rows summing to 1.
        classes: Names of the classes.
    """
    # Networks return float32, whose rows sum to 1 only to seven digits.
    exact = np.asarray(probabilities, dtype=np.float64)
    exact = exact / exact.sum(axis=1, keepdims=True)
    return pd.DataFrame(
        {
            "image_id": list(image_ids),
            "side": side,
            "label": [classes[index] for index in labels],
            **{PROBABILITY_PREFIX + name: exact[:, index] for index, name in enumerate(classes)},
        }
    )
