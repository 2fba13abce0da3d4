"""How a study hears of a training while it runs; imports Keras, and hence is imported late."""

from typing import TYPE_CHECKING, Any

import keras

from leukosmear.tuning.study import require_optuna

if TYPE_CHECKING:
    import optuna


class TrialReporter(keras.callbacks.Callback):
    """Reports the score of each epoch, and stops the training of a trial that is not worth going on with.

    Args:
        trial: The trial.
        score: Name of the score, such as validation_f1.
    """

    def __init__(self, trial: "optuna.Trial", score: str) -> None:
        super().__init__()
        self._trial, self._score = trial, score.replace("validation", "val")

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Report an epoch.

        Raises:
            optuna.TrialPruned: If the study gives the trial up.
        """
        self._trial.report(float((logs or {})[self._score]), step=epoch)
        if self._trial.should_prune():
            raise require_optuna().TrialPruned
