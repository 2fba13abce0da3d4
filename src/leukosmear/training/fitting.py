"""The training loop."""

import logging
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import keras
import pandas as pd

from leukosmear.augmentation.layer import Augmentation
from leukosmear.devices.distribution import DealOut, normalise_together
from leukosmear.parameters import AugmentationParameters, TrainingParameters
from leukosmear.training.batches import ImageBatches, as_fed, shareable
from leukosmear.training.callbacks import BestWeights, EpochKeeper, StopWhereNotFinite
from leukosmear.training.checkpoints import Checkpoint, TrainingState
from leukosmear.training.macro_scores import MacroScore
from leukosmear.training.progress import reporter
from leukosmear.training.schedules import Budget, StepSchedule, TimeLimit

logger = logging.getLogger(__name__)

# Small vectors, whose size says nothing about how complicated a network is.
NOT_DECAYED = ["bias", "gamma", "beta"]


@dataclass(frozen=True)
class Fitted:
    """What came out of a training, besides the network.

    Attributes:
        history: A row per epoch with `epoch` (from 1), `train_<score>` and `validation_<score>` for loss, accuracy,
            and the macro averages of precision, recall and f1, `seconds`, and `images_per_second`. Scores on train
            are those of the augmented images, under dropout.
        seconds: How long it took, in all processes together if it was resumed.
        stopped_because: epochs (all are over), patience (no improvement), time (all is used) or watcher (one said so).
        resumed_from_epoch: The epoch after which it went on from a checkpoint; None if it did not.
    """

    history: pd.DataFrame
    seconds: float
    stopped_because: str
    resumed_from_epoch: int | None

    def describe(self, monitor: str) -> dict[str, Any]:
        """Describe the training as its record has it.

        Args:
            monitor: The score that decided which epoch's weights were kept.
        """
        return {
            "epochs_run": len(self.history),
            "best_epoch": best_epoch(self.history, monitor),
            "stopped_because": self.stopped_because,
            "resumed_from_epoch": self.resumed_from_epoch,
            "train_seconds": self.seconds,
            "images_per_second": float(self.history["images_per_second"].median()),
        }


def fit(
    network: keras.Model,
    train: ImageBatches,
    validation: ImageBatches,
    parameters: TrainingParameters,
    augmentation: AugmentationParameters | None = None,
    checkpoint: Checkpoint | None = None,
    watchers: Sequence[keras.callbacks.Callback] = (),
) -> Fitted:
    """Train a network in place, and leave it with the weights of its best epoch.

    Args:
        network: Takes what the batches hold, such as raw pixels, and returns class probabilities.
        train: Batches to learn from, shuffled; only these are augmented.
        validation: Batches that are watched, in one order.
        parameters: How to train.
        augmentation: The random changes; None, as for anything but images, for no change.
        checkpoint: Where the training is kept after each epoch, and from where it goes on; None if nowhere.
        watchers: Callbacks that look on, each epoch after it was kept.

    Raises:
        FloatingPointError: If the loss is not finite.
    """
    normalise_together(network)
    trainer = _wrap(network, train.image_shape, augmentation, parameters.seed)
    _compile(trainer, parameters, Budget(parameters, len(shareable(train))), len(train.classes))
    state, best_weights = checkpoint.restore(trainer) if checkpoint else (TrainingState(), None)
    resumed = len(state.history) or None
    if state.stopped_because:
        trainer.set_weights(best_weights)
    else:
        best = BestWeights(parameters, state, best_weights)
        _run(trainer, train, validation, parameters, state, best, checkpoint, watchers)
    logger.info("Training is over; the weights are those of epoch %s", state.best_epoch + 1)
    return Fitted(pd.DataFrame(state.history), state.seconds, state.stopped_because or "watcher", resumed)


def best_epoch(history: pd.DataFrame, monitor: str) -> int:
    """Return the epoch whose weights were kept: the first with the best value of the monitored score."""
    values = history[monitor]
    best = values.argmin() if monitor.endswith("loss") else values.argmax()
    return int(history["epoch"].iloc[best])


def _wrap(
    network: keras.Model, shape: tuple[int, ...], augmentation: AugmentationParameters | None, seed: int
) -> keras.Model:
    # Wrapped, not built in: the augmentation must not become part of the network that is saved.
    layers = [Augmentation(augmentation, seed=seed)] if augmentation else []
    # Bytes are gathered faster than floats; features, which are not augmented, are no bytes.
    pixels = keras.Input(shape, dtype="uint8" if augmentation else "float32")
    return keras.Sequential([pixels, DealOut(), *layers, network])


def _compile(trainer: keras.Model, parameters: TrainingParameters, budget: Budget, n_classes: int) -> None:
    optimizer = keras.optimizers.Adam(
        # By time, the rate is set between the steps.
        parameters.learning_rate if parameters.max_minutes else StepSchedule(parameters, budget),
        weight_decay=parameters.weight_decay or None,
        global_clipnorm=parameters.max_gradient_norm,
    )
    optimizer.exclude_from_weight_decay(var_names=NOT_DECAYED)
    trainer.compile(
        optimizer=optimizer,
        loss=keras.losses.CategoricalCrossentropy(label_smoothing=parameters.label_smoothing),
        metrics=[
            keras.metrics.CategoricalAccuracy(name="accuracy"),
            *(MacroScore(score, n_classes) for score in ("precision", "recall", "f1")),
        ],
        # TensorFlow's own kernels convolve faster on a CPU than those that XLA makes.
        jit_compile=keras.backend.backend() == "jax" and parameters.graph,
        run_eagerly=not parameters.graph,
    )
    # Its moments have to be there before a checkpoint can be restored.
    trainer.optimizer.build(trainer.trainable_variables)


def _run(
    trainer: keras.Model,
    train: ImageBatches,
    validation: ImageBatches,
    parameters: TrainingParameters,
    state: TrainingState,
    best: BestWeights,
    checkpoint: Checkpoint | None,
    watchers: Sequence[keras.callbacks.Callback],
) -> None:
    """Run the epochs that are left; their results are added to the state."""
    shared = shareable(train)
    budget = Budget(parameters, len(shared), state.seconds, state.warmup_seconds)
    limit = TimeLimit(parameters, budget, len(state.history) * len(shared)) if parameters.max_minutes else None
    with reporter(parameters, budget, len(shared)) as shown:
        keeper = EpochKeeper(train, parameters, budget, state, best, limit, checkpoint, shown)
        trainer.fit(
            as_fed(shared),
            validation_data=as_fed(validation),
            class_weight=_class_weights(train) if parameters.class_weights == "balanced" else None,
            initial_epoch=len(state.history),
            epochs=parameters.epochs or sys.maxsize,
            shuffle=False,  # the batches are; Keras would shuffle their order by a generator that is not seeded here
            callbacks=[StopWhereNotFinite(checkpoint), *([limit] if limit else []), shown, best, keeper, *watchers],
            verbose=0,
        )


def _class_weights(train: ImageBatches) -> dict[int, float]:
    """Weigh the classes as scikit-learn's `class_weight="balanced"` does, so that each counts the same in all."""
    present = train.class_counts > 0
    weights = train.n_images / (present.sum() * train.class_counts.clip(min=1))
    return dict(enumerate(weights.tolist()))
