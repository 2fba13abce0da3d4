"""How a study hears of a training while it runs; this imports Keras, so it is imported late."""

from typing import TYPE_CHECKING, Any

import keras

if TYPE_CHECKING:
    import optuna


class TrialReporter(keras.callbacks.Callback):
    """Reports the score of each epoch, and stops the training of a trial that the study gives up.

    Args:
        trial: The trial.
        score: Name of the score, such as validation_f1.

    Attributes:
        is_pruned: Whether the study has given the trial up.
    """

    def __init__(self, trial: "optuna.Trial", score: str) -> None:
        super().__init__()
        self._trial, self._score = trial, score.replace("validation", "val")
        self.is_pruned = False

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Report an epoch."""
        self._trial.report(float((logs or {})[self._score]), step=epoch)
        if self._trial.should_prune():
            self.is_pruned = self.model.stop_training = True
