"""What exported formats are worth beside the network that they were made of."""

from typing import Any

import numpy as np
import pandas as pd

from leukosmear.evaluation.intervals import wilson_interval
from leukosmear.pages.formatting import percent
from leukosmear.parameters import ExportParameters
from leukosmear.provenance import describe_machine
from leukosmear.schemas import PROBABILITY_PREFIX, predicted_classes

REFERENCE = "keras"

# What people call the formats, in the order of tables and figures.
TITLES = {
    REFERENCE: "Keras",
    "tflite_float32": "TFLite float32",
    "tflite_float16": "TFLite float16",
    "tflite_int8": "TFLite int8",
    "onnx": "ONNX float32",
}


def tabulate_formats(
    export_probabilities: pd.DataFrame,
    export_runs: dict[str, dict[str, Any]],
    usage: dict[str, Any],
    export: ExportParameters,
    confidence: float,
) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Hold every exported format against the network.

    Args:
        export_probabilities: Columns `format`, `image_id`, `label` and `p_<class>`; the same images in each format.
        export_runs: `runtime`, `bytes` and `milliseconds` of each format, the network's included.
        usage: Name of the model, and size of the network's own file.
        export: The largest drop of accuracy that is let through.
        confidence: Level of the Wilson intervals, 0 to 1.

    Returns:
        One row per format, the network first; columns `format`, `runtime`, `n_test`, `n_right`, `test_accuracy`,
        `ci_low`, `ci_high` (0 to 1), `accuracy_drop` (percentage points below the network's; negative where it rose),
        `largest_difference` (of any probability from the network's, 0 to 1), `agreement` (share of the images of
        which it names the same class), `bytes`, and `milliseconds` for one image (missing for the network, which is
        not held to one thread). And plain values, ready for JSON: the verdicts in words, the same rows, and how they
        were measured.
    """
    classes = predicted_classes(export_probabilities)
    columns = [PROBABILITY_PREFIX + name for name in classes]
    outputs = {name: table.set_index("image_id") for name, table in export_probabilities.groupby("format")}
    reference = outputs[REFERENCE]
    truth = reference["label"].map(classes.index).to_numpy()
    expected = reference[columns].to_numpy()
    rows = []
    for name in TITLES:
        found = outputs[name].loc[reference.index, columns].to_numpy()
        own_file = {"bytes": usage["weights"]["n_bytes"]} if name == REFERENCE else {}
        rows.append({"format": name} | _compare(found, expected, truth, confidence) | export_runs[name] | own_file)
    limit = export.max_accuracy_drop
    results = {
        "model": usage["model"],
        "checks": [_judge(row, rows[0]["test_accuracy"], limit) for row in rows[1:]],
        "formats": rows,
        "confidence": confidence,
        "timing": f"median over {len(truth):,} test images, each by itself and on one thread, from pixels in memory to "
        f"probabilities, after {export.warm_up_calls} calls that do not count",
        "machine": describe_machine(),
        "parameters": export.model_dump(),
    }
    return pd.DataFrame(rows), results


def _compare(found: np.ndarray, expected: np.ndarray, truth: np.ndarray, confidence: float) -> dict[str, Any]:
    """Score probabilities, and hold them against those of the network."""
    right = found.argmax(axis=1) == truth
    n, n_right = len(truth), int(right.sum())
    low, high = wilson_interval(n_right, n, confidence)
    return {
        "n_test": n,
        "n_right": n_right,
        "test_accuracy": n_right / n,
        "ci_low": low,
        "ci_high": high,
        "accuracy_drop": 100 * (int((expected.argmax(axis=1) == truth).sum()) - n_right) / n,
        "largest_difference": float(np.abs(found - expected).max()),
        "agreement": float((found.argmax(axis=1) == expected.argmax(axis=1)).mean()),
    }


def _judge(row: dict[str, Any], network_accuracy: float, limit: float) -> dict[str, str]:
    """Say in words whether a format lost too much accuracy."""
    drop, n = row["accuracy_drop"], row["n_test"]
    side = "above" if drop < 0 else "below"
    return {
        "format": TITLES[row["format"]],
        # A limit that is a whole number of images is kept, though its float may be a hair off.
        "verdict": "pass" if drop <= limit + 1e-9 else "fail",
        "expected": f"at most {limit:g} points below the network's accuracy of {percent(network_accuracy, 2)}",
        "found": f"{percent(row['test_accuracy'], 2)}, {abs(drop):.2f} points {side} it, on {n:,} test images, of "
        f"which one is {100 / n:.2f} points",
    }
