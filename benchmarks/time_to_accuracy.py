"""Seconds of training until a network classifies the test images as well as the paper's, beside two recipes of others.

    export PBS_DATA_DIR=/path/to/images
    kedro run --env=taleqani --pipelines=data_validation,preprocessing
    python benchmarks/time_to_accuracy.py --to-target paper_recipe keras_tutorial   # once, hours: how many epochs
    python benchmarks/time_to_accuracy.py                                           # rates in turn, and five seeds

- paper_recipe: the paper's network as one would write it (Keras Sequential at 224 x 224, batches of 64, its seven
  augmentations by Keras' image generator, 9.7 million parameters);
- keras_tutorial: "Image classification from scratch" of the Keras documentation (folders read by
  image_dataset_from_directory, preprocessing layers, its small Xception at 180 x 180, batches of 128);
- compact_cnn: ours, with the parameters of conf/taleqani.

All learn from the same images, those of the random split's train, and are scored on its test images after each epoch;
scoring is not timed, and choosing an epoch by it would flatter: the figures are for comparing times, not accuracies.
A contender that takes too long to be trained in every round counts with the epochs that it needed once, times the
seconds of an epoch in this run, and the table says so; one that was given up after `--max-minutes` counts with the
epochs that were not enough. Each training is a process of its own; they take turns.
"""

import argparse
import json
import math
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    import keras

PROJECT = Path(__file__).parents[1]
KEPT = PROJECT / "build" / "time_to_accuracy"
TARGET = 0.9216  # the paper's
NEVER = 2.0  # an accuracy to train until
LEAST_STEPS = 4  # for a rate without the first step
OURS = "compact_cnn"


class Clock:
    """Seconds since the start, without those spent scoring."""

    def __init__(self) -> None:
        self.start = time.perf_counter()
        self.paused = 0.0

    def seconds(self) -> float:
        return time.perf_counter() - self.start - self.paused

    def pause(self, work: Callable[[], Any]) -> Any:  # noqa: ANN401
        before = time.perf_counter()
        result = work()
        self.paused += time.perf_counter() - before
        return result


def watcher(clock: Clock, score: Callable[[], float], until: float, max_seconds: float, curve: list[dict]) -> Any:  # noqa: ANN401
    """A Keras callback that notes time and test accuracy after each epoch, and the seconds of each step."""
    import keras

    class Watcher(keras.callbacks.Callback):
        def on_train_batch_end(self, batch: int, logs: dict | None = None) -> None:
            steps.append(clock.seconds())
            if steps[-1] > max_seconds and len(steps) > LEAST_STEPS:
                self.model.stop_training = True

        def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
            seconds = clock.seconds()
            if seconds > max_seconds and until == NEVER:
                return
            accuracy = clock.pause(score)
            # a part of an epoch, where time was up
            done = round(len(steps) / self.params["steps"], 2)
            curve.append({"epoch": done, "seconds": seconds, "accuracy": accuracy})
            print(json.dumps(curve[-1]), file=sys.stderr, flush=True)
            if accuracy >= until:
                self.model.stop_training = True

    steps: list[float] = []
    callback = Watcher()
    callback.steps = steps
    return callback


def project_context() -> Any:  # noqa: ANN401
    from kedro.framework.session import KedroSession
    from kedro.framework.startup import bootstrap_project

    bootstrap_project(PROJECT)
    return KedroSession.create(PROJECT, env="taleqani").load_context()


def image_files(context: Any) -> Any:  # noqa: ANN401
    """The split, with a column `path`."""
    manifest = context.catalog.load("split")
    root = Path(os.environ["PBS_DATA_DIR"])
    root = next(folder for folder in (root / "Original", root) if folder.is_dir())
    paths = {f"{path.parent.name}/{path.stem}": path for path in root.glob("*/*")}
    return manifest.assign(path=[str(paths[image_id]) for image_id in manifest["image_id"]])


