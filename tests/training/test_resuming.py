"""A training that is killed goes on where it was, and one that is over, or of something else, does not."""

import logging
import os
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pandas as pd
import pytest

from leukosmear.datasets.checkpoint import Store
from leukosmear.parameters import TrainingParameters
from leukosmear.training.checkpoints import Checkpoint, TrainingState, best_network, identify, identify_network
from leukosmear.training.nodes import discard_checkpoint
from training.tiny_training import PARAMETERS, store_below, train

KILLED_WHILE_IT_SAVES_ITS_THIRD_EPOCH = """
import os, signal, sys
from pathlib import Path
from training.tiny_training import store_below, train
replace, calls = Path.replace, []
def replace_twice(self, target):
    calls.append(self)
    if len(calls) == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return replace(self, target)
Path.replace = replace_twice
train(store_below(Path(sys.argv[1])))
"""


def test_a_killed_training_ends_as_if_it_had_not_been(tmp_path: Path, project: Path, caplog) -> None:
    whole, killed = store_below(tmp_path / "whole"), store_below(tmp_path / "killed")
    process = subprocess.run(
        [sys.executable, "-c", KILLED_WHILE_IT_SAVES_ITS_THIRD_EPOCH, str(tmp_path / "killed")],
        env={**os.environ, "PYTHONPATH": str(project / "tests")},
        capture_output=True,
        check=False,
    )
    assert process.returncode == -9, process.stderr.decode()[-2000:]
    assert len(list((tmp_path / "killed").iterdir())) == 2  # the checkpoint, and half of the next one

    network, uninterrupted = train(whole)
    with caplog.at_level(logging.INFO, logger="leukosmear"):
        resumed_network, resumed = train(killed)
    assert "Training goes on after epoch 2, from its checkpoint" in caplog.messages
    assert (uninterrupted.resumed_from_epoch, resumed.resumed_from_epoch) == (None, 2)
    assert uninterrupted.stopped_because == resumed.stopped_because == "patience"
    assert 4 < len(uninterrupted.history) < 30
    clock = ["seconds", "images_per_second"]
    pd.testing.assert_frame_equal(
        resumed.history.drop(columns=clock), uninterrupted.history.drop(columns=clock), check_exact=True
    )
    assert_same_weights(resumed_network, network)

    # Killed after its last epoch, but before the network was saved: nothing is left to train.
    finished_network, finished = train(killed)
    assert finished.resumed_from_epoch == len(finished.history) == len(resumed.history)
    assert finished.seconds == resumed.seconds
    assert_same_weights(finished_network, network)
    assert_same_weights(best_network(killed), network)

    discard_checkpoint(killed, network_file={})
    assert list((tmp_path / "killed").iterdir()) == []
    with pytest.raises(ValueError, match=r"Expected a checkpoint. Found none"):
        best_network(killed)


