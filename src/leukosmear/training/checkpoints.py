"""What a training leaves after each epoch, so that one that was killed can end as if it had not been."""

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

from leukosmear.model_images import Partitions, StoredImages
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
            digests. Of a checkpoint with another identity nothing is used.
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

        A checkpoint that is broken, or of another training, does not stop this one: it starts afresh, and a warning
        says why.

        Args:
            trainer: What is trained; its variables are changed if there is a checkpoint that fits.

        Returns:
            The state, which is an empty one where training starts afresh, and the best weights so far.
        """
        afresh = TrainingState(), None
        if not self._every:
            return afresh
        try:
            found = _read(self._store)
        except Exception as error:  # whatever a file can hold, this training needs nothing of it
            problem = f"{type(error).__name__}: {error}"
            logger.warning("Training starts afresh: there is a checkpoint, but it cannot be read. %s", problem)
            return afresh
        if found is None:
            return afresh
        identity, state, values, best = found
        if identity != self._identity:
            logger.warning(
                "Training starts afresh: there is a checkpoint after epoch %s, but of another training. Changed: %s",
                len(state.history),
                "; ".join(_changes(identity, self._identity)),
            )
            return afresh
        for variable, value in zip(_variables(trainer), values, strict=True):
            variable.assign(value)
        self.best_epoch = state.best_epoch + 1
        logger.info("Training goes on after epoch %s, from its checkpoint", len(state.history))
        return state, best

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


def identify(parameters: Mapping[str, Parameters], model_images: Partitions, split: pd.DataFrame) -> dict[str, str]:
    """Say what decides on the course of a training, besides the network: parameters, images and software.

    Args:
        parameters: Blocks of parameters by their names.
        model_images: Partitions of model images.
        split: Columns `image_id`, `label` and `side`; the test side does not count.

    Returns:
        Values in words, or digests. All images are read for it once.
    """
    values = {
        f"{block}.{name}": json.dumps(value)
        for block, model in parameters.items()
        # Validated again, so that a default of 0 does not differ from the same value read from a file, 0.0.
        for name, value in type(model)(**model.model_dump()).identity().items()
    }
    used = split.loc[split["side"] != "test", ["image_id", "label", "side"]]
    pixels = StoredImages(model_images, list(used["image_id"])).in_batches("pixels", batch_size=256)
    backend = keras.backend.backend()
    return {
        **values,
        "images of train and validation": _digest([used.to_csv(index=False).encode()]),
        "their pixels": _digest(pixels),
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


def _read(
    store: CheckpointStore,
) -> tuple[dict[str, str], TrainingState, list[np.ndarray], list[np.ndarray]] | None:
    """Read identity, state, variables and best weights of a checkpoint, or None where there is none."""
    arrays = store.load()
    if arrays is None:
        return None
    header, values, best = _read_header(arrays), _take(arrays, "variable"), _take(arrays, "best")
    return header["identity"], TrainingState(**header["state"]), values, best


def _changes(before: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    """Name what differs, with its values unless they are digests."""
    changed = sorted(key for key in before.keys() | now.keys() if before.get(key) != now.get(key))
    values = {key: (before.get(key), now.get(key)) for key in changed}
    return [key if "sha256:" in f"{old}{new}" else f"{key} ({old} -> {new})" for key, (old, new) in values.items()]


def _read_header(arrays: Mapping[str, np.ndarray]) -> dict[str, Any]:
    return json.loads(arrays["header"].tobytes())


def _take(arrays: Mapping[str, np.ndarray], prefix: str) -> list[np.ndarray]:
    return [arrays[name] for name in sorted(arrays) if name.startswith(f"{prefix}_")]
