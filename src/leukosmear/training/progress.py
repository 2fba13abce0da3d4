"""What one sees of a training while it runs: a bar on a terminal, and a line an epoch."""

import logging
import math
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import keras
import rich
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from leukosmear.parameters import TrainingParameters
from leukosmear.training.schedules import Budget

logger = logging.getLogger(__name__)


class Reporter(keras.callbacks.Callback):
    """Says how a training goes: does nothing by itself but to write a line when told that an epoch is over.

    Args:
        seconds: Between two lines, at least; the first epoch and the last of all have theirs in any case.
    """

    def __init__(self, seconds: float = 5.0) -> None:
        super().__init__()
        self._between, self._written = seconds, -math.inf

    def report_epoch(self, row: Mapping[str, float], epochs: int | None) -> None:
        """Write the line of an epoch, if the one before it is long ago."""
        now = time.monotonic()
        if now - self._written >= self._between or row["epoch"] == epochs:
            self._written = now
            self.write(_line(row, epochs))

    def write(self, line: str) -> None:
        """Write a line to the log."""
        logger.info(line)


class TerminalReporter(Reporter):
    """Shows a bar of the whole training with the time that is left, and the lines of the epochs above it.

    Args:
        bar: Where it is shown.
        budget: Says which share of the training is over.
        epochs: Epochs of the training; None if only time counts.
        steps_per_epoch: Batches of an epoch.
    """

    def __init__(self, bar: Progress, budget: Budget, epochs: int | None, steps_per_epoch: int) -> None:
        super().__init__(seconds=0)
        self._bar, self._budget, self._steps = bar, budget, steps_per_epoch
        self._of_epochs = f"/{epochs}" if epochs else ""
        self._task = bar.add_task("", total=1.0, scores="")

    def write(self, line: str) -> None:
        """Write a line above the bar; from the log it would run into the bar."""
        self._bar.console.print(line, highlight=False, markup=False)

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Count epochs."""
        self._epoch = epoch

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Move the bar."""
        scores = logs or {}
        self._bar.update(
            self._task,
            completed=self._budget.share(self._epoch * self._steps + batch + 1),
            description=f"epoch {self._epoch + 1}{self._of_epochs}, batch {batch + 1}/{self._steps}",
            scores=f"loss {scores['loss']:.3f}, accuracy {scores['accuracy']:.1%}",
        )


@contextmanager
def reporter(parameters: TrainingParameters, budget: Budget, steps_per_epoch: int) -> Iterator[Reporter]:
    """Choose what is shown: a bar where there is a terminal, and lines in the log elsewhere."""
    console = rich.get_console()
    if not console.is_terminal:
        yield Reporter()
        return
    columns = TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[scores]}"), TimeRemainingColumn()
    with Progress(*columns, console=console, transient=True) as bar:
        yield TerminalReporter(bar, budget, parameters.epochs, steps_per_epoch)


def _line(row: Mapping[str, float], epochs: int | None) -> str:
    return (
        f"Epoch {row['epoch']:.0f}{f'/{epochs}' if epochs else ''}: "
        f"loss {row['train_loss']:.4f}, accuracy {row['train_accuracy']:.2%}; "
        f"validation loss {row['validation_loss']:.4f}, accuracy {row['validation_accuracy']:.2%}; "
        f"{row['seconds']:.1f} s, {row['images_per_second']:.0f} images/s"
    )