def assert_same_weights(one: keras.Model, other: keras.Model) -> None:
    for mine, theirs in zip(one.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_array_equal(mine, theirs)


def trainer(units: int = 2, seed: int = 0) -> keras.Model:
    keras.utils.clear_session()
    keras.utils.set_random_seed(seed)
    network = keras.Sequential([keras.Input((3,)), keras.layers.Dense(units)])
    network.compile("adam", "mse")
    network.optimizer.build(network.trainable_variables)
    return network


def test_a_changed_training_starts_afresh_and_says_so(tmp_path: Path, caplog) -> None:
    store, network = store_below(tmp_path), trainer()
    state = TrainingState(history=[{"epoch": 1.0}], wait=1, best=0.5)
    identity = {"rate": "0.01", "pixels": "sha256:aa"}
    Checkpoint(store, identity, network, every=1).save(network, state, network.get_weights())
    again, _ = Checkpoint(store, identity, network, every=1).restore(network)
    assert again == state

    changed = {"rate": "0.02", "pixels": "sha256:bb"}
    restored, best = Checkpoint(store, changed, network, every=1).restore(network)
    assert (restored, best) == (TrainingState(), None)
    assert caplog.messages[-1] == (
        "Training starts afresh: there is a checkpoint after epoch 1, but of another training. "
        "Changed: pixels; rate (0.01 -> 0.02)"
    )


class Holding:
    """A store that holds what it is given, or fails with it."""

    def __init__(self, held: dict[str, np.ndarray] | Exception) -> None:
        self._held = held

    def load(self) -> dict[str, np.ndarray]:
        if isinstance(self._held, Exception):
            raise self._held
        return self._held


@pytest.mark.parametrize(
    ("held", "problem"),
    [
        pytest.param(ValueError("the file is broken"), "ValueError: the file is broken", id="broken"),
        pytest.param({"a": np.zeros(2)}, "KeyError: 'header'", id="foreign"),
        pytest.param({"header": np.frombuffer(b"{", np.uint8)}, "JSONDecodeError: ", id="foreign header"),
    ],
)
def test_a_checkpoint_that_cannot_be_read_does_not_stop_a_training(held, problem: str, caplog) -> None:
    network = trainer()
    before = network.get_weights()
    restored, best = Checkpoint(Holding(held), {}, network, every=1).restore(network)
    assert (restored, best) == (TrainingState(), None)
    assert caplog.messages[-1].startswith(
        f"Training starts afresh: there is a checkpoint, but it cannot be read. {problem}"
    )
    for mine, untouched in zip(network.get_weights(), before, strict=True):
        np.testing.assert_array_equal(mine, untouched)


@pytest.mark.parametrize("content", [b"", b"no archive"], ids=["empty", "text"])
def test_a_broken_file_is_replaced_by_the_next_checkpoint(tmp_path: Path, content: bytes, caplog) -> None:
    store, network = store_below(tmp_path), trainer()
    (tmp_path / "checkpoint.npz").write_bytes(content)
    checkpoint = Checkpoint(store, {}, network, every=1)
    assert checkpoint.restore(network) == (TrainingState(), None)
    assert "cannot be read" in caplog.text
    state = TrainingState(history=[{"epoch": 1.0}], best=0.5)
    checkpoint.save(network, state, network.get_weights())
    assert checkpoint.restore(network)[0] == state


@pytest.mark.parametrize(("every", "saved_after"), [(0, []), (1, [1, 2, 3, 4, 5]), (2, [2, 4, 5])])
def test_checkpoints_are_as_far_apart_as_wanted_and_the_last_epoch_has_one(
    tmp_path: Path, every: int, saved_after: list[int]
) -> None:
    store, network = store_below(tmp_path), trainer()
    checkpoint = Checkpoint(store, {}, network, every)
    found = []
    for epoch in range(1, 6):
        state = TrainingState(history=[{}] * epoch, stopped_because="patience" if epoch == 5 else None)
        checkpoint.save(network, state, network.get_weights())
        if store.load():
            found.append(epoch)
        store.clear()
    assert found == saved_after


@pytest.mark.parametrize(
    "changed",
    ["pixels", "label", "side", "parameter", "layers", "weights", "nothing", "test side", "checkpoints"],
)
def test_what_decides_on_a_training_is_noticed(two_colours, changed: str) -> None:
    partitions, manifest = two_colours
    names = sorted(partitions)
    now, other, parameters = manifest.copy(), {name: dict(partitions[name]()) for name in names}, PARAMETERS
    if changed == "pixels":
        other[names[0]]["pixels"] = other[names[0]]["pixels"] ^ 1
    elif changed == "parameter":
        parameters = TrainingParameters(**{**PARAMETERS.model_dump(), "label_smoothing": 0.1})
    elif changed == "checkpoints":
        parameters = TrainingParameters(**{**PARAMETERS.model_dump(), "checkpoint_epochs": 7})
    elif changed in ("label", "side", "test side"):
        row = 7 if changed == "test side" else 0
        now.loc[row, "side" if changed == "side" else "label"] = "validation" if changed == "side" else "B"
    before = identify({"training": PARAMETERS}, partitions, manifest) | identify_network(trainer())
    network = trainer(units=4 if changed == "layers" else 2, seed=1 if changed == "weights" else 0)
    changed_images = {name: (lambda n=name: other[n]) for name in names}
    after = identify({"training": parameters}, changed_images, now) | identify_network(network)
    expected = {
        "layers": {"layers of the network", "initial weights"},
        "weights": {"initial weights"},
        "pixels": {"their pixels"},
        "label": {"images of train and validation"},
        "side": {"images of train and validation"},
        "parameter": {"training.label_smoothing"},
    }
    assert {key for key in before | after if before.get(key) != after.get(key)} == expected.get(changed, set())


def test_a_store_that_is_empty_has_nothing(tmp_path: Path) -> None:
    store: Store = store_below(tmp_path / "not there")
    assert store.load() is None
    store.clear()
