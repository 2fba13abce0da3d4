"""Where the time of a training step goes, against what its arithmetic needs.

    python benchmarks/arithmetic.py [--network compact_cnn] [--precision float32] [--rounds 5]

Counts the floating-point operations of a network's convolutions and products from their shapes, measures how many a
plain matrix product reaches on this machine, and times, by turns, on one batch of generated images: the resampling of
the augmentation alone, the network forward, a training step, and a training step with augmentation. Parameters are
those of `--env=taleqani`. The matrices are of 32 bits, whatever the precision of the network.
"""

import argparse
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from rich.console import Console
from rich.table import Table

from leukosmear.settings import CONFIG_LOADER_ARGS  # sets, as in a run, how TensorFlow convolves

if TYPE_CHECKING:
    import keras

PROJECT = Path(__file__).parents[1]
SIDE = 2048  # rows and columns of the plain matrix product
STEPS = 10  # of each kind, in each round


def forward_operations(network: "keras.Model") -> list[tuple[str, int]]:
    """Multiplications and additions per image of each convolution and dense layer, in one pass forward."""
    import keras

    counted = []
    for layer in network.layers:
        if isinstance(layer, keras.Model):
            counted += forward_operations(layer)
        elif isinstance(layer, keras.layers.Conv2D | keras.layers.Dense):
            # Each weight of the kernel is multiplied and added once per place of the output.
            places = int(np.prod(layer.output.shape[1:-1]))
            counted.append((layer.name, 2 * int(np.prod(layer.kernel.shape)) * places))
    return counted


def seconds_of(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    for _ in range(STEPS):
        work()
    return (time.perf_counter() - start) / STEPS


def main() -> None:
    """Time all by turns, and print medians beside what the arithmetic needs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--network", default="compact_cnn")
    parser.add_argument("--precision", default="float32", help="mixed_bfloat16 gains on CPUs with AMX")
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()

    import keras
    import tensorflow as tf

    from leukosmear.augmentation.layer import Augmentation
    from leukosmear.configuration import ConfigLoader
    from leukosmear.networks.building import build_network
    from leukosmear.parameters import AugmentationParameters, ImageParameters, NetworkParameters, TrainingParameters

    configuration = ConfigLoader(str(PROJECT / "conf"), env="taleqani", **CONFIG_LOADER_ARGS)["parameters"]
    images = ImageParameters(**configuration["images"])
    training = TrainingParameters(**configuration[arguments.network]["training"])
    shape = (images.size, round(images.size * images.aspect_ratio), 3)
    keras.config.set_dtype_policy(arguments.precision)
    network = build_network(NetworkParameters(**configuration[arguments.network]["network"]), shape, 4)
    augmentation = Augmentation(AugmentationParameters(**configuration["augmentation"]), seed=0)
    generator = np.random.default_rng(0)
    pixels = generator.integers(0, 256, (training.batch_size, *shape), dtype=np.uint8)
    targets = np.eye(4, dtype=np.float32)[generator.integers(0, 4, training.batch_size)]
    matrix = tf.random.normal((SIDE, SIDE))

    def trainer(*before: "keras.layers.Layer") -> "keras.Model":
        model = keras.Sequential([keras.Input(shape, dtype="uint8"), *before, network])
        model.compile("adam", "categorical_crossentropy", jit_compile=False)  # as the project trains on TensorFlow
        return model

    plain, augmented = trainer(), trainer(augmentation)
    forward = tf.function(lambda batch: network(batch, training=False))
    resample = tf.function(lambda batch: augmentation(batch, training=True))
    batch = tf.constant(pixels)
    kinds: dict[str, Callable[[], object]] = {
        f"product of two {SIDE} x {SIDE} matrices": lambda: tf.matmul(matrix, matrix).numpy(),
        "augmentation alone": lambda: resample(batch).numpy(),
        "network forward": lambda: forward(batch).numpy(),
        "training step": lambda: plain.train_on_batch(batch, targets),
        "training step with augmentation": lambda: augmented.train_on_batch(batch, targets),
    }
    seconds: dict[str, list[float]] = {name: [] for name in kinds}
    for work in kinds.values():
        work()  # traces graphs
    for _ in range(arguments.rounds):
        for name, work in kinds.items():
            seconds[name].append(seconds_of(work))

    counted = forward_operations(network)
    forward_total = sum(operations for _, operations in counted)
    per_image = {
        f"product of two {SIDE} x {SIDE} matrices": 2 * SIDE**3 / training.batch_size,
        "network forward": forward_total,
        # Backwards there are two products for each one forward: to the inputs, and to the weights.
        "training step": 3 * forward_total,
        "training step with augmentation": 3 * forward_total,
    }
    console = Console(width=110)
    title = f"{arguments.network} at {shape}, {arguments.precision}"
    layers = Table("layer", "million operations per image, forward", title=title)
    for name, operations in counted:
        layers.add_row(name, f"{operations / 1e6:.1f}")
    layers.add_row("all", f"{forward_total / 1e6:.1f}")
    console.print(layers)
    table = Table(
        "", "ms", "images/s", "GFLOP/s", title=f"Batches of {training.batch_size}, medians of {arguments.rounds}"
    )
    for name, values in seconds.items():
        median = statistics.median(values)
        reached = per_image.get(name, 0) * training.batch_size / median / 1e9
        of_images = "" if name.startswith("product") else f"{training.batch_size / median:,.0f}"
        table.add_row(name, f"{1000 * median:.1f}", of_images, f"{reached:.0f}" if reached else "")
    console.print(table)


if __name__ == "__main__":
    main()