def train_paper_recipe(until: float, max_seconds: float, seed: int) -> dict[str, Any]:
    import keras
    from tensorflow.keras.preprocessing.image import ImageDataGenerator

    keras.utils.set_random_seed(seed)
    files = image_files(project_context())
    generator = ImageDataGenerator(
        rescale=1 / 255,
        rotation_range=20,
        width_shift_range=0.1,
        height_shift_range=0.1,
        shear_range=0.1,
        zoom_range=0.1,
        horizontal_flip=True,
        fill_mode="nearest",
    )
    flow = {"x_col": "path", "y_col": "label", "target_size": (224, 224), "batch_size": 64}
    train = generator.flow_from_dataframe(files[files["side"] == "train"], seed=seed, **flow)
    test = ImageDataGenerator(rescale=1 / 255).flow_from_dataframe(
        files[files["side"] == "test"], shuffle=False, **flow
    )
    layers = keras.layers
    network = keras.Sequential(
        [
            keras.Input((224, 224, 3)),
            layers.Conv2D(32, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Conv2D(64, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Conv2D(112, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Dropout(0.25),
            layers.Flatten(),
            layers.Dense(128, activation="relu"),
            layers.Dropout(0.5),
            layers.Dense(len(train.class_indices), activation="softmax"),
        ]
    )
    network.compile("adam", "categorical_crossentropy", metrics=["accuracy"])
    return train_peer(network, train, test, len(train.filenames), until, max_seconds)


def train_keras_tutorial(until: float, max_seconds: float, seed: int) -> dict[str, Any]:
    import keras

    keras.utils.set_random_seed(seed)
    files = image_files(project_context())
    with tempfile.TemporaryDirectory() as folder:
        for row in files.itertuples():
            link = Path(folder, row.split, row.label, Path(row.path).name)
            link.parent.mkdir(parents=True, exist_ok=True)
            link.symlink_to(Path(row.path).resolve())
        read = {"image_size": (180, 180), "batch_size": 128, "label_mode": "categorical", "verbose": False}
        train, test = (
            keras.utils.image_dataset_from_directory(Path(folder, split), seed=seed, **read)
            for split in ("train", "test")
        )
        changes = [keras.layers.RandomFlip("horizontal"), keras.layers.RandomRotation(0.1)]

        def augment(images: Any) -> Any:  # noqa: ANN401
            for layer in changes:
                images = layer(images)
            return images

        changed = train.map(lambda images, labels: (augment(images), labels), num_parallel_calls=-1).prefetch(-1)
        network = small_xception((180, 180, 3), files["label"].nunique())
        network.compile(keras.optimizers.Adam(3e-4), "categorical_crossentropy", metrics=["accuracy"])
        return train_peer(network, changed, test.prefetch(-1), (files["side"] == "train").sum(), until, max_seconds)


def small_xception(input_shape: tuple[int, int, int], n_classes: int) -> Any:  # noqa: ANN401
    """The tutorial's network: an entry, four residual blocks of separable convolutions, and a wide exit."""
    import keras
    from keras import layers

    inputs = keras.Input(input_shape)
    x = layers.Rescaling(1 / 255)(inputs)
    x = layers.Conv2D(128, 3, strides=2, padding="same")(x)
    x = layers.BatchNormalization()(x)
    x = shortcut = layers.Activation("relu")(x)
    for size in (256, 512, 728):
        for _ in range(2):
            x = layers.Activation("relu")(x)
            x = layers.SeparableConv2D(size, 3, padding="same")(x)
            x = layers.BatchNormalization()(x)
        x = layers.MaxPooling2D(3, strides=2, padding="same")(x)
        x = shortcut = layers.add([x, layers.Conv2D(size, 1, strides=2, padding="same")(shortcut)])
    x = layers.SeparableConv2D(1024, 3, padding="same")(x)
    x = layers.BatchNormalization()(x)
    x = layers.Activation("relu")(x)
    x = layers.GlobalAveragePooling2D()(x)
    x = layers.Dropout(0.25)(x)
    return keras.Model(inputs, layers.Dense(n_classes, activation="softmax")(x))


def train_peer(
    network: "keras.Model",
    train: Any,  # noqa: ANN401 - an iterator of Keras' image generator, or a dataset of TensorFlow
    test: Any,  # noqa: ANN401
    n_train: int,
    until: float,
    max_seconds: float,
) -> dict[str, Any]:
    curve: list[dict] = []
    clock = Clock()
    watch = watcher(clock, lambda: network.evaluate(test, verbose=0)[1], until, max_seconds, curve)
    network.fit(train, epochs=200, callbacks=[watch], verbose=0)
    return outcome(network.count_params(), n_train, curve, watch.steps)


def train_compact_cnn(until: float, max_seconds: float, seed: int) -> dict[str, Any]:
    """Our network, by the project's own training loop; the last epoch counts, as the schedule has it."""
    context = project_context()  # before Keras, which learns from the project's settings how TensorFlow convolves
    import keras

    from leukosmear.model_images import load_side
    from leukosmear.networks.building import build_network
    from leukosmear.training.batches import open_side
    from leukosmear.training.fitting import fit

    parameters = context.params
    images, manifest = context.catalog.load("model_images"), context.catalog.load("split")
    training = parameters[OURS]["training"].model_copy(update={"seed": seed})
    test = load_side(images, manifest, "test")
    train = open_side(images, manifest, "train", training.batch_size, seed)
    validation = open_side(images, manifest, "validation", training.batch_size)
    keras.utils.set_random_seed(seed)
    network = build_network(parameters[OURS]["network"], train.image_shape, len(train.classes))

    def score() -> float:
        parts = np.array_split(test.pixels, 8)
        chosen = [keras.ops.convert_to_numpy(network(part, training=False)).argmax(axis=1) for part in parts]
        return float((np.concatenate(chosen) == test.labels).mean())

    curve: list[dict] = []
    clock = Clock()
    watch = watcher(clock, score, until, max_seconds, curve)
    fit(network, train, validation, training, parameters["augmentation"], watchers=[watch])
    seconds = clock.seconds()
    result = outcome(network.count_params(), train.n_images, curve, watch.steps)
    return {**result, "seconds": seconds, "accuracy": score()}


def outcome(n_parameters: int, n_train: int, curve: list[dict], steps: list[float]) -> dict[str, Any]:
    """What a training says: the first step, which traces the graph, is left out of the rate."""
    per_step = float(np.median(np.diff(steps)))
    return {
        "parameters": int(n_parameters),
        "n_train": int(n_train),
        "curve": curve,
        "first_step": steps[0],
        "seconds_per_step": per_step,
    }


CONTENDERS = {
    "paper_recipe": (train_paper_recipe, 64),
    "keras_tutorial": (train_keras_tutorial, 128),
    OURS: (train_compact_cnn, 32),
}


def run_once(name: str, until: float, max_seconds: float, seed: int = 0) -> dict[str, Any]:
    """Train a contender in a process of its own, and return what it says."""
    command = [sys.executable, __file__, "--run", name, "--until", str(until), "--max-seconds", str(max_seconds)]
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}
    done = subprocess.run([*command, "--seed", str(seed)], stdout=subprocess.PIPE, check=True, env=environment)
    return json.loads(done.stdout.splitlines()[-1])


def first_reaching(curve: list[dict], accuracy: float) -> dict | None:
    return next((point for point in curve if point["accuracy"] >= accuracy), None)


def train_to_target(names: list[str], max_seconds: float) -> None:
    """Find out once how many epochs contenders need, or how many are not enough, and keep it."""
    KEPT.mkdir(parents=True, exist_ok=True)
    for name in names:
        result = run_once(name, TARGET, max_seconds)
        (KEPT / f"{name}.json").write_text(json.dumps(result, indent=1), encoding="utf-8")
        reached = first_reaching(result["curve"], TARGET)
        print(f"{name}: {reached or 'did not reach the target'}")


def compare(rounds: int, peer_seconds: float, seeds: int) -> None:
    """Time all in turn, train ours to its end from several seeds, and print both."""
    rates: dict[str, list[float]] = {name: [] for name in CONTENDERS}
    ours = []
    for turn in range(max(rounds, seeds)):
        for name in CONTENDERS:
            if turn < (seeds if name == OURS else rounds):
                run = run_once(name, NEVER, 3600.0 if name == OURS else peer_seconds, turn)
                rates[name].append(CONTENDERS[name][1] / run["seconds_per_step"])
                ours += [run] if name == OURS else []
    console = Console(width=110)
    console.print(_table_of_times({name: statistics.median(rate) for name, rate in rates.items()}, ours))
    console.print(_table_of_seeds(ours))


def _table_of_times(rates: dict[str, float], ours: list[dict]) -> Table:
    """Seconds until the target; those of peers are the epochs of an earlier run times the seconds of one in this."""
    reached = [first_reaching(run["curve"], TARGET) for run in ours]
    own = statistics.median(point["seconds"] if point else math.inf for point in reached)
    table = Table("", "parameters", "images/s", "epochs", "seconds", "times ours", title=f"To {TARGET:.2%} on test")
    for name, rate in rates.items():
        if name == OURS:
            epochs = statistics.median(point["epoch"] if point else math.inf for point in reached)
            row, more = (ours[0]["parameters"], epochs, own), ""
        else:
            kept = json.loads((KEPT / f"{name}.json").read_text(encoding="utf-8"))
            point = first_reaching(kept["curve"], TARGET)
            more = "" if point else "> "
            epochs = point["epoch"] if point else kept["curve"][-1]["epoch"]
            row = kept["parameters"], epochs, epochs * kept["n_train"] / rate
        parameters, epochs, seconds = row
        note = "" if name == OURS else " (epochs x rate)"
        table.add_row(
            name,
            f"{parameters:,}",
            f"{rate:.1f}",
            f"{more}{epochs:g}",
            f"{more}{seconds:.1f}{note}",
            f"{more}{seconds / own:.1f}",
        )
    return table


def _table_of_seeds(ours: list[dict]) -> Table:
    mean = statistics.mean(run["accuracy"] for run in ours)
    table = Table("seed", "seconds", "accuracy", "seconds to 99.0 %", title=f"{OURS}: mean accuracy {mean:.2%}")
    for seed, run in enumerate(ours):
        first = first_reaching(run["curve"], 0.99)
        table.add_row(
            str(seed),
            f"{run['seconds']:.1f}",
            f"{run['accuracy']:.2%}",
            f"{first['seconds']:.1f}" if first else "never",
        )
    return table


def main() -> None:
    """Compare, or train once, as the command line says."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3, help="times that the peers' rates are measured")
    parser.add_argument("--peer-seconds", type=float, default=60, help="how long a peer trains for that")
    parser.add_argument("--seeds", type=int, default=5, help="whole trainings of our network")
    parser.add_argument("--to-target", nargs="+", choices=list(CONTENDERS), help="train these until they reach it")
    parser.add_argument("--max-minutes", type=float, default=180, help="when to give up one of these")
    parser.add_argument("--run", choices=list(CONTENDERS), help=argparse.SUPPRESS)
    parser.add_argument("--until", type=float, default=NEVER, help=argparse.SUPPRESS)
    parser.add_argument("--max-seconds", type=float, default=3600.0, help=argparse.SUPPRESS)
    parser.add_argument("--seed", type=int, default=0, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if "PBS_DATA_DIR" not in os.environ:
        parser.error("set PBS_DATA_DIR to the folder of the real images")
    if arguments.run:
        train, _ = CONTENDERS[arguments.run]
        print(json.dumps(train(arguments.until, arguments.max_seconds, arguments.seed)))
    elif arguments.to_target:
        train_to_target(arguments.to_target, 60 * arguments.max_minutes)
    else:
        missing = [name for name in CONTENDERS if name != OURS and not (KEPT / f"{name}.json").is_file()]
        if missing:
            parser.error(f"first find out how many epochs they need: --to-target {' '.join(missing)}")
        compare(arguments.rounds, arguments.peer_seconds, arguments.seeds)


if __name__ == "__main__":
    main()
