"""Nodes of the export pipeline.

Importing Keras takes seconds, so it is imported when a node runs and not when pipelines are listed.
"""

import logging
import time
from typing import Any

import numpy as np
import pandas as pd

from leukosmear.export.comparing import REFERENCE
from leukosmear.export.extra import MODULES, require
from leukosmear.export.runtimes import Apply, name_runtimes, open_onnx, open_tflite
from leukosmear.model_images import Partitions, StoredImages, class_names, rows_of
from leukosmear.parameters import ExportParameters
from leukosmear.schemas import PROBABILITY_PREFIX

logger = logging.getLogger(__name__)

BATCH_SIZE = 128


class ExportGateError(ValueError):
    """An exported model is less accurate than the network that it was made of."""


def convert_network(
    network: Any,  # noqa: ANN401 - keras.Model; Keras is imported late
    usage: dict[str, Any],
    model_images: Partitions,
    split: pd.DataFrame,
    export: ExportParameters,
) -> tuple[bytes, bytes, bytes, bytes]:
    """Convert a trained network to TFLite and ONNX; each file carries how it is to be used.

    Args:
        network: A trained `keras.Model`.
        usage: How it is to be used.
        model_images: Partitions of model images.
        split: Columns `image_id`, `label` and `side`.
        export: How to convert it.

    Returns:
        TFLite in float32, in float16 and in int8, calibrated on training images; and ONNX. All take raw uint8 pixels;
        TFLite takes one image at a time.

    Raises:
        ModuleNotFoundError: If the extra `export` is not installed.
        RuntimeError: If Keras does not run on TensorFlow.
    """
    for module in MODULES:  # before any work is done
        require(module)
    from leukosmear.export import converting

    converting.refuse_other_backends()
    name, one, many = usage["model"], {"batch": "1 image"}, {"batch": "any number of images"}
    logger.info("Converting %s to TFLite float32 and float16", name)
    float32, float16 = (
        converting.pack_tflite(converting.convert_to_float(network, half), _usage_with(usage, one))
        for half in (False, True)
    )
    examples = _draw_examples(model_images, split, export)
    logger.info("Converting %s to TFLite int8, calibrated on %s training images", name, f"{len(examples):,}")
    in_256ths = {"dtype": "uint8", "meaning": "probability of each class, times 256; 255 stands for all above"}
    int8 = converting.pack_tflite(converting.convert_to_int8(network, examples), _usage_with(usage, one, in_256ths))
    logger.info("Converting %s to ONNX, opset %s", name, export.opset)
    onnx = converting.pack_onnx(converting.convert_to_onnx(network, export.opset), _usage_with(usage, many))
    return float32, float16, int8, onnx


def _usage_with(
    usage: dict[str, Any], of_input: dict[str, Any], of_output: dict[str, Any] | None = None
) -> dict[str, Any]:
    """Change what the network's usage says of input and output to what is true of an exported file."""
    return usage | {"input": usage["input"] | of_input, "output": usage["output"] | (of_output or {})}


def _draw_examples(model_images: Partitions, split: pd.DataFrame, export: ExportParameters) -> np.ndarray:
    """Draw training images at random; only these are held in memory."""
    train = rows_of(split, "train")
    drawn = train.sample(min(export.calibration_images, len(train)), random_state=export.seed)
    return StoredImages(model_images, list(drawn["image_id"])).gather("pixels")


