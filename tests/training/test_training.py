import subprocess
import sys

import keras
import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import f1_score, precision_score, recall_score

from leukosmear.model_images import load_split
from leukosmear.networks.compact import compact_cnn
from leukosmear.parameters import AugmentationParameters, NetworkParameters, TrainingParameters
from leukosmear.schemas import Predictions
from leukosmear.training.fitting import best_epoch, fit
from leukosmear.training.nodes import predict_with_network, train_network
from leukosmear.training.scores import MacroScore

NO_AUGMENTATION = AugmentationParameters(
    rotation=0, width_shift=0, height_shift=0, shear=0, zoom=0, horizontal_flip=True, fill_mode="nearest"
)
TRAINING = TrainingParameters(
    epochs=12, batch_size=4, learning_rate=0.02, schedule="cosine", warmup_epochs=1, monitor="validation_loss",
    patience=12, seed=1,
)  # fmt: skip
NETWORK = NetworkParameters(
    builder="leukosmear.networks.compact.compact_cnn", options={"filters": [4, 8], "dropout": 0.0}
)


def test_scores_are_macro_averages_over_all_batches() -> None:
    generator = np.random.default_rng(0)
    actual, predicted = (
        generator.integers(0, 3, 40),
        generator.integers(0, 2, 40),
    )  # class 2 is never predicted
    one_hot, probabilities = np.eye(4)[actual], np.eye(4)[predicted]  # class 3 does not occur at all
    for name, reference in [("precision", precision_score), ("recall", recall_score), ("f1", f1_score)]:
        metric = MacroScore(name, 4)
        for start in range(0, 40, 16):
            metric.update_state(one_hot[start : start + 16], probabilities[start : start + 16])
        expected = reference(actual, predicted, labels=range(4), average="macro", zero_division=0)
        assert float(metric.result()) == pytest.approx(expected)
        metric.reset_state()
        assert float(metric.result()) == 0


def test_network_learns_and_leaves_a_history_and_a_record(two_colours) -> None:
    network, history, record = train_network("small", *two_colours, NETWORK, TRAINING, NO_AUGMENTATION)
    scores = ("loss", "accuracy", "precision", "recall", "f1")
    assert list(history.columns) == [
        "epoch", *(f"train_{s}" for s in scores), *(f"validation_{s}" for s in scores), "seconds", "images_per_second",
    ]  # fmt: skip
    assert list(history["epoch"]) == list(range(1, 13))
    assert history["validation_accuracy"].max() == 1
    assert record["n_parameters"] == network.count_params()
    assert record["classes"] == ["A", "B"]
    assert record["n_train"] == 8
    assert record["epochs_run"] == 12
    assert record["train_seconds"] > 0
    assert record["latency_ms"] > 0

    predictions = Predictions.validate(predict_with_network(network, *two_colours, TRAINING))
    assert list(predictions.columns) == ["image_id", "split", "label", "p_A", "p_B"]
    assert predictions["split"].value_counts().to_dict() == {"validation": 4, "test": 4}
    assert (predictions[["p_A", "p_B"]].idxmax(axis=1).str[2:] == predictions["label"]).all()


def test_the_kept_weights_are_those_of_the_best_epoch(two_colours) -> None:
    """Validation labels that contradict training make it worse with every epoch after the first."""
    partitions, manifest = two_colours
    contrary = manifest.copy()
    validation_rows = contrary["split"] == "validation"
    contrary.loc[validation_rows, "label"] = contrary.loc[validation_rows, "label"].map({"A": "B", "B": "A"})
    slow = TRAINING.model_copy(
        update={
            "schedule": "constant",
            "warmup_epochs": 0,
            "learning_rate": 0.01,
            "patience": 4,
            "epochs": 30,
        }
    )
    network, history, record = train_network("small", partitions, contrary, NETWORK, slow, NO_AUGMENTATION)
    images = load_split(partitions, contrary, "validation")
    loss = keras.losses.CategoricalCrossentropy()(np.eye(2)[images.labels], network.predict(images.pixels, verbose=0))
    best = history["validation_loss"].min()
    assert float(loss) == pytest.approx(best, rel=1e-3)
    assert history["validation_loss"].iloc[-1] > 1.5 * best
    assert record["best_epoch"] == best_epoch(history, "validation_loss")
    assert record["epochs_run"] == record["best_epoch"] + 4 < 30


