"""Nodes that put all models of a run into tables: what they reach, and what the controls reach."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from leukosmear.evaluation import ModelComparison, ModelMetrics
from leukosmear.evaluation.tables import accuracy_interval, largest_share, pairs_of
from leukosmear.models import Control
from leukosmear.pipelines.reporting.parameters import ReportingParameters


def tabulate_models(roles: Mapping[str, str], reporting: ReportingParameters, *metrics: ModelMetrics) -> pd.DataFrame:
    """Put all models into one table.

    Args:
        roles: Each model's group in the report, by its name.
        reporting: Says by which column the table is ordered.
        *metrics: One per model.

    Returns:
        One row per model; columns `model`, `role`, `family`, `chosen` (whether it does best on validation, controls
        left out), `test_accuracy`, `ci_low`, `ci_high` (0 to 1), `interval_over` (what the interval draws), `n_right`,
        `n_test` (images), `validation_accuracy`, `macro_f1`, `macro_auc`, `calibration_error` (expected, before
        temperature scaling), `sensitivity` and `specificity` (of the clinical reading), `parameters`, `bytes`,
        `train_seconds`, `latency_ms` and `accelerator`; empty where undefined.
    """
    rows = [_describe(one, roles[one["model"]]) for one in metrics]
    candidates = [row for row in rows if row["role"] != "control"] or rows
    losses = {one["model"]: one["validation"]["cross_entropy"] for one in metrics}
    # Chosen by validation, so that its accuracy on the test images is no best of many.
    chosen = max(candidates, key=lambda row: (row["validation_accuracy"], -losses[row["model"]]))
    table = pd.DataFrame([row | {"chosen": row is chosen} for row in rows])
    shares = ["macro_auc", "sensitivity", "specificity"]
    table = table.astype({"parameters": "Int64"} | dict.fromkeys(shares, "Float64"))
    return table.sort_values(reporting.sort_by, ascending=not reporting.descending, kind="stable", ignore_index=True)


def _describe(one: ModelMetrics, role: str) -> dict[str, Any]:
    """Lay out what the table says of one model."""
    (low, high), interval_over = accuracy_interval(one)
    test, training = one["test"], one["training"]
    clinical = one["clinical"]["test"] if one["clinical"] else None
    return {
        "model": one["model"],
        "role": role,
        "family": training["family"],
        "test_accuracy": test["accuracy"],
        "ci_low": low,
        "ci_high": high,
        "interval_over": interval_over,
        "n_right": test["n_right"],
        "n_test": test["n"],
        "validation_accuracy": one["validation"]["accuracy"],
        "macro_f1": test["macro"]["f1"],
        "macro_auc": test["macro_auc"],
        "calibration_error": one["calibration"]["test"]["before"]["expected_calibration_error"],
        "sensitivity": clinical and clinical["sensitivity"],
        "specificity": clinical and clinical["specificity"],
        "parameters": training["n_parameters"],
        "bytes": one["file_bytes"],
        "train_seconds": training["train_seconds"],
        "latency_ms": training["latency_ms"],
        "accelerator": training["accelerator"],
    }


_DIFFERENCE = ("chosen_more", "chosen_more_low", "chosen_more_high", "p_value_holm")
_OF_PAIR = ("difference", "low", "high", "p_value_holm")


def tabulate_controls(
    controls: Mapping[str, Control], model_table: pd.DataFrame, comparison: ModelComparison, split: pd.DataFrame
) -> pd.DataFrame:
    """Hold the controls against the model that validation chose.

    Args:
        controls: What each control tests, by its name.
        model_table: The table of `tabulate_models`.
        comparison: All pairs of models on the test images.
        split: Columns `label` and `side`.

    Returns:
        One row per control; columns `model`, `kind`, `sees`, `test_accuracy`, `ci_low`, `ci_high`,
        `chance` (share of the largest class among the test images), `chosen` (name of the model that validation
        chose), `chosen_more` (its accuracy less the control's, -1 to 1), `chosen_more_low`, `chosen_more_high` and
        `p_value_holm`.
    """
    chosen = str(model_table.loc[model_table["chosen"], "model"].item())
    chance = largest_share(split)
    by_model = model_table.set_index("model")
    pairs = {pair["other"]: pair for pair in pairs_of(chosen, comparison)}
    rows = []
    for name, control in controls.items():
        scores = by_model.loc[name, ["test_accuracy", "ci_low", "ci_high"]].to_dict()
        pair = pairs[name]
        difference = dict(zip(_DIFFERENCE, (pair[key] for key in _OF_PAIR), strict=True))
        described = {"model": name, "kind": control.kind, "sees": control.sees}
        rows.append(described | scores | {"chance": chance, "chosen": chosen} | difference)
    columns = ["model", "kind", "sees", "test_accuracy", "ci_low", "ci_high", "chance", "chosen", *_DIFFERENCE]
    return pd.DataFrame(rows, columns=columns)