def run_formats(
    network: Any,  # noqa: ANN401
    tflite_float32: bytes,
    tflite_float16: bytes,
    tflite_int8: bytes,
    onnx: bytes,
    model_images: Partitions,
    split: pd.DataFrame,
    export: ExportParameters,
) -> tuple[pd.DataFrame, dict[str, dict[str, Any]]]:
    """Apply a network and what was exported of it to all test images, each by its own runtime.

    Images go through one at a time and on one thread, as on a phone. Formats take turns after a few images, so that
    what else the machine does meets all of them.

    Args:
        network: The trained `keras.Model`.
        tflite_float32: TFLite model.
        tflite_float16: TFLite model with weights of 16 bits.
        tflite_int8: TFLite model in whole numbers.
        onnx: ONNX model.
        model_images: Partitions of model images.
        split: Columns `image_id`, `label` and `side`.
        export: How many calls are made before any is timed.

    Returns:
        Probabilities: one row per format and test image; columns `format`, `image_id`, `label` and `p_<class>`; and
        for each format `runtime`, and, but for the network itself, `bytes` and `milliseconds`, the median for one
        image, from pixels in memory to probabilities.
    """
    tflite = {"tflite_float32": tflite_float32, "tflite_float16": tflite_float16, "tflite_int8": tflite_int8}
    models: dict[str, Apply] = {name: open_tflite(content) for name, content in tflite.items()}
    models["onnx"] = open_onnx(onnx)
    images, classes = rows_of(split, "test"), class_names(split)
    stored = StoredImages(model_images, list(images["image_id"]))
    outputs: dict[str, list[np.ndarray]] = {name: [] for name in (REFERENCE, *models)}
    seconds: dict[str, list[float]] = {name: [] for name in models}
    for apply in models.values():
        for _ in range(export.warm_up_calls):
            apply(stored.gather("pixels", np.arange(1)))
    for pixels in stored.in_batches("pixels", BATCH_SIZE):
        outputs[REFERENCE].append(_apply_network(network, pixels))
        for name, apply in models.items():
            found, spent = _apply_one_by_one(apply, pixels)
            outputs[name].append(found)
            seconds[name] += spent
        done = len(seconds["onnx"])
        logger.info("Ran %s of %s test images through %s formats", f"{done:,}", f"{len(images):,}", len(models))
    runtimes = name_runtimes()
    runs: dict[str, dict[str, Any]] = {REFERENCE: {"runtime": runtimes[REFERENCE], "milliseconds": None}}
    runs |= {
        name: {
            "runtime": runtimes[name.split("_")[0]],
            "bytes": len((tflite | {"onnx": onnx})[name]),
            "milliseconds": 1000 * float(np.median(seconds[name])),
        }
        for name in models
    }
    probabilities = {name: np.concatenate(parts) for name, parts in outputs.items()}
    return _tabulate_outputs(probabilities, images, classes), runs


def _apply_network(network: Any, pixels: np.ndarray) -> np.ndarray:  # noqa: ANN401
    import keras

    return keras.ops.convert_to_numpy(network(pixels, training=False))


def _apply_one_by_one(apply: Apply, pixels: np.ndarray) -> tuple[np.ndarray, list[float]]:
    """Apply a model to single images, and take the time of each in seconds."""
    outputs, seconds = [], []
    for index in range(len(pixels)):
        start = time.perf_counter()
        outputs.append(apply(pixels[index : index + 1]))
        seconds.append(time.perf_counter() - start)
    return np.concatenate(outputs), seconds


def _tabulate_outputs(outputs: dict[str, np.ndarray], images: pd.DataFrame, classes: list[str]) -> pd.DataFrame:
    columns = [PROBABILITY_PREFIX + name for name in classes]
    tables = []
    for name, probabilities in outputs.items():
        table = images[["image_id", "label"]].reset_index(drop=True)
        table.insert(0, "format", name)
        tables.append(table.join(pd.DataFrame(probabilities, columns=columns)))
    return pd.concat(tables, ignore_index=True)


def check_formats(export_results: dict[str, Any], export_table: pd.DataFrame, export_figure: str) -> None:
    """Stop the run where an exported format lost too much accuracy.

    Args:
        export_results: The verdicts.
        export_table: Asked for, like the figure, so that it is there when the run stops.
        export_figure: The figure.

    Raises:
        ExportGateError: If any format failed, with each failed check's words.
    """
    failed = [check for check in export_results["checks"] if check["verdict"] == "fail"]
    if failed:
        raise ExportGateError(
            f"{export_results['model']} cannot be shipped in every format.\n"
            + "\n".join(
                f"- {check['format']}: expected {check['expected']}; found {check['found']}." for check in failed
            )
            + "\nFor int8, raise `calibration_images`; or allow a larger `max_accuracy_drop`. Both stand in "
            "parameters_export.yml."
        )
    logger.info("%s is as accurate in every exported format, within the limit", export_results["model"])
