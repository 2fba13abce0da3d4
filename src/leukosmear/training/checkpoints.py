"""What a training leaves after each epoch, so that one that is killed goes on as if it had not been."""

import hashlib
import importlib.metadata
import json
import logging
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import keras
import numpy as np
import pandas as pd

from leukosmear.model_images import Partitions, read_images
from leukosmear.parameters import Parameters
from leukosmear.training.checkpoint_store import CheckpointStore

logger = logging.getLogger(__name__)

FORMAT = "1"  # of the arrays in a checkpoint; a checkpoint of another format is not read


@dataclass
class TrainingState:
    """What a training has behind it, besides its weights.

    Attributes:
        history: A row for each epoch that is over.
        seconds: Time that was used, in all processes together.
        warmup_seconds: Time that had been used when warm-up was over.
        stopped_because: Why training has ended: epochs, patience or time; None while it goes on.
        wait: Epochs without improvement.
        best: The best value of the monitored score.
        best_epoch: The epoch that it is of, from 0.
    """

    history: list[dict[str, float]] = field(default_factory=list)
    seconds: float = 0.0
    warmup_seconds: float | None = None
    stopped_because: str | None = None
    wait: int = 0
    best: float | None = None
    best_epoch: int = 0


class Checkpoint:
    """The state of one training, kept in a store.

    Args:
        store: Where it is kept.
        identity: What decides on the course of the training, in words: names of things, and their values or
            digests. A checkpoint of another identity is not gone on from.
        network: What is trained. Its layout is kept, too, so that the best weights can be had without the code and the
            parameters that made it.
        every: Epochs between two savings.

    Attributes:
        best_epoch: The epoch, from 1, of the best weights in the store; None if there are none.
    """

    def __init__(self, store: CheckpointStore, identity: Mapping[str, str], network: keras.Model, every: int) -> None:
        self._store, self._every = store, every
        self._layout = network.to_json()
        self._identity = {**identity, "format of checkpoints": FORMAT}
        self.best_epoch: int | None = None

    def restore(self, trainer: keras.Model) -> tuple[TrainingState, list[np.ndarray] | None]:
        """Bring a compiled and built network to where its training was left.

        Args:
            trainer: What is trained; its variables are changed if there is a checkpoint that fits.

        Returns:
            The state, which is an empty one where training starts afresh, and the best weights so far.
        """
        arrays = self._store.load() if self._every else None
        if arrays is None:
            return TrainingState(), None
        header = _read_header(arrays)
        others = {key for key in self._identity.keys() | header["identity"] if self._differs(header["identity"], key)}
        if others:
            changes = "; ".join(self._change(header["identity"], key) for key in sorted(others))
            logger.warning(
                "Training starts afresh: there is a checkpoint after epoch %s, but of another training. Changed: %s",
                len(header["state"]["history"]),
                changes,
            )
            return TrainingState(), None
        state = TrainingState(**header["state"])
        for variable, value in zip(_variables(trainer), _take(arrays, "variable"), strict=True):
            variable.assign(value)
        self.best_epoch = state.best_epoch + 1
        logger.info("Training goes on after epoch %s, from its checkpoint", len(state.history))
        return state, _take(arrays, "best")

    def save(self, trainer: keras.Model, state: TrainingState, best_weights: Iterable[np.ndarray]) -> None:
        """Keep the state after an epoch, if one is due or training is over."""
        due = self._every and (len(state.history) % self._every == 0 or state.stopped_because)
        if not due:
            return
        header = {"identity": self._identity, "state": asdict(state), "layout": self._layout}
        variables = [keras.ops.convert_to_numpy(variable) for variable in _variables(trainer)]
        self._store.save(
            {
                "header": np.frombuffer(json.dumps(header).encode(), np.uint8),
                **{f"variable_{index:05}": value for index, value in enumerate(variables)},
                **{f"best_{index:05}": value for index, value in enumerate(best_weights)},
            }
        )
        self.best_epoch = state.best_epoch + 1

    def _differs(self, found: Mapping[str, str], key: str) -> bool:
        return found.get(key) != self._identity.get(key)

    def _change(self, found: Mapping[str, str], key: str) -> str:
        before, now = found.get(key), self._identity.get(key)
        return key if "sha256:" in f"{before}{now}" else f"{key} ({before} -> {now})"


def best_network(store: CheckpointStore) -> keras.Model:
    """Return the network of a checkpoint with its best weights so far, whatever has become of the training.

    Raises:
        ValueError: If there is no checkpoint.
    """
    arrays = store.load()
    if arrays is None:
        raise ValueError(
            "Expected a checkpoint. Found none: training has not finished an epoch, or was completed, or its "
            "`checkpoint_epochs` is 0."
        )
    network = keras.models.model_from_json(_read_header(arrays)["layout"])
    network.set_weights(_take(arrays, "best"))
    return network


def identify(parameters: Mapping[str, Parameters], model_images: Partitions, manifest: pd.DataFrame) -> dict[str, str]:
    """Say what decides on the course of a training, besides the network: parameters, images and software.

    Args:
        parameters: Blocks of parameters by their names.
        model_images: Partitions of model images.
        manifest: Columns `image_id`, `label` and `side`; the test split does not count.

    Returns:
        Values in words, or digests. All images are read for it once.
    """
    values = {
        f"{block}.{name}": json.dumps(value, default=str)
        for block, model in parameters.items()
        # Validated again, so that a default of 0 does not differ from the same value read from a file, 0.0.
        for name, value in type(model)(**model.model_dump()).model_dump(exclude={"checkpoint_epochs"}).items()
    }
    used = manifest.loc[manifest["side"] != "test", ["image_id", "label", "side"]]
    # From one image on, as they lie in the partitions: streamed in another order, they train another network.
    pixels = _digest(part for found in read_images(model_images, used) for part in found)
    backend = keras.backend.backend()
    return {
        **values,
        "images of the train and validation splits": _digest([used.to_csv(index=False).encode()]),
        "their pixels": pixels,
        "backend": backend,
        **{name: importlib.metadata.version(name) for name in ("keras", "leukosmear", "numpy", backend)},
    }


def identify_network(network: keras.Model) -> dict[str, str]:
    """Say by digests which network, not yet trained, this is: also of the weights that will not be trained."""
    return {
        "layers of the network": _digest([network.to_json().encode()]),
        "initial weights": _digest(network.get_weights()),
    }


def _digest(parts: Iterable[Any]) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(np.ascontiguousarray(part).data if isinstance(part, np.ndarray) else part)
    return f"sha256:{digest.hexdigest()}"


def _variables(trainer: keras.Model) -> list[Any]:
    """List what changes while training: weights, states of random number generators, moments of the optimizer."""
    return [*trainer.variables, *trainer.optimizer.variables]


def _read_header(arrays: Mapping[str, np.ndarray]) -> dict[str, Any]:
    return json.loads(arrays["header"].tobytes())


def _take(arrays: Mapping[str, np.ndarray], prefix: str) -> list[np.ndarray]:
    return [arrays[name] for name in sorted(arrays) if name.startswith(f"{prefix}_")]
