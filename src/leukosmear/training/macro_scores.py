"""Scores that are watched while a network trains."""

from typing import Any, Literal

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="leukosmear")
class MacroScore(keras.metrics.Metric):
    """Precision, recall or F1 of each class, averaged over the classes.

    Keras' own precision and recall threshold each class's probability at one half and pool the classes; the
    paper's figures are of the class that is chosen.

    A class with no images adds a recall of 0, and one that is never predicted a precision of 0, as in
    scikit-learn with `zero_division=0`.

    Args:
        score: precision, recall or f1.
        n_classes: Number of classes.
        name: Name in the log; the score's own by default.
        dtype: Type of the result.
    """

    def __init__(
        self,
        score: Literal["precision", "recall", "f1"],
        n_classes: int,
        name: str | None = None,
        dtype: str | None = None,
    ) -> None:
        super().__init__(name=name or score, dtype=dtype)
        self.score = score
        self.n_classes = n_classes
        self.confusion = self.add_weight(
            shape=(n_classes, n_classes), initializer="zeros", name="confusion", dtype="float32"
        )

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:  # noqa: ANN401
        """Count a batch.

        Args:
            y_true: One-hot labels of shape (n, n_classes).
            y_pred: Probabilities of shape (n, n_classes).
            sample_weight: Weights of shape (n,), or None.
        """
        actual = ops.one_hot(ops.argmax(y_true, axis=-1), self.n_classes, dtype="float32")
        predicted = ops.one_hot(ops.argmax(y_pred, axis=-1), self.n_classes, dtype="float32")
        if sample_weight is not None:
            actual = actual * ops.reshape(ops.cast(sample_weight, "float32"), (-1, 1))
        self.confusion.assign_add(ops.matmul(ops.transpose(actual), predicted))

    def result(self) -> Any:  # noqa: ANN401 - a tensor of the backend
        """Return the score, 0 to 1."""
        right = ops.diagonal(self.confusion)
        precision = ops.divide_no_nan(right, ops.sum(self.confusion, axis=0))
        recall = ops.divide_no_nan(right, ops.sum(self.confusion, axis=1))
        f1 = ops.divide_no_nan(2 * precision * recall, precision + recall)
        return ops.mean({"precision": precision, "recall": recall, "f1": f1}[self.score])

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make an equal metric."""
        return {**super().get_config(), "score": self.score, "n_classes": self.n_classes}