def test_same_seed_same_predictions(two_colours) -> None:
    tables = []
    for _ in range(2):
        network, _, _ = train_network(
            "small", *two_colours, NETWORK, TRAINING.model_copy(update={"epochs": 2}), NO_AUGMENTATION
        )
        tables.append(predict_with_network(network, *two_colours, TRAINING))
    pd.testing.assert_frame_equal(*tables)


def test_a_loss_that_is_not_finite_stops_the_run(two_colours) -> None:
    train = load_split(*two_colours, "train")
    network = compact_cnn((16, 16, 3), 2, filters=(4, 8))
    network.layers[-1].kernel.assign(np.full((8, 2), np.nan))
    with pytest.raises(FloatingPointError, match=r"Found nan in epoch 1. Lower `learning_rate`"):
        fit(network, train, train, TRAINING, NO_AUGMENTATION)


@pytest.mark.parametrize(("monitor", "epoch"), [("validation_loss", 2), ("validation_accuracy", 3)])
def test_best_epoch_is_the_first_with_the_best_value(monitor: str, epoch: int) -> None:
    history = pd.DataFrame(
        {"epoch": [1, 2, 3, 4], "validation_loss": [3, 1, 2, 1], "validation_accuracy": [0.1, 0.2, 0.9, 0.9]}
    )
    assert best_epoch(history, monitor) == epoch


TWO_DEVICES = """
import keras, numpy as np, tensorflow as tf
cpu = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * {n})
from leukosmear.training.accelerators import all_accelerators
from leukosmear.training.scores import MacroScore
from leukosmear.model_images import LabelledImages
from leukosmear.networks.compact import compact_cnn
from leukosmear.parameters import AugmentationParameters, TrainingParameters
from leukosmear.training.fitting import fit
keras.utils.set_random_seed(0)
x = np.random.default_rng(0).normal(size=(32, 5)).astype("float32")
y = np.eye(2)[(x[:, 0] > 0).astype(int)]
with all_accelerators() as found:
    model = keras.Sequential([keras.Input((5,)), keras.layers.Dense(2, activation="softmax")])
    model.compile("sgd", "categorical_crossentropy", metrics=[MacroScore("f1", 2)], jit_compile=False)
    history = model.fit(x, y, batch_size=16, epochs=2, shuffle=False, verbose=0).history
print(found, *(round(v, 5) for v in history["loss"] + history["f1"]))

pixels = np.random.default_rng(0).integers(0, 256, (16, 32, 32, 3), np.uint8)
images = LabelledImages([str(i) for i in range(16)], pixels, np.arange(16) % 2, ["A", "B"])
training = TrainingParameters(
    epochs=1, batch_size=8, learning_rate=0.01, schedule="cosine", monitor="validation_loss", patience=1, seed=0
)
augmentation = AugmentationParameters(
    rotation=20, width_shift=0.1, height_shift=0.1, shear=5, zoom=0.1, horizontal_flip=True, fill_mode="nearest"
)
with all_accelerators():
    network = compact_cnn((32, 32, 3), 2, filters=(4, 8))
    table = fit(network, images, images, training, augmentation)
print("trained", len(table), network(pixels[:3]).shape)
"""


def test_two_devices_train_like_one() -> None:
    outputs = [
        subprocess.run(
            [sys.executable, "-c", TWO_DEVICES.format(n=n)], capture_output=True, text=True, check=True
        ).stdout.splitlines()
        for n in (1, 2)
    ]
    one, two = (next(line for line in lines if "CPU" in line).split("CPU") for lines in outputs)
    assert (one[0], two[0]) == ("", "2 x ")
    assert one[1] == two[1]  # loss and F1 of both epochs
    assert all(lines[-1] == "trained 1 (3, 2)" for lines in outputs)
