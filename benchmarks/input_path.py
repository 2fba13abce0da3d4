"""Whether reading images holds training up, what making them ready costs, and what memory training on many takes.

    PBS_DATA_DIR=/path/to/images python benchmarks/input_path.py [preprocessing] [training] [memory]

preprocessing  All accepted images to partitions on disk, as the node makes them, cells and features included, by turns
               with a plain loop of as many threads that decodes and resizes with Pillow and keeps nothing.
training       Epochs of compact_cnn with augmentation by turns: the same batch again and again, which costs no reading;
               images held in memory; images gathered from the partitions, as in the project.
memory         Peak memory of training and predicting on generated images, each number in a process of its own; pages of
               the mapped files, which the system takes back whenever it needs the room, do not count.

Parameters are those of `--env=taleqani`, and images are those that data validation and preprocessing left below data/;
run `kedro run --env=taleqani --pipelines=data_validation,preprocessing` first.
"""

import argparse
import logging
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import pandas as pd
from PIL import Image
from rich.console import Console
from rich.table import Table

from leukosmear.configuration import ConfigLoader
from leukosmear.datasets.arrays import ArraysDataset
from leukosmear.datasets.image_folder import ImageFolderDataset
from leukosmear.parameters import (
    AugmentationParameters,
    CellsFigureParameters,
    FeatureParameters,
    FrameParameters,
    ImageParameters,
    NetworkParameters,
    TrainingParameters,
)
from leukosmear.pipelines.preprocessing.images import make_model_images, plan_images
from leukosmear.settings import CONFIG_LOADER_ARGS

PROJECT = Path(__file__).parents[1]
IMAGES = Path(os.environ.get("PBS_DATA_DIR", PROJECT.parent / "shared" / "pbs" / "Original"))
ACCEPTED = PROJECT / "data" / "02_intermediate" / "taleqani" / "accepted_images.parquet"
MODEL_IMAGES = PROJECT / "data" / "03_primary" / "taleqani" / "model_images"
PARTS = ("preprocessing", "training", "memory")

GENERATED_SIZE = 64  # pixels a side of the images whose memory is measured: 12 kB each
GENERATED_PARTITION = 512


def store(partitions: dict[str, Callable[[], dict[str, np.ndarray]]], folder: Path) -> None:
    """Save partitions as the catalog does: made one at a time."""
    for name, make in partitions.items():
        ArraysDataset(filepath=str(folder / f"{name}.npz")).save(make())


def stored(folder: Path) -> dict[str, Callable[[], dict[str, np.ndarray]]]:
    """Partitions as the catalog loads them."""
    return {path.stem: ArraysDataset(filepath=str(path), mapped=True).load for path in sorted(folder.glob("*.npz"))}


def decode_and_resize(size: tuple[int, int], path: Path) -> np.ndarray:
    """What a plain loop does with a file."""
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB").resize(size, Image.Resampling.BILINEAR))


def measure_preprocessing(
    images: Path, accepted: pd.DataFrame, blocks: dict[str, Any], folder: Path, repeats: int
) -> Table:
    """Time the node with its saving, and a plain loop."""
    parameters, features = ImageParameters(**blocks["images"]), FeatureParameters(**blocks["features"])
    frame, shown = FrameParameters(**blocks["frame"]), CellsFigureParameters(**blocks["cells_figure"])
    preparations = plan_images(accepted, frame, parameters, features)
    size = preparations["model_images"]["width"], preparations["model_images"]["height"]
    raw_images = ImageFolderDataset(path=str(images)).load()
    paths = [images / name for name in accepted["file_name"]]

    def loop() -> None:
        with ThreadPoolExecutor(parameters.workers) as pool:
            for _ in pool.map(partial(decode_and_resize, size), paths):
                pass

    def prepare() -> None:
        store(make_model_images(raw_images, accepted, preparations, parameters, features, shown), folder)

    tasks: dict[str, Callable[[], None]] = {
        f"plain loop, {parameters.workers} threads": loop,
        "preprocessing": prepare,
    }
    runs = by_turns(tasks, repeats)
    table = Table("", "seconds, all runs", "median", "times the loop", "processor seconds, median", "times the loop")
    loop_wall, loop_processor = (median(column) for column in zip(*next(iter(runs.values())), strict=True))
    for name, seconds in runs.items():
        every = " ".join(f"{wall:.1f}" for wall, _ in seconds)
        wall, processor = (median(column) for column in zip(*seconds, strict=True))
        ratios = f"{wall / loop_wall:.2f}", f"{processor / loop_processor:.2f}"
        table.add_row(name, every, f"{wall:.1f}", ratios[0], f"{processor:.1f}", ratios[1])
    table.title = f"{len(accepted):,} images to {size[0]} x {size[1]}"
    return table


