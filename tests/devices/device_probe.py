"""What is run in a process of its own, with two devices, and compared with what one device gives.

`python device_probe.py weights.npz results.npz` does so with the backend that KERAS_BACKEND names; with JAX, XLA_FLAGS
has to make two devices of the CPU.
"""

import sys

import keras
import numpy as np

from leukosmear.augmentation.layer import augment, count_numbers
from leukosmear.devices.accelerators import all_accelerators
from leukosmear.networks.compact import compact_cnn
from leukosmear.networks.paper import paper_cnn
from leukosmear.parameters import AugmentationParameters, TrainingParameters
from leukosmear.training.batches import ImageBatches
from leukosmear.training.fitting import fit

SHAPE = (16, 16, 3)
AUGMENTATION = AugmentationParameters(
    rotation=20, width_shift=0.1, height_shift=0.1, shear=5, zoom=0.1, horizontal_flip=True, vertical_flip=True,
    fill_mode="reflect", stain_factor=0.2, stain_shift=0.05, cut_outs=1,
)  # fmt: skip
TRAINING = TrainingParameters(
    epochs=2, batch_size=8, learning_rate=0.01, schedule="cosine", monitor="validation_loss", patience=9, seed=0
)


def networks() -> dict[str, keras.Model]:
    return {
        "compact_cnn": compact_cnn(SHAPE, 2, filters=(4, 8), dropout=0),
        "paper_cnn": paper_cnn(SHAPE, 2, filters=(4,), dense_units=8, dropout=0, batch_normalization=True),
    }


def batches(n: int, seed: int | None = 0) -> ImageBatches:
    pixels = np.random.default_rng(0).integers(0, 256, (n, *SHAPE), np.uint8)
    pixels[::2, ..., 0] //= 2  # something to learn
    return ImageBatches(pixels.__getitem__, np.arange(n) % 2, ["A", "B"], TRAINING.batch_size, seed)


def draw_weights() -> dict[str, np.ndarray]:
    """Weights that do not depend on the backend; of normalizations, deviations and scales are positive."""
    generator = np.random.default_rng(1)
    return {
        f"{name}_{index}": np.abs(drawn) + 0.1 if drawn.ndim == 1 else drawn
        for name, network in networks().items()
        for index, drawn in enumerate(generator.normal(0, 0.3, array.shape) for array in network.get_weights())
    }


def forward(weights: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Images that are changed by given random numbers, and what networks of given weights say of them."""
    pixels = batches(6, None)[0][0]
    numbers = np.random.default_rng(2).uniform(-1, 1, (6, count_numbers(AUGMENTATION))).astype(np.float32)
    results = {"augmented": augment(pixels, numbers, AUGMENTATION)}
    for name, network in networks().items():
        network.set_weights([weights[f"{name}_{index}"] for index in range(len(network.get_weights()))])
        results[name] = network(pixels, training=False)
    return {name: keras.ops.convert_to_numpy(values) for name, values in results.items()}


def losses(weights: dict[str, np.ndarray], n: int, augmentation: AugmentationParameters | None = None) -> np.ndarray:
    """Losses on train and validation in two epochs of training the compact network from given weights."""
    network = networks()["compact_cnn"]
    network.set_weights([weights[f"compact_cnn_{index}"] for index in range(len(network.get_weights()))])
    history = fit(network, batches(n), batches(n, None), TRAINING, augmentation).history
    return history[["train_loss", "validation_loss"]].to_numpy()


def main() -> None:
    weights = dict(np.load(sys.argv[1]))
    # TensorFlow's own answers are known to the process that calls.
    results = {} if keras.backend.backend() == "tensorflow" else forward(weights)
    results["one device"] = losses(weights, 16)
    with all_accelerators() as accelerators:
        results["two devices"] = losses(weights, 16)
        # One image is left over, too few for two devices; TensorFlow's replicas draw random numbers of their own.
        results["left over"] = losses(weights, 9, AUGMENTATION)
    np.savez(sys.argv[2], found=str(accelerators), **results)


if __name__ == "__main__":
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        cpu = tf.config.list_physical_devices("CPU")[0]
        tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
    main()
