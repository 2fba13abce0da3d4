"""The table of predictions, the only seam between models and their evaluation."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from leukosmear.schemas import PROBABILITY_PREFIX, Predictions, predicted_classes


@dataclass(frozen=True)
class ScoredSide:
    """The predictions of one side as arrays.

    Attributes:
        side: Name of the side.
        image_ids: Names of the n images.
        classes: Names of the k classes, in the order of the columns of `probabilities`.
        truth: int64 array of shape (n,): position in `classes` of each image's label.
        probabilities: float64 array of shape (n, k), values in [0, 1].
    """

    side: str
    image_ids: tuple[str, ...]
    classes: tuple[str, ...]
    truth: np.ndarray
    probabilities: np.ndarray

    @property
    def predicted(self) -> np.ndarray:
        """int64 array of shape (n,): the most probable class of each image, the first where several tie."""
        return self.probabilities.argmax(axis=1)

    @property
    def confusion_matrix(self) -> np.ndarray:
        """int64 array of shape (k, k): rows are true classes, columns predicted ones."""
        matrix = np.zeros((len(self.classes), len(self.classes)), dtype=np.int64)
        np.add.at(matrix, (self.truth, self.predicted), 1)
        return matrix


def take_side(predictions: pd.DataFrame, side: str) -> ScoredSide:
    """Take one side out of a table of predictions.

    Args:
        predictions: One row per image; columns `image_id`, `side`, `label` and one `p_<class>` per class,
            whose values are in [0, 1] and sum to 1 in each row.
        side: Name of the side, such as "test".

    Returns:
        The labels and probabilities of that side, in the order of the table.

    Raises:
        ValueError: Where the table breaks its contract (`leukosmear.schemas.Predictions`) or the side has no
            rows.
    """
    # A score of a broken table would look like any other score, so tables that skipped the catalog are
    # checked here as well.
    Predictions.validate(predictions)
    classes = predicted_classes(predictions)
    rows = predictions[predictions["side"] == side]
    if rows.empty:
        raise ValueError(
            f"Expected predictions of the side '{side}', found {sorted(predictions['side'].unique())}. "
            "Predict the images of that side, too."
        )
    position = {name: index for index, name in enumerate(classes)}
    return ScoredSide(
        side=side,
        image_ids=tuple(rows["image_id"]),
        classes=tuple(classes),
        truth=np.array([position[label] for label in rows["label"]], dtype=np.int64),
        probabilities=rows[[PROBABILITY_PREFIX + name for name in classes]].to_numpy(dtype=np.float64),
    )
