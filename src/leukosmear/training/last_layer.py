"""Networks of which only the last layer is trained: what stands before it is computed once per image."""

import logging
from dataclasses import dataclass
from functools import partial

import keras
import numpy as np

from leukosmear.networks.graphs import as_graph
from leukosmear.training.batches import ImageBatches

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Part:
    """What of a network is trained, and on what.

    Attributes:
        network: The part; training it trains the whole, whose weights it shares.
        train: What it learns from: images, or features that the rest of the network made of them.
        validation: What is watched, likewise.
        takes_images: Whether they are images.
    """

    network: keras.Model
    train: ImageBatches
    validation: ImageBatches
    takes_images: bool


def choose_part(network: keras.Model, train: ImageBatches, validation: ImageBatches, images_per_call: int) -> Part:
    """Take the whole network or, where only its last layer is trained, that layer and features computed once.

    Args:
        network: A functional or Sequential model.
        train: The images to learn from, in random order.
        validation: Those that are watched.
        images_per_call: Images that the frozen part is applied to at a time.
    """
    parts = split_frozen(network)
    if parts is None:
        return Part(network, train, validation, takes_images=True)
    logger.info("Only the last layer of %s is trained: what comes before it is computed once", network.name)
    frozen, last = parts
    train, validation = compute_features(frozen, [train, validation], images_per_call)
    return Part(last, train, validation, takes_images=False)


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


def compute_features(frozen: keras.Model, sides: list[ImageBatches], images_per_call: int) -> list[ImageBatches]:
    """Apply the frozen part of a network to each image once.

    Images are not augmented: then there would be other features in each epoch, which is what is saved here.

    Args:
        frozen: From pixels to features.
        sides: Batches of images.
        images_per_call: Images that it is applied to at a time.

    Returns:
        The same batches, with features in place of images: float32 of shape (n, ...), all of them held in memory.
    """
    graph = as_graph(partial(frozen, training=False), sides[0].image_shape)

    def compute(images: ImageBatches) -> np.ndarray:
        in_order = images.in_order(images_per_call)
        features = (graph(in_order[index][0]) for index in range(len(in_order)))
        return np.concatenate([keras.ops.convert_to_numpy(keras.ops.cast(part, "float32")) for part in features])

    return [images.replace_images(compute(images)) for images in sides]
