"""One training of one network, from its parameters to what can be applied: for a run, a fold or a trial alike."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import keras
import numpy as np
import pandas as pd

from leukosmear.devices.accelerators import all_accelerators
from leukosmear.devices.distribution import make_portable
from leukosmear.model_images import Partitions
from leukosmear.networks.building import build_network
from leukosmear.networks.graphs import as_graph
from leukosmear.parameters import AugmentationParameters, NetworkParameters, TrainingParameters
from leukosmear.predictions import Predict
from leukosmear.splitting import hash_split
from leukosmear.training.batches import open_side
from leukosmear.training.checkpoint_store import CheckpointStore
from leukosmear.training.checkpoints import Checkpoint, identify, identify_network
from leukosmear.training.fitting import fit
from leukosmear.training.last_layer import choose_part

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Trained:
    """A trained network, and how it came about.

    Attributes:
        network: With the weights of its best epoch; it computes in float32, whatever it was trained in.
        history: A row per epoch, see `training.fitting.Fitted`.
        record: Sizes, times, why training ended, and the accelerators used; plain values, ready for JSON.
    """

    network: keras.Model
    history: pd.DataFrame
    record: dict[str, Any]

    def predictor(self) -> Predict:
        """Make one graph of the network, from pixels (n, height, width, 3) to probabilities (n, n_classes)."""
        graph = as_graph(partial(self.network, training=False), self.network.input_shape[1:])

        def predict(pixels: np.ndarray) -> np.ndarray:
            return keras.ops.convert_to_numpy(graph(pixels))

        return predict


def train(
    name: str,
    model_images: Partitions,
    split: pd.DataFrame,
    network: NetworkParameters,
    training: TrainingParameters,
    augmentation: AugmentationParameters,
    store: CheckpointStore | None = None,
    watchers: Sequence[keras.callbacks.Callback] = (),
) -> Trained:
    """Build a network and train it on the train side of a split, watching the validation side.

    Args:
        name: Name of the model.
        model_images: Partitions of model images.
        split: Columns `image_id`, `label` and `side`.
        network: Which network.
        training: How to train it.
        augmentation: Random changes of the training images; none where only the last layer is trained.
        store: Where the training is kept while it runs, and from where one that was killed goes on; None if nowhere.
        watchers: Callbacks that look on after each epoch, and may stop the training.

    Raises:
        ValueError: If images are missing, or the network cannot be built.
        FloatingPointError: If the loss is not finite.
    """
    keras.utils.clear_session()  # also lets go of the images of an earlier training
    keras.utils.set_random_seed(training.seed)
    images = open_side(model_images, split, "train", training.batch_size, training.seed)
    validation = open_side(model_images, split, "validation", training.batch_size)
    parameters = {"network": network, "training": training, "augmentation": augmentation}
    checkpoint = None
    with all_accelerators(training.precision) as accelerators:
        model = build_network(network, images.image_shape, len(images.classes))
        logger.info("Training %s: %s parameters, %s images", name, f"{model.count_params():,}", images.n_images)
        part = choose_part(model, images, validation, training.images_per_call)
        if store and training.checkpoint_epochs:
            identity = {"precision": accelerators.precision, **identify(parameters, model_images, split)}
            identity |= identify_network(model)
            checkpoint = Checkpoint(store, identity, part.network, training.checkpoint_epochs)
        changes = augmentation if part.takes_images else None
        fitted = fit(part.network, part.train, part.validation, training, changes, checkpoint, watchers)
    make_portable(model)
    record = {
        "model": name,
        "family": "network",
        "architecture": network.builder,
        "classes": images.classes,
        "input_shape": list(images.image_shape),
        "n_parameters": int(model.count_params()),
        "n_train": images.n_images,
        "split_sha256": hash_split(split),
        **fitted.describe(training.monitor),
        "accelerator": str(accelerators),
        "precision": accelerators.precision,
        "backend": keras.backend.backend(),
    }
    return Trained(model, fitted.history, record)
