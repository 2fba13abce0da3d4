"""How far a training has come, by steps and by the clock, and the learning rate that belongs there."""

import math
import time
from typing import Any

import keras
from keras import ops

from leukosmear.parameters import TrainingParameters


class Budget:
    """The steps and the time that a training may take, and how much of them it has used.

    Args:
        parameters: Its `epochs`, `max_minutes` and `warmup_epochs` are used.
        steps_per_epoch: Batches of the training split.
        seconds: Time that was used already, by an earlier process whose training is resumed.
        warmup_seconds: Time that had been used when warm-up was over, if it was.

    Attributes:
        steps: Steps of all epochs; infinite if only time counts.
        seconds_allowed: Infinite if only epochs count.
        warmup_steps: Steps in which the learning rate rises.
        warmup_seconds: Time that had been used when warm-up was over; None before.
    """

    def __init__(
        self,
        parameters: TrainingParameters,
        steps_per_epoch: int,
        seconds: float = 0.0,
        warmup_seconds: float | None = None,
    ) -> None:
        self.steps = math.inf if parameters.epochs is None else parameters.epochs * steps_per_epoch
        self.seconds_allowed = math.inf if parameters.max_minutes is None else 60 * parameters.max_minutes
        self.warmup_steps = round(steps_per_epoch * parameters.warmup_epochs)
        self.warmup_seconds = warmup_seconds
        self._start = time.perf_counter() - seconds

    def seconds(self) -> float:
        """Return the time that was used."""
        return time.perf_counter() - self._start

    def share(self, step: int) -> float:
        """Return the share of the training that is over after so many steps, 0 to 1, by what ends it first."""
        return min(1.0, max(step / self.steps, self.seconds() / self.seconds_allowed))

    def decayed_share(self, step: int) -> float:
        """Return the share that is over of what comes after warm-up, 0 to 1, by what ends it first."""
        if step < self.warmup_steps:
            return 0.0
        if self.warmup_seconds is None:
            self.warmup_seconds = self.seconds()
        steps_left = max(self.steps - self.warmup_steps, 1)
        seconds_left = max(self.seconds_allowed - self.warmup_seconds, 1e-9)
        by_time = (self.seconds() - self.warmup_seconds) / seconds_left
        return min(1.0, max((step - self.warmup_steps) / steps_left, by_time))


def decay(schedule: str, share: Any) -> Any:  # noqa: ANN401 - a number or a tensor of the backend
    """Return what is left of the learning rate, 1 to 0, when a share of the training is over, 0 to 1."""
    if schedule == "cosine":
        return (1 + ops.cos(math.pi * share)) / 2
    return 1 - share if schedule == "linear" else ops.ones_like(share)


class StepSchedule(keras.optimizers.schedules.LearningRateSchedule):
    """The learning rate by the number of steps alone, computed in the graph: it rises to its highest, then decays."""

    def __init__(self, parameters: TrainingParameters, budget: Budget) -> None:
        self._parameters = parameters
        self._warmup = budget.warmup_steps
        self._decaying = max(budget.steps - budget.warmup_steps, 1)

    def __call__(self, step: Any) -> Any:  # noqa: ANN401 - a tensor of the backend
        """Return the learning rate of a step, from 0."""
        step = ops.cast(step, "float32")
        share = ops.clip((step - self._warmup) / self._decaying, 0.0, 1.0)
        risen = ops.minimum(step / max(self._warmup, 1), 1.0) if self._warmup else 1.0
        return self._parameters.learning_rate * risen * decay(self._parameters.schedule, share)


class TimeLimit(keras.callbacks.Callback):
    """Sets the learning rate by the time that was used, and stops when the rest is needed for validation.

    Args:
        parameters: The learning rate and its schedule.
        budget: The time that there is.
        step: Steps that were taken already.

    Attributes:
        is_over: Whether this callback has stopped the training.
    """

    def __init__(self, parameters: TrainingParameters, budget: Budget, step: int) -> None:
        super().__init__()
        self._parameters, self._budget, self._step = parameters, budget, step
        self._rate = math.inf
        self._validation_seconds = 0.0
        self.is_over = False

    def on_train_batch_begin(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Set the learning rate, where it has changed by more than 0.5 % of its highest value."""
        highest, warmup = self._parameters.learning_rate, self._budget.warmup_steps
        risen = min(self._step / warmup, 1.0) if warmup else 1.0
        rate = highest * risen * float(decay(self._parameters.schedule, self._budget.decayed_share(self._step)))
        if abs(rate - self._rate) <= 0.005 * highest:
            return
        self._rate = rate
        if keras.backend.backend() == "jax":
            # During an epoch Keras holds the state outside of its variables; bringing it back is what takes time.
            self.model.jax_state_sync()
        self.model.optimizer.learning_rate = rate

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Count the step, and stop where no more than the time of the last validation is left."""
        self._step += 1
        self._stop_in_time()

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Stop rather than begin an epoch that would be over at once."""
        self._stop_in_time()

    def _stop_in_time(self) -> None:
        if self._budget.seconds() + self._validation_seconds >= self._budget.seconds_allowed:
            self.is_over = True
            self.model.stop_training = True

    def on_test_begin(self, logs: dict[str, Any] | None = None) -> None:
        """Start the clock of the validation."""
        self._validation_began = self._budget.seconds()

    def on_test_end(self, logs: dict[str, Any] | None = None) -> None:
        """Read the clock of the validation."""
        self._validation_seconds = self._budget.seconds() - self._validation_began
