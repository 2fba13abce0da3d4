"""Networks of which only the last layer is trained: what stands before it is computed once per image."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np

from leukosmear.model_images import LabelledImages
from leukosmear.training.batches import HeldBatches, ImageBatches


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
