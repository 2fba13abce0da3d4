"""Nodes that train a network, whichever network it is.

Importing Keras takes seconds, so it is imported when a node runs and not when pipelines are listed.
"""

from typing import Any

import pandas as pd

from leukosmear.model_images import Partitions
from leukosmear.parameters import AugmentationParameters, NetworkParameters, TrainingParameters
from leukosmear.prediction.networks import Network
from leukosmear.training.checkpoint_store import CheckpointStore


def train_network(
    name: str,
    model_images: Partitions,
    split: pd.DataFrame,
    network: NetworkParameters,
    training: TrainingParameters,
    augmentation: AugmentationParameters,
    store: CheckpointStore | None,
) -> tuple[Network, pd.DataFrame, dict[str, Any]]:
    """Train a network, see `training.train.train`.

    Returns:
        The network with the weights of its best epoch, its history (see `training.fitting.Fitted`), and a record of
        the training: sizes, times, why it ended, and the accelerators used.
    """
    from leukosmear.training.train import train

    trained = train(name, model_images, split, network, training, augmentation, store)
    return trained.network, trained.history, trained.record


def discard_checkpoint(store: CheckpointStore, network_file: dict[str, Any]) -> None:
    """Forget a training that is complete, so that the next run trains anew.

    Args:
        store: Where it was kept.
        network_file: What is known of the network's file: the sign that it was saved.
    """
    store.clear()