def by_turns(tasks: dict[str, Callable[[], None]], repeats: int) -> dict[str, list[tuple[float, float]]]:
    """Wall seconds and processor seconds of each task, all of them once in each round.

    On a busy machine the wall clock says little, and the processor's more.
    """
    runs: dict[str, list[tuple[float, float]]] = {name: [] for name in tasks}
    for _ in range(repeats):
        for name, task in tasks.items():
            start, processor = time.perf_counter(), time.process_time()
            task()
            runs[name].append((time.perf_counter() - start, time.process_time() - processor))
    return runs


def measure_training(folder: Path, blocks: dict[str, Any], n_images: int | None, repeats: int) -> Table:
    """Time epochs of the same training from three sources."""
    import keras
    import tensorflow as tf

    from leukosmear.augmentation.layer import Augmentation
    from leukosmear.model_images import load_side
    from leukosmear.networks.building import build_network
    from leukosmear.training.batches import ImageBatches, as_fed, open_side

    class Clock(keras.callbacks.Callback):
        """Wall seconds and processor seconds of each epoch."""

        def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
            self.start = time.perf_counter(), time.process_time()

        def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
            self.seconds = time.perf_counter() - self.start[0], time.process_time() - self.start[1]

    partitions = stored(folder)
    image_ids = np.concatenate([load()["image_id"] for load in partitions.values()])
    manifest = pd.DataFrame({"image_id": image_ids, "label": [name.split("/")[0] for name in image_ids]})
    manifest["side"] = "train"
    manifest.loc[manifest.index >= (n_images or len(manifest)), "side"] = "unused"
    batch_size = blocks["compact_cnn"]["training"]["batch_size"]
    mapped = open_side(partitions, manifest, "train", batch_size, seed=0)
    images = load_side(partitions, manifest, "train")
    held = ImageBatches(images.pixels.__getitem__, images.labels, images.classes, batch_size, seed=0)
    augmenter = Augmentation(AugmentationParameters(**blocks["augmentation"]), seed=0)
    network = build_network(NetworkParameters(**blocks["compact_cnn"]["network"]), held.image_shape, len(held.classes))
    # Bytes go in, as in the project's own training.
    trainer = keras.Sequential([keras.Input(held.image_shape, dtype="uint8"), augmenter, network])
    trainer.compile("adam", "categorical_crossentropy", jit_compile=keras.backend.backend() == "jax")
    untuned = tf.data.Options()
    untuned.autotune.enabled = False
    sources = {
        "one batch, repeated": tf.data.Dataset.from_tensors(held[0]).repeat(len(held)).with_options(untuned),
        "held in memory": as_fed(held),
        "gathered from the partitions": as_fed(mapped),
    }
    clock = Clock()
    runs: dict[str, list[tuple[float, float]]] = {name: [] for name in sources}
    for _ in range(repeats):
        for name, source in sources.items():
            # Two epochs, of which the second counts: the first traces graphs.
            trainer.fit(source, epochs=2, shuffle=False, callbacks=[clock], verbose=0)
            runs[name].append(clock.seconds)
    table = Table("", "images per second, all runs", "median", "of the first", "processor ms per image")
    n_images = dict.fromkeys(sources, held.n_images) | {"one batch, repeated": len(held) * batch_size}
    first = None
    for name, seconds in runs.items():
        rates = [n_images[name] / wall for wall, _ in seconds]
        first = first or median(rates)
        cost = median(1000 * processor / n_images[name] for _, processor in seconds)
        every = " ".join(f"{rate:.0f}" for rate in rates)
        table.add_row(name, every, f"{median(rates):.0f}", f"{median(rates) / first:.1%}", f"{cost:.2f}")
    table.title = f"Epochs of {held.n_images:,} images of {held.image_shape[1]} x {held.image_shape[0]}, augmented"
    return table


def generate(n: int, folder: Path) -> None:
    """Store n images of noise as preprocessing would: two classes, told apart by their red."""
    generator = np.random.default_rng(0)

    def make(start: int) -> dict[str, np.ndarray]:
        index = np.arange(start, min(start + GENERATED_PARTITION, n))
        pixels = generator.integers(0, 256, (len(index), GENERATED_SIZE, GENERATED_SIZE, 3), np.uint8)
        pixels[..., 0] //= 1 + (index % 2).astype(np.uint8)[:, np.newaxis, np.newaxis]
        return {"image_id": np.array([f"{'AB'[i % 2]}/{i:07d}" for i in index]), "pixels": pixels}

    store({f"{start:07d}": partial(make, start) for start in range(0, n, GENERATED_PARTITION)}, folder)


