"""Nodes that train a network and apply it, whichever network it is.

Importing Keras takes seconds, so it is imported when a node runs and not when pipelines are listed.
"""

import logging
from typing import Any

import numpy as np
import pandas as pd

from leukosmear.model_images import (
    Partitions,
    class_names,
    in_batches,
    label_indices,
    read_images,
    rows_of,
)
from leukosmear.parameters import AugmentationParameters, NetworkParameters, TrainingParameters
from leukosmear.prediction.outputs import PREDICTED_SIDES, Predict, predictions_table
from leukosmear.training.checkpoint_store import CheckpointStore

logger = logging.getLogger(__name__)

# A `keras.Model`. Kedro reads the types of a node's arguments, which may not hold what is imported when it runs.
Network = Any


def train_network(
    name: str,
    model_images: Partitions,
    split: pd.DataFrame,
    network: NetworkParameters,
    training: TrainingParameters,
    augmentation: AugmentationParameters,
    store: CheckpointStore | None,
) -> tuple[Network, pd.DataFrame, dict[str, Any]]:
    """Build a network and train it on the train split, watching the validation split.

    Args:
        name: Name of the model.
        model_images: Partitions of model images.
        split: Columns `image_id`, `label` and `side`.
        network: Which network.
        training: How to train it.
        augmentation: Random changes of the training images; none where only the last layer is trained.
        store: Where the training is kept while it runs; None if nowhere. What it holds of the same training, one that
            was killed, is gone on from.

    Returns:
        The network with the weights of its best epoch, its history (see `training.fitting.Fitted`), and a record of
        the training: sizes, times, why it ended, and the accelerators used.
    """
    import keras

    from leukosmear.devices.accelerators import all_accelerators
    from leukosmear.devices.distribution import make_portable
    from leukosmear.networks.building import build_network
    from leukosmear.training.batches import ImageBatches, open_batches
    from leukosmear.training.checkpoints import Checkpoint, identify, identify_network
    from leukosmear.training.fitting import fit
    from leukosmear.training.last_layer import choose_part

    def open_side(side: str, seed: int | None = None) -> ImageBatches:
        sizes = training.batch_size, training.images_in_memory
        return open_batches(model_images, split, side, *sizes, seed)

    keras.utils.clear_session()  # also lets go of the images of an earlier training
    keras.utils.set_random_seed(training.seed)
    train, validation = open_side("train", training.seed), open_side("validation")
    parameters = {"network": network, "training": training, "augmentation": augmentation}
    checkpoint = None
    with all_accelerators(training.precision) as accelerators:
        model = build_network(network, train.image_shape, len(train.classes))
        logger.info("Training %s: %s parameters, %s images", name, f"{model.count_params():,}", train.n_images)
        part = choose_part(model, train, validation, training)
        if store and training.checkpoint_epochs:
            identity = {"precision": accelerators.precision, **identify(parameters, model_images, split)}
            identity |= identify_network(model)
            checkpoint = Checkpoint(store, identity, part.network, training.checkpoint_epochs)
        changes = augmentation if part.takes_images else None
        fitted = fit(part.network, part.train, part.validation, training, changes, checkpoint)
    make_portable(model)
    record = {
        "model": name,
        "family": "network",
        "architecture": network.builder,
        "classes": train.classes,
        "input_shape": list(train.image_shape),
        "n_parameters": int(model.count_params()),
        "n_train": train.n_images,
        **fitted.describe(training.monitor),
        "accelerator": str(accelerators),
        "precision": accelerators.precision,
        "backend": keras.backend.backend(),
    }
    return model, fitted.history, record


def discard_checkpoint(store: CheckpointStore, network_file: dict[str, Any]) -> None:
    """Forget a training that is complete, so that the next run trains anew.

    Args:
        store: Where it was kept.
        network_file: What is known of the network's file: the sign that it was saved.
    """
    store.clear()


def predict_with_network(
    predict: Predict, model_images: Partitions, split: pd.DataFrame, training: TrainingParameters
) -> pd.DataFrame:
    """Apply a network to the images that it was not trained on.

    Args:
        predict: Applies the network to pixels, uint8 of shape (n, height, width, 3).
        model_images: Partitions of model images.
        split: Columns `image_id`, `label` and `side`.
        training: Its `images_per_call` is used here.

    Returns:
        `Predictions` for the validation and test splits.
    """
    classes = class_names(split)
    tables = []
    for side in PREDICTED_SIDES:
        images = rows_of(split, side)
        probabilities = np.empty((len(images), len(classes)), np.float32)
        for rows, pixels in in_batches(read_images(model_images, images), training.images_per_call):
            probabilities[rows] = predict(pixels)
        labels = label_indices(images, classes)
        tables.append(predictions_table(list(images["image_id"]), side, labels, probabilities, classes))
    return pd.concat(tables, ignore_index=True)
