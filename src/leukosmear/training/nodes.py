"""Nodes that train a network and apply it, whichever network it is.

Importing Keras takes seconds, so it is imported when a node runs and not when pipelines are listed.
"""

import logging
import time
from functools import partial
from typing import Any, Protocol

import numpy as np
import pandas as pd

from leukosmear.model_images import Partitions, load_split
from leukosmear.model_outputs import PREDICTED_SPLITS, predictions_table, time_one_image
from leukosmear.parameters import AugmentationParameters, NetworkParameters, TrainingParameters

logger = logging.getLogger(__name__)

TIMED_IMAGES = 10


class Network(Protocol):
    """What the nodes need of a `keras.Model`."""

    name: str

    def __call__(self, pixels: np.ndarray, training: bool) -> Any:  # noqa: ANN401 - a tensor of the backend
        """Return class probabilities of shape (n, n_classes) for pixels of shape (n, height, width, 3)."""


def train_network(
    name: str,
    model_images: Partitions,
    split_manifest: pd.DataFrame,
    network: NetworkParameters,
    training: TrainingParameters,
    augmentation: AugmentationParameters,
) -> tuple[Network, pd.DataFrame, dict[str, Any]]:
    """Build a network and train it on the train split, watching the validation split.

    Args:
        name: Name of the model.
        model_images: Partitions of model images.
        split_manifest: Columns `image_id`, `label` and `split`.
        network: Which network.
        training: How to train it.
        augmentation: Random changes of the training images.

    Returns:
        The network with the weights of its best epoch, its history (see `training.fitting.fit`), and a record of
        the training: sizes, times and the accelerators used.
    """
    import keras

    from leukosmear.networks.building import build_network
    from leukosmear.training.accelerators import all_accelerators
    from leukosmear.training.fitting import best_epoch, fit

    train = load_split(model_images, split_manifest, "train")
    validation = load_split(model_images, split_manifest, "validation")
    keras.utils.clear_session()
    keras.utils.set_random_seed(training.seed)
    with all_accelerators() as accelerators:
        model = build_network(network, train.pixels.shape[1:], len(train.classes))
        logger.info("Training %s: %s parameters, %s images", name, f"{model.count_params():,}", len(train))
        start = time.perf_counter()
        history = fit(model, train, validation, training, augmentation)
        seconds = time.perf_counter() - start
    record = {
        "model": name,
        "family": "network",
        "architecture": network.builder,
        "classes": train.classes,
        "input_shape": list(train.pixels.shape[1:]),
        "n_parameters": int(model.count_params()),
        "n_train": len(train),
        "epochs_run": len(history),
        "best_epoch": best_epoch(history, training.monitor),
        "train_seconds": seconds,
        "images_per_second": float(history["images_per_second"].median()),
        "latency_ms": time_one_image(partial(_apply, model), validation.pixels[:TIMED_IMAGES]),
        "accelerator": accelerators,
        "backend": keras.backend.backend(),
    }
    return model, history, record


def predict_with_network(
    network: Network, model_images: Partitions, split_manifest: pd.DataFrame, training: TrainingParameters
) -> pd.DataFrame:
    """Apply a network to the images that it was not trained on.

    Args:
        network: A trained network.
        model_images: Partitions of model images.
        split_manifest: Columns `image_id`, `label` and `split`.
        training: Its `batch_size` is used here too.

    Returns:
        `Predictions` for the validation and test splits.
    """
    tables = []
    for split in PREDICTED_SPLITS:
        images = load_split(model_images, split_manifest, split)
        batches = range(0, len(images), training.batch_size)
        probabilities = np.concatenate(
            [_apply(network, images.pixels[start : start + training.batch_size]) for start in batches]
        )
        tables.append(predictions_table(images.image_ids, split, images.labels, probabilities, images.classes))
    return pd.concat(tables, ignore_index=True)


def _apply(network: Network, pixels: np.ndarray) -> np.ndarray:
    """Return class probabilities of a batch.

    The network is called rather than its `predict`, which would first trace it into a graph: for a deep network
    that takes longer than all of the images.
    """
    import keras

    return keras.ops.convert_to_numpy(network(pixels, training=False))
