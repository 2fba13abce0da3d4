import itertools
from pathlib import Path

import keras
import numpy as np
import pandas as pd
import pytest
import yaml
from sklearn.metrics import f1_score, precision_score, recall_score

from leukosmear.datasets.checkpoint import CheckpointDataset, Store
from leukosmear.model_images import load_side
from leukosmear.parameters import AugmentationParameters, NetworkParameters, TrainingParameters
from leukosmear.prediction.networks import predict_with_network
from leukosmear.schemas import Predictions
from leukosmear.training.fitting import best_epoch
from leukosmear.training.macro_scores import MacroScore
from leukosmear.training.nodes import train_network

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


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return CheckpointDataset(filepath=str(tmp_path / "checkpoint.npz")).load()


def test_network_learns_and_leaves_a_history_and_a_record(two_colours, store: Store) -> None:
    network, history, record = train_network("small", *two_colours, NETWORK, TRAINING, NO_AUGMENTATION, store)
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
    assert (record["stopped_because"], record["resumed_from_epoch"]) == ("epochs", None)
    assert record["train_seconds"] > 0

    predictions = Predictions.validate(predict_with_network(network.predict_on_batch, *two_colours, TRAINING))
    assert list(predictions.columns) == ["protocol", "fold", "seed", "image_id", "side", "label", "p_A", "p_B"]
    assert predictions["side"].value_counts().to_dict() == {"validation": 4, "test": 4}
    assert (predictions[["p_A", "p_B"]].idxmax(axis=1).str[2:] == predictions["label"]).all()


def test_the_kept_weights_are_those_of_the_best_epoch(two_colours, store: Store) -> None:
    """Validation labels that contradict training make it worse with every epoch after the first."""
    partitions, manifest = two_colours
    contrary = manifest.copy()
    validation_rows = contrary["side"] == "validation"
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
    network, history, record = train_network("small", partitions, contrary, NETWORK, slow, NO_AUGMENTATION, store)
    images = load_side(partitions, contrary, "validation")
    loss = keras.losses.CategoricalCrossentropy()(np.eye(2)[images.labels], network.predict(images.pixels, verbose=0))
    best = history["validation_loss"].min()
    assert float(loss) == pytest.approx(best, rel=1e-3)
    assert history["validation_loss"].iloc[-1] > 1.5 * best
    assert record["best_epoch"] == best_epoch(history, "validation_loss")
    assert record["epochs_run"] == record["best_epoch"] + 4 < 30
    assert record["stopped_because"] == "patience"


def test_every_training_parameter_stands_in_the_commented_block(project: Path) -> None:
    lines = (project / "conf/base/parameters_modelling.yml").read_text(encoding="utf-8").splitlines()
    start = lines.index("# training:")
    block = list(itertools.takewhile(lambda line: line.startswith("#  "), lines[start + 1 :]))
    listed = yaml.safe_load("\n".join(line.removeprefix("#") for line in block))
    defaults = {
        name: None if field.is_required() else field.default for name, field in TrainingParameters.model_fields.items()
    }
    assert listed == defaults
    has_to_be_given = {line.split(":")[0].strip("# ") for line in block if line.endswith("has to be given")}
    assert has_to_be_given == {name for name, field in TrainingParameters.model_fields.items() if field.is_required()}


@pytest.mark.parametrize(("monitor", "epoch"), [("validation_loss", 2), ("validation_accuracy", 3)])
def test_best_epoch_is_the_first_with_the_best_value(monitor: str, epoch: int) -> None:
    history = pd.DataFrame(
        {"epoch": [1, 2, 3, 4], "validation_loss": [3, 1, 2, 1], "validation_accuracy": [0.1, 0.2, 0.9, 0.9]}
    )
    assert best_epoch(history, monitor) == epoch
