"""What happens between the batches and the epochs of a training."""

import math
import time
from typing import Any

import keras
import numpy as np

from leukosmear.parameters import TrainingParameters
from leukosmear.training.batches import ImageBatches
from leukosmear.training.checkpoints import Checkpoint, TrainingState
from leukosmear.training.progress import Reporter
from leukosmear.training.schedules import Budget, TimeLimit

SCORES = ("loss", "accuracy", "precision", "recall", "f1")


class BestWeights(keras.callbacks.EarlyStopping):
    """Keras' early stopping, which keeps the best epoch's weights, but can begin in the middle of a training.

    Args:
        parameters: What is monitored, and for how many epochs without improvement training goes on.
        state: What training has behind it.
        weights: The best weights so far.
    """

    def __init__(self, parameters: TrainingParameters, state: TrainingState, weights: list[np.ndarray] | None) -> None:
        super().__init__(
            monitor=parameters.monitor.replace("validation", "val"),
            mode="min" if parameters.monitor.endswith("loss") else "max",
            patience=parameters.patience,
            restore_best_weights=True,
        )
        self._state, self._weights = state, weights

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        """Begin with the state that was passed instead of an empty one."""
        super().on_train_begin(logs)
        self.wait, self.best, self.best_epoch = self._state.wait, self._state.best, self._state.best_epoch
        self.best_weights = self._weights


class StopWhereNotFinite(keras.callbacks.Callback):
    """Stops training at the first batch whose loss is not a number.

    Args:
        checkpoint: Where the best weights so far are kept; None if nowhere.
    """

    def __init__(self, checkpoint: Checkpoint | None) -> None:
        super().__init__()
        self._checkpoint = checkpoint

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Count epochs."""
        self._epoch = epoch + 1

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Look at the loss, which is the mean of the epoch so far.

        Raises:
            FloatingPointError: If it is not finite.
        """
        self._refuse((logs or {})["loss"], f"batch {batch + 1} of epoch {self._epoch}")

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Look at the loss of the validation.

        Raises:
            FloatingPointError: If it is not finite.
        """
        self._refuse((logs or {})["val_loss"], f"the validation after epoch {self._epoch}")

    def _refuse(self, loss: float, place: str) -> None:
        if math.isfinite(loss):
            return
        best = self._checkpoint.best_epoch if self._checkpoint else None
        kept = (
            f"The best weights so far, those of epoch {best}, are kept in the checkpoint: docs/training.md says how "
            "to get a network from it."
            if best
            else "There is no checkpoint with weights of an earlier epoch."
        )
        raise FloatingPointError(
            f"Expected a finite loss. Found {loss} in {place}. Lower `learning_rate`, raise `warmup_epochs`, or set "
            f"`max_gradient_norm` to 1. {kept}"
        )


class EpochKeeper(keras.callbacks.Callback):
    """Gives each epoch its order of images, and keeps what came out of it.

    It has to stand behind the callbacks that may stop the training.

    Args:
        train: What is learnt from.
        parameters: How training ends.
        budget: The clock.
        state: What training has behind it; epochs are added to it.
        best: Keeps the best weights.
        limit: Watches the time; None if there is no limit.
        checkpoint: Where the state is saved; None if nowhere.
        reporter: What an epoch is told to.
    """

    def __init__(
        self,
        train: ImageBatches,
        parameters: TrainingParameters,
        budget: Budget,
        state: TrainingState,
        best: BestWeights,
        limit: TimeLimit | None,
        checkpoint: Checkpoint | None,
        reporter: Reporter,
    ) -> None:
        super().__init__()
        self._train, self._parameters, self._budget, self._state = train, parameters, budget, state
        self._best, self._limit, self._checkpoint, self._reporter = best, limit, checkpoint, reporter

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Take the order of the epoch, and start its clock."""
        self._train.set_epoch(epoch)
        self._start = time.perf_counter()

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Count the images of the epoch, which may be cut short."""
        self._images = min((batch + 1) * self._train.batch_size, self._train.n_images)

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Add the epoch to the state, report it, and save a checkpoint."""
        scores, state = logs or {}, self._state
        seconds = time.perf_counter() - self._start
        row = {
            "epoch": epoch + 1,
            **{f"train_{score}": scores[score] for score in SCORES},
            **{f"validation_{score}": scores[f"val_{score}"] for score in SCORES},
            "seconds": seconds,
            "images_per_second": self._images / seconds,
        }
        state.history.append(row)
        state.wait, state.best, state.best_epoch = self._best.wait, self._best.best, self._best.best_epoch
        state.seconds, state.warmup_seconds = self._budget.seconds(), self._budget.warmup_seconds
        state.stopped_because = self._reason(epoch)
        self._reporter.report_epoch(row, self._parameters.epochs)
        if self._checkpoint and self._best.best_weights:
            self._checkpoint.save(self.model, state, self._best.best_weights)

    def _reason(self, epoch: int) -> str | None:
        if self._limit and self._limit.is_over:
            return "time"
        if epoch + 1 == self._parameters.epochs:
            return "epochs"
        return "patience" if self.model.stop_training else None
