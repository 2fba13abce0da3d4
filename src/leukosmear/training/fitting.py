"""The training loop."""

import math
import sys
import time
from typing import Any

import keras
import numpy as np
import pandas as pd

from leukosmear.augmentation import AffineAugmentation
from leukosmear.model_images import LabelledImages
from leukosmear.parameters import AugmentationParameters, TrainingParameters
from leukosmear.training.scores import MacroScore

SCORES = ("loss", "accuracy", "precision", "recall", "f1")


class _EpochSeconds(keras.callbacks.Callback):
    """Times the epochs, validation included."""

    def __init__(self) -> None:
        super().__init__()
        self.seconds: list[float] = []

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        self._start = time.perf_counter()

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        self.seconds.append(time.perf_counter() - self._start)


def fit(
    network: keras.Model,
    train: LabelledImages,
    validation: LabelledImages,
    parameters: TrainingParameters,
    augmentation: AugmentationParameters,
) -> pd.DataFrame:
    """Train a network in place, and leave it with the weights of its best epoch.

    Args:
        network: Takes raw pixels, returns class probabilities.
        train: Images to learn from; only these are augmented.
        validation: Images that are watched.
        parameters: How to train.
        augmentation: The random changes.

    Returns:
        The history: a row per epoch with `epoch` (from 1), `train_<score>` and `validation_<score>` for loss,
        accuracy, and the macro averages of precision, recall and f1, `seconds`, and `images_per_second`. Scores
        on train are those of the augmented images, under dropout.

    Raises:
        FloatingPointError: If the loss is not finite.
    """
    n_classes = len(train.classes)
    augmenter = AffineAugmentation(**augmentation.model_dump(), seed=parameters.seed)
    # Wrapped, not built in: the augmentation must not become part of the network that is saved.
    trainer = keras.Sequential([keras.Input(train.pixels.shape[1:]), augmenter, network])
    trainer.compile(
        optimizer=keras.optimizers.Adam(_learning_rate(parameters, len(train))),
        loss=keras.losses.CategoricalCrossentropy(label_smoothing=parameters.label_smoothing),
        metrics=[
            keras.metrics.CategoricalAccuracy(name="accuracy"),
            *(MacroScore(score, n_classes) for score in ("precision", "recall", "f1")),
        ],
        # The augmentation's resampling has no XLA kernel under TensorFlow.
        jit_compile=keras.backend.backend() == "jax" and parameters.graph,
        run_eagerly=not parameters.graph,
    )
    timer = _EpochSeconds()
    outcome = trainer.fit(
        train.pixels,
        keras.utils.to_categorical(train.labels, n_classes),
        validation_data=(validation.pixels, keras.utils.to_categorical(validation.labels, n_classes)),
        epochs=parameters.epochs,
        batch_size=parameters.batch_size,
        callbacks=[timer, _keep_best(parameters), keras.callbacks.TerminateOnNaN()],
        # A bar on a terminal, a line per epoch in a log.
        verbose=1 if sys.stdout.isatty() else 2,
    ).history
    _refuse_non_finite(outcome)
    seconds = np.array(timer.seconds)
    return pd.DataFrame(
        {
            "epoch": np.arange(1, len(seconds) + 1),
            **{f"train_{score}": outcome[score] for score in SCORES},
            **{f"validation_{score}": outcome[f"val_{score}"] for score in SCORES},
            "seconds": seconds,
            "images_per_second": len(train) / seconds,
        }
    )


def best_epoch(history: pd.DataFrame, monitor: str) -> int:
    """Return the epoch whose weights were kept: the first with the best value of the monitored score."""
    values = history[monitor]
    best = values.argmin() if monitor.endswith("loss") else values.argmax()
    return int(history["epoch"].iloc[best])


def _learning_rate(parameters: TrainingParameters, n_images: int) -> float | Any:  # noqa: ANN401
    if parameters.schedule == "constant":
        return parameters.learning_rate
    steps = math.ceil(n_images / parameters.batch_size)
    warmup = round(steps * parameters.warmup_epochs)
    return keras.optimizers.schedules.CosineDecay(
        initial_learning_rate=0.0 if warmup else parameters.learning_rate,
        decay_steps=max(steps * parameters.epochs - warmup, 1),
        warmup_target=parameters.learning_rate if warmup else None,
        warmup_steps=warmup,
    )


def _keep_best(parameters: TrainingParameters) -> keras.callbacks.Callback:
    return keras.callbacks.EarlyStopping(
        monitor=parameters.monitor.replace("validation", "val"),
        mode="min" if parameters.monitor.endswith("loss") else "max",
        patience=parameters.patience,
        restore_best_weights=True,
    )


def _refuse_non_finite(outcome: dict[str, list[float]]) -> None:
    losses = np.array(outcome["loss"])
    if not np.isfinite(losses).all():
        raise FloatingPointError(
            f"Expected a finite loss. Found {losses[-1]} in epoch {len(losses)}. Lower `learning_rate`, or give "
            "the schedule some `warmup_epochs`."
        )
