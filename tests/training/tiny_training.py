"""A training of seconds, with everything that is random in one: order of images, augmentation, dropout."""

from pathlib import Path

import keras
import numpy as np

from leukosmear.datasets.checkpoint import CheckpointDataset, Store
from leukosmear.parameters import AugmentationParameters, TrainingParameters
from leukosmear.training.batches import ImageBatches
from leukosmear.training.checkpoints import Checkpoint
from leukosmear.training.fitting import Fitted, fit

AUGMENTATION = AugmentationParameters(
    rotation=30, width_shift=0.1, height_shift=0.1, shear=5, zoom=0.1, horizontal_flip=True, fill_mode="reflect"
)
# It learns the wrong thing about the validation images, and so gets worse until its patience is at an end.
PARAMETERS = TrainingParameters(
    epochs=30, batch_size=4, learning_rate=0.03, schedule="cosine", warmup_epochs=0.5, weight_decay=0.01,
    monitor="validation_loss", patience=4, seed=3,
)  # fmt: skip


def images(contrary: bool, seed: int | None) -> ImageBatches:
    """Ten noisy images, dark and bright ones; of the contrary ones, dark ones count as bright."""
    labels = np.arange(10) % 2
    noise = np.random.default_rng(0).integers(0, 60, (10, 8, 8, 3))
    pixels = (noise + 180 * labels[:, None, None, None]).astype(np.uint8)
    return ImageBatches(pixels.__getitem__, 1 - labels if contrary else labels, ["dark", "bright"], 4, seed)


def store_below(folder: Path) -> Store:
    return CheckpointDataset(filepath=str(folder / "checkpoint.npz")).load()


def train(store: Store) -> tuple[keras.Model, Fitted]:
    keras.utils.clear_session()
    keras.utils.set_random_seed(PARAMETERS.seed)
    network = keras.Sequential(
        [
            keras.Input((8, 8, 3)),
            keras.layers.Rescaling(1 / 255),
            keras.layers.Conv2D(4, 3),
            keras.layers.BatchNormalization(momentum=0.5),
            keras.layers.GlobalAveragePooling2D(),
            keras.layers.Dropout(0.3),
            keras.layers.Dense(2, activation="softmax"),
        ]
    )
    train, validation = images(contrary=False, seed=PARAMETERS.seed), images(contrary=True, seed=None)
    checkpoint = Checkpoint(store, {"learning rate": str(PARAMETERS.learning_rate)}, network, every=1)
    return network, fit(network, train, validation, PARAMETERS, AUGMENTATION, checkpoint)
