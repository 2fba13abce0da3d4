"""The learning rate over a training, and trainings that end when time is up."""

import math
from types import SimpleNamespace

import keras
import numpy as np
import pytest
from pydantic import ValidationError

from leukosmear.parameters import TrainingParameters
from leukosmear.training import schedules
from leukosmear.training.schedules import Budget, StepSchedule, TimeLimit

BASE = {
    "epochs": 5, "batch_size": 4, "learning_rate": 0.1, "schedule": "cosine", "monitor": "validation_loss",
    "patience": 1, "seed": 0,
}  # fmt: skip


def parameters(**changes: object) -> TrainingParameters:
    return TrainingParameters(**{**BASE, **changes})


def test_cosine_is_that_of_keras() -> None:
    training = parameters(warmup_epochs=1)
    rate = StepSchedule(training, Budget(training, 4))
    reference = keras.optimizers.schedules.CosineDecay(0.0, 16, warmup_target=0.1, warmup_steps=4)
    steps = range(22)
    np.testing.assert_allclose([float(rate(s)) for s in steps], [float(reference(s)) for s in steps], atol=1e-7)


@pytest.mark.parametrize(
    ("schedule", "warmup_epochs", "expected"),
    [("linear", 0, [0.1, 0.05, 0.0]), ("linear", 1, [0.0, 0.0625, 0.0]), ("constant", 0, [0.1, 0.1, 0.1])],
)
def test_rates_at_beginning_middle_and_end(schedule: str, warmup_epochs: float, expected: list[float]) -> None:
    training = parameters(schedule=schedule, warmup_epochs=warmup_epochs)
    rate = StepSchedule(training, Budget(training, 4))
    np.testing.assert_allclose([float(rate(step)) for step in (0, 10, 20)], expected, atol=1e-7)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """A clock that moves only when a test says so."""
    clock = SimpleNamespace(now=1000.0)
    monkeypatch.setattr(schedules.time, "perf_counter", lambda: clock.now)
    return clock


def test_what_ends_first_says_how_much_is_over(clock: SimpleNamespace) -> None:
    budget = Budget(parameters(max_minutes=1), 4, seconds=10)
    clock.now += 20
    assert budget.share(2) == 0.5  # 30 of 60 seconds, but 2 of 20 steps
    assert budget.share(15) == 0.75
    assert Budget(parameters(epochs=None, max_minutes=1), 4).share(10**9) == 0
    clock.now += 100
    assert budget.share(15) == 1


def run_by_the_clock(clock: SimpleNamespace, limit: TimeLimit, model: SimpleNamespace, epochs: int = 9) -> list[float]:
    """Ten batches of a second an epoch, three seconds of validation; returns the learning rate of each step."""
    limit.set_model(model)
    rates = []
    for epoch in range(epochs):
        for batch in range(10):
            limit.on_train_batch_begin(batch)
            rates.append(model.optimizer.learning_rate)
            clock.now += 1
            limit.on_train_batch_end(batch)
            if model.stop_training:
                break
        limit.on_test_begin()
        clock.now += 3
        limit.on_test_end()
        limit.on_epoch_end(epoch)
        if model.stop_training:
            break
    return rates


def model_of(rate: float) -> SimpleNamespace:
    return SimpleNamespace(
        optimizer=SimpleNamespace(learning_rate=rate), stop_training=False, jax_state_sync=lambda: None
    )


def test_the_rate_comes_to_its_end_with_the_time(clock: SimpleNamespace) -> None:
    training = parameters(epochs=None, max_minutes=1, warmup_epochs=0.5)
    budget, model = Budget(training, 10), model_of(0.1)
    limit = TimeLimit(training, budget, step=0)
    rates = run_by_the_clock(clock, limit, model)
    assert limit.is_over
    assert budget.seconds() == 60  # the last validation ends when time is up
    np.testing.assert_allclose(rates[:6], [0, 0.02, 0.04, 0.06, 0.08, 0.1])  # 5 steps of warm-up
    assert len(rates) == 45  # 4 epochs with their validation take 52 seconds; then there is time for 5 batches and 3 s
    begins = [step + 3 * (step // 10) for step in range(5, 45)]
    cosine = [0.05 * (1 + math.cos(math.pi * (second - 5) / 55)) for second in begins]
    np.testing.assert_allclose(rates[5:], cosine, atol=0.0005)


def test_a_resumed_training_has_the_rest_of_its_time(clock: SimpleNamespace) -> None:
    training = parameters(epochs=None, max_minutes=1, warmup_epochs=0.5)
    whole = run_by_the_clock(clock, TimeLimit(training, Budget(training, 10), 0), model_of(0.1))
    budget = Budget(training, 10)
    first = run_by_the_clock(clock, TimeLimit(training, budget, 0), model_of(0.1), epochs=2)
    seconds = budget.seconds()
    clock.now += 3600  # killed, and started again an hour later
    resumed = Budget(training, 10, seconds, budget.warmup_seconds)
    rest = run_by_the_clock(clock, TimeLimit(training, resumed, 20), model_of(0.1))
    np.testing.assert_allclose(first + rest, whole, atol=0.0005)
    assert resumed.seconds() == 60


def test_a_training_without_an_end_is_refused() -> None:
    with pytest.raises(ValidationError, match="Expected `epochs` or `max_minutes`"):
        parameters(epochs=None)