def train_on_generated(folder: Path) -> None:
    """Train one epoch and predict, in a process of its own; print peak memory before and after, in MB, and seconds."""
    import keras

    from leukosmear.networks.compact import compact_cnn
    from leukosmear.prediction.networks import predict_with_network
    from leukosmear.training.batches import open_side
    from leukosmear.training.fitting import fit

    partitions = stored(folder)
    image_ids = np.concatenate([load()["image_id"] for load in partitions.values()])
    manifest = pd.DataFrame({"image_id": image_ids, "label": [name[0] for name in image_ids]})
    manifest = manifest.assign(protocol="random", fold=0, seed=0)
    manifest["side"] = np.select(
        [manifest.index % 20 < 14, manifest.index % 20 < 17], ["train", "validation"], default="test"
    )
    parameters = TrainingParameters(
        epochs=1, batch_size=64, learning_rate=0.001, schedule="constant", monitor="validation_loss", patience=1,
        seed=0,
    )  # fmt: skip
    network = compact_cnn((GENERATED_SIZE, GENERATED_SIZE, 3), 2, filters=(4, 8))
    keras.ops.convert_to_numpy(network(np.zeros((64, GENERATED_SIZE, GENERATED_SIZE, 3), np.uint8)))
    before, peaks, over = own_megabytes(), [0.0], threading.Event()

    def watch() -> None:
        while not over.wait(0.02):
            peaks[0] = max(peaks[0], own_megabytes())

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    start = time.perf_counter()
    train = open_side(partitions, manifest, "train", parameters.batch_size, seed=0)
    validation = open_side(partitions, manifest, "validation", parameters.batch_size)
    fit(network, train, validation, parameters)
    predict_with_network(network.predict_on_batch, partitions, manifest, parameters)
    seconds = time.perf_counter() - start
    over.set()
    watcher.join()
    print(before, peaks[0], seconds)


def own_megabytes() -> float:
    """Memory that this process has for itself, without pages of files; as Linux tells it."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.split("RssAnon:")[1].split()[0]) / 1e3


def measure_memory(sizes: list[int], folder: Path) -> Table:
    """Peak memory for each number of images."""
    table = Table("images", "MB of pixels", "MB at the start", "MB at the peak", "MB more", "seconds")
    for n in sizes:
        generate(n, folder / str(n))
        command = [sys.executable, __file__, "--child", str(folder / str(n))]
        out = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()[-1]
        before, peak, seconds = (float(word) for word in out.split())
        figures = (n * GENERATED_SIZE**2 * 3 / 1e6, before, peak, peak - before, seconds)
        table.add_row(f"{n:,}", *(f"{figure:,.0f}" for figure in figures))
    table.title = f"Peak memory of training on generated images of {GENERATED_SIZE} x {GENERATED_SIZE}"
    return table


def main() -> None:
    """Measure what was asked for, and print tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", metavar="part", help=f"one or more of {', '.join(PARTS)}; all by default")
    parser.add_argument("--images", type=Path, default=IMAGES)
    parser.add_argument("--accepted", type=Path, default=ACCEPTED, help="the table of accepted images")
    parser.add_argument("--model-images", type=Path, default=MODEL_IMAGES, help="the folder of their partitions")
    parser.add_argument("--n", type=int, help="only so many images for training")
    parser.add_argument("--sizes", type=int, nargs="+", default=[3_000, 30_000, 100_000], help="for memory: images")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--child", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    logging.getLogger("leukosmear").setLevel(logging.WARNING)  # its progress would stand between the tables
    if arguments.child:
        train_on_generated(arguments.child)
        return
    parts = arguments.parts or PARTS
    if unknown := set(parts) - set(PARTS):
        parser.error(f"expected parts among {', '.join(PARTS)}; found {', '.join(sorted(unknown))}")
    needed = {"preprocessing": (arguments.images, arguments.accepted), "training": (arguments.model_images,)}
    for path in (path for part in parts for path in needed.get(part, ())):
        if not path.exists():
            sys.exit(f"Expected '{path}'; found nothing there. See --help for where it comes from.")
    blocks = ConfigLoader(str(PROJECT / "conf"), env="taleqani", **CONFIG_LOADER_ARGS)["parameters"]
    console = Console(width=120)
    with tempfile.TemporaryDirectory() as scratch:
        if "preprocessing" in parts:
            accepted = pd.read_parquet(arguments.accepted)
            console.print(measure_preprocessing(arguments.images, accepted, blocks, Path(scratch), arguments.repeats))
        if "training" in parts:
            console.print(measure_training(arguments.model_images, blocks, arguments.n, arguments.repeats))
        if "memory" in parts:
            console.print(measure_memory(arguments.sizes, Path(scratch)))


if __name__ == "__main__":
    main()
