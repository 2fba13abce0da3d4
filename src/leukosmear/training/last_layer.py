"""Networks of which only the last layer is trained: what stands before it is computed once per image."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import keras
import numpy as np

from leukosmear.model_images import LabelledImages
from leukosmear.networks.graphs import as_graph
from leukosmear.parameters import TrainingParameters
from leukosmear.training.batches import HeldBatches, ImageBatches

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Part:
    """What of a network is trained, and on what.

    Attributes:
        network: The part; training it trains the whole, whose weights it shares.
        train: What it learns from: images, or features that the rest of the network made of them.
        validation: What is watched, likewise.
        takes_images: Whether they are images.
        apply: The whole network as a graph, from pixels to probabilities.
    """

    network: keras.Model
    train: ImageBatches
    validation: ImageBatches
    takes_images: bool
    apply: Callable[[np.ndarray], Any]


def choose_part(
    network: keras.Model, train: ImageBatches, validation: ImageBatches, training: TrainingParameters
) -> Part:
    """Take the whole network or, where only its last layer is trained, that layer and features computed once.

    Args:
        network: A functional or Sequential model.
        train: The images to learn from, in random order.
        validation: Those that are watched.
        training: Sizes of batches, and the seed of the order in which features are learnt from.
    """
    parts = split_frozen(network)
    if parts is None:
        whole = as_graph(partial(network, training=False), train.image_shape)
        return Part(network, train, validation, takes_images=True, apply=whole)
    logger.info("Only the last layer of %s is trained: what comes before it is computed once", network.name)
    frozen, last = parts
    features_of = as_graph(partial(frozen, training=False), train.image_shape)
    many, few = training.images_per_call, training.batch_size
    return Part(
        last,
        compute_features(features_of, train.in_order(many), few, training.seed),
        compute_features(features_of, validation.in_order(many), few),
        takes_images=False,
        apply=lambda pixels: last(features_of(pixels), training=False),
    )


def split_frozen(network: keras.Model) -> tuple[keras.Model, keras.Model] | None:
    """Cut a network before its last layer, if only that one is trained.

    Args:
        network: A functional or Sequential model.

    Returns:
        The frozen part, from the network's inputs to features, and a network of the last layer alone, which shares its
        weights: training it trains the network. None if more is trained, or if what comes before is not the same for
        each pass over an image (dropout).
    """
    *before, last = network.layers
    if any(layer.trainable_weights or isinstance(layer, keras.layers.Dropout) for layer in before):
        return None
    if not any(layer.weights for layer in before) or not last.trainable_weights:
        return None
    features = keras.Model(network.input, last.input)
    return features, keras.Sequential([keras.Input(features.output.shape[1:]), last])


def compute_features(
    frozen: Callable[[np.ndarray], Any], images: ImageBatches, batch_size: int, seed: int | None = None
) -> HeldBatches:
    """Apply the frozen part of a network to each image once.

    Images are not augmented: then there would be other features in each epoch, which is what is saved here.

    Args:
        frozen: From pixels to features, the tensors of a backend.
        images: Batches of images.
        batch_size: Images of a batch of features.
        seed: Seed of the order in which the features are learnt from; None keeps that of `images`.

    Returns:
        Batches of features, float32 of shape (n, ...), all of them held in memory.
    """
    parts = [
        (keras.ops.convert_to_numpy(keras.ops.cast(frozen(pixels), "float32")), targets.argmax(1))
        for pixels, targets in (images[index] for index in range(len(images)))
    ]
    features, labels = (np.concatenate(column) for column in zip(*parts, strict=True))
    return HeldBatches(LabelledImages([], features, labels, images.classes), batch_size, seed)
