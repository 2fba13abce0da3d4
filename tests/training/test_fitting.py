"""What the training loop does with its parameters, on two numbers instead of images."""

import io
import logging
from pathlib import Path

import keras
import numpy as np
import pytest
import rich.console

from leukosmear.parameters import TrainingParameters
from leukosmear.training import progress
from leukosmear.training.batches import ImageBatches
from leukosmear.training.checkpoints import Checkpoint, best_network
from leukosmear.training.fitting import Fitted, fit
from training.tiny_training import store_below

FEATURES = np.float32([[1, 0], [2, 0], [3, 0], [0, 1]])
LABELS = np.array([0, 0, 0, 1])


def parameters(**changes: object) -> TrainingParameters:
    base = {
        "epochs": 1, "batch_size": 4, "learning_rate": 0.1, "schedule": "constant", "monitor": "validation_loss",
        "patience": 9, "graph": False, "seed": 0,
    }  # fmt: skip
    return TrainingParameters(**{**base, **changes})


def network(bias: tuple[float, float] = (0, 0), kernel: float = 0) -> keras.Model:
    dense = keras.layers.Dense(2, activation="softmax")
    model = keras.Sequential([keras.Input((2,)), dense])
    dense.set_weights([np.full((2, 2), kernel, np.float32), np.float32(bias)])
    return model


def batches(features: np.ndarray = FEATURES, labels: np.ndarray = LABELS, size: int = 4) -> ImageBatches:
    return ImageBatches(features.__getitem__, labels, ["many", "few"], size, seed=0)


def train(model: keras.Model, data: ImageBatches, **changes: object) -> Fitted:
    return fit(model, data, batches(), parameters(**changes))


@pytest.mark.parametrize(
    ("class_weights", "loss"),
    [
        ("none", -(3 * np.log(0.8) + np.log(0.2)) / 4),
        # 4 images of 2 classes: each of the three counts 4 / (3 x 2), the one 4 / (1 x 2).
        ("balanced", -(3 * 2 / 3 * np.log(0.8) + 2 * np.log(0.2)) / 4),
    ],
)
def test_balanced_classes_count_the_same(class_weights: str, loss: float) -> None:
    fitted = train(network(bias=(np.log(0.8), np.log(0.2))), batches(), class_weights=class_weights)
    assert fitted.history["train_loss"][0] == pytest.approx(loss, rel=1e-5)


def test_weights_decay_but_biases_do_not() -> None:
    """The network is right on average, whatever it sees: no gradient moves anything."""
    model, even = network(bias=(3, 3), kernel=2), batches(np.zeros((4, 2), np.float32), np.array([0, 1, 0, 1]))
    fit(model, even, even, parameters(weight_decay=0.5))
    kernel, bias = model.get_weights()
    np.testing.assert_allclose(kernel, 2 * (1 - 0.1 * 0.5), rtol=1e-5)
    np.testing.assert_allclose(bias, 3, rtol=1e-5)


def test_long_gradients_are_scaled_down() -> None:
    """Adam undoes any scale but one that is lost beside its epsilon of 1e-7."""
    moved = []
    for norm in (None, 1e-7):
        model = network()
        train(model, batches(), max_gradient_norm=norm)
        moved.append(np.abs(model.get_weights()[0]).max())
    assert moved[0] == pytest.approx(0.1, rel=1e-4)
    assert moved[1] < 0.06


class PoisonedInItsThirdEpoch(ImageBatches):
    def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        pixels, labels = super().__getitem__(index)
        return pixels * (np.nan if (self.epoch, index) == (2, 1) else 1), labels

    def set_epoch(self, epoch: int) -> None:
        super().set_epoch(epoch)
        self.epoch = epoch


def test_a_loss_that_is_not_finite_stops_at_its_batch_and_the_best_weights_stay(tmp_path: Path) -> None:
    store, model = store_below(tmp_path), network()
    data = PoisonedInItsThirdEpoch(FEATURES.__getitem__, LABELS, ["many", "few"], 2, seed=0)
    checkpoint = Checkpoint(store, {}, model, every=1)
    expected = (
        r"Found nan in batch 2 of epoch 3\. Lower `learning_rate`, raise `warmup_epochs`, or set `max_gradient_norm` "
        r"to 1\. The best weights so far, those of epoch 2, are kept in the checkpoint"
    )
    with pytest.raises(FloatingPointError, match=expected):
        fit(model, data, batches(), parameters(epochs=5), checkpoint=checkpoint)
    two_epochs = network()
    train(two_epochs, batches(size=2), epochs=2)
    for kept, reference in zip(best_network(store).get_weights(), two_epochs.get_weights(), strict=True):
        np.testing.assert_array_equal(kept, reference)


def test_a_loss_that_is_not_finite_at_once_leaves_nothing() -> None:
    with pytest.raises(FloatingPointError, match=r"in batch 1 of epoch 1\. .* There is no checkpoint"):
        train(network(bias=(np.nan, 0)), batches())


def test_training_ends_when_time_is_up() -> None:
    fitted = train(network(), batches(), epochs=None, max_minutes=0.01, schedule="linear", patience=10**6)
    assert fitted.stopped_because == "time"
    assert fitted.seconds + fitted.history["seconds"].max() > 0.6  # no room for one epoch more


def test_an_epoch_is_a_line_in_the_log(caplog) -> None:
    with caplog.at_level(logging.INFO, logger="leukosmear"):
        train(network(), batches(), epochs=2)
    lines = [line for line in caplog.messages if line.startswith("Epoch ")]
    assert [line[:20] for line in lines] == ["Epoch 1/2: loss 0.69", "Epoch 2/2: loss 0.50"]
    assert lines[0].endswith(" images/s")
    assert caplog.messages[-1] == "Training is over; the weights are those of epoch 2"


def test_a_terminal_shows_a_bar_with_the_time_left(monkeypatch: pytest.MonkeyPatch, caplog) -> None:
    screen = io.StringIO()
    console = rich.console.Console(file=screen, force_terminal=True, width=120)
    monkeypatch.setattr(progress.rich, "get_console", lambda: console)
    with caplog.at_level(logging.INFO, logger="leukosmear"):
        train(network(), batches(size=2), epochs=2)
    shown = screen.getvalue()
    assert "epoch 2/2, batch 2/2" in shown
    assert "Epoch 2/2: loss " in shown
    assert not any(line.startswith("Epoch ") for line in caplog.messages)  # else it would stand there twice
