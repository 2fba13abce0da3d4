"""What may be concluded from a run, in sentences that its own figures decide."""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from leukosmear.evaluation import ClinicalReading, ModelMetrics
from leukosmear.pages import records
from leukosmear.pages.formatting import count, percent, percent_interval
from leukosmear.pipelines.reporting.summary import hash_files

Row = dict[str, Any]


def draw_conclusions(
    proposed: str,
    model_table: pd.DataFrame,
    control_table: pd.DataFrame,
    image_inventory: pd.DataFrame,
    *metrics: ModelMetrics,
) -> dict[str, Any]:
    """Draw the conclusions that stand on the first screen of the report and in the model card.

    Args:
        proposed: Name of the model that stands for the paper's own.
        model_table: The table of all models.
        control_table: The table of the controls.
        image_inventory: Columns `file_name` and `sha256` of every file.
        *metrics: One per model.

    Returns:
        `chosen` (the model that validation chose) and `proposed` (the paper's), each with its row of the table of
        models, the `warnings` of its intervals and its `clinical` reading in words; `n_candidates` (models but for
        controls), `controls` (sentences), `best_shortcut` (its row, or None), `confidence` (of all intervals) and
        `data_sha256`.
    """
    by_model = {one["model"]: one for one in metrics}
    rows = {row["model"]: row for row in records(model_table)}
    controls = records(control_table)
    chosen = next(row["model"] for row in rows.values() if row["chosen"])
    described = {}
    for key, name in (("chosen", chosen), ("proposed", proposed)):
        one = by_model[name]
        warnings = one["bootstrap"]["resampling"]["warnings"]
        described[key] = rows[name] | {"warnings": warnings, "clinical": read_clinically(name, one["clinical"])}
    return {
        **described,
        "n_candidates": sum(row["role"] != "control" for row in rows.values()),
        "controls": conclude_from_controls(controls),
        "best_shortcut": find_best_shortcut(controls),
        "confidence": metrics[0]["test"]["confidence"],
        "data_sha256": hash_files(image_inventory),
    }


def conclude_from_controls(controls: Sequence[Row]) -> list[str]:
    """Say what the controls reach, and what that means for the model that validation chose.

    Args:
        controls: Rows of the table of controls; may be empty.

    Returns:
        A sentence or two on the best shortcut, and on each control that learnt permuted labels.
    """
    if not controls:
        return [
            "No control was trained in this run, so it cannot tell whether background, scale bar or colours alone "
            "would have done as well."
        ]
    shortcuts = [row for row in controls if row["kind"] == "shortcut"]
    best = find_best_shortcut(controls)
    sentences = [_list_shortcuts(shortcuts), _conclude_from_shortcut(best)] if best else []
    return sentences + [_conclude_from_permuted(row) for row in controls if row["kind"] == "permuted"]


def find_best_shortcut(controls: Sequence[Row]) -> Row | None:
    """Find the control that is most often right without seeing what it ought to; None where there is none."""
    shortcuts = [row for row in controls if row["kind"] == "shortcut"]
    return max(shortcuts, key=lambda row: row["test_accuracy"], default=None)


def _list_shortcuts(shortcuts: Sequence[Row]) -> str:
    """Say what each shortcut reaches, and a guess."""
    reached = "; ".join(
        f"{row['model']}, which sees only {row['sees']}, reaches {percent(row['test_accuracy'])} "
        f"({percent_interval(row['ci_low'], row['ci_high'])})"
        for row in shortcuts
    )
    return (
        f"Test accuracy without the form of cells: {reached}. Always naming the largest class reaches "
        f"{percent(shortcuts[0]['chance'])}."
    )


def _conclude_from_shortcut(best: Row) -> str:
    """Compare the best shortcut with a guess, and with the chosen model."""
    model, chosen = best["model"], best["chosen"]
    if best["ci_low"] <= best["chance"]:
        return (
            f"Not even {model}, the best of these shortcuts, can be told from such a guess: what they see is not "
            f"shown to explain the accuracy of {chosen}."
        )
    more, low, high = best["chosen_more"], best["chosen_more_low"], best["chosen_more_high"]
    interval = "" if low is None or high is None else f" ({_points(low)} to {_points(high)})"
    if not is_apart(best):
        return (
            f"{chosen} cannot be told from {model}, the best of these shortcuts: the difference is {_points(more)} "
            f"points{interval}. So the accuracy of {chosen} is no evidence that it looks at the form of cells."
        )
    if more < 0:
        return (
            f"The accuracy of {model}, the best of these shortcuts, is {_points(-more)} points above that of {chosen}. "
            f"So the accuracy of {chosen} is no evidence that it looks at the form of cells."
        )
    return (
        f"The accuracy of {chosen} is {_points(more)} points{interval} above that of {model}, the best of these "
        "shortcuts. Only this much of it needs more than that shortcut; whether the rest comes from cells cannot be "
        "told."
    )


def is_apart(control: Row) -> bool:
    """Tell whether the chosen model and a control differ by more than chance explains.

    Args:
        control: A row of the table of controls.

    Returns:
        Whether the interval of their difference leaves out 0; where there is no interval, whether McNemar's test,
        corrected after Holm, is below 0.05.
    """
    low, high = control["chosen_more_low"], control["chosen_more_high"]
    if low is not None and high is not None:
        return bool(low > 0 or high < 0)
    p_value = control["p_value_holm"]
    return p_value is not None and bool(p_value < 0.05)


def _conclude_from_permuted(control: Row) -> str:
    """Say whether what learnt permuted labels does better than a guess."""
    reached = f"{percent(control['test_accuracy'])} ({percent_interval(control['ci_low'], control['ci_high'])})"
    start = f"{control['model']}, which learnt labels in random order, reaches {reached};"
    guess = f"always naming the largest class reaches {percent(control['chance'])}."
    if control["ci_low"] <= control["chance"]:
        return (
            f"{start} {guess} It should be no better than a guess, and cannot be told from one: fitting and scoring "
            "give no credit where there was nothing to learn. This does not test for shortcuts, nor for copies on both "
            "sides of the split."
        )
    return (
        f"{start} {guess} That is better than a guess, which it must not be: true labels reach the fitting or the "
        "scoring, and no accuracy of this run can be trusted before the reason is found."
    )


def _points(share: float) -> str:
    """Write a difference of shares in percentage points."""
    return f"{100 * share:.1f}".replace("-", "\u2212")


def read_clinically(model: str, clinical: ClinicalReading | None) -> str:
    """Say what a model's threshold on "not negative" means in images.

    Args:
        model: Its name.
        clinical: The evaluator's reading; None where the data set has no negative class.

    Returns:
        A sentence or two.
    """
    if clinical is None:
        return "This data set has no negative class, so there is no clinical reading."
    name, at = clinical["negative_class"], clinical["test"]
    if at is None:
        return f"No threshold on the probability of {name} could be chosen on the validation images."
    n_positive = at["true_positives"] + at["false_negatives"]
    n_negative = at["true_negatives"] + at["false_positives"]
    return (
        f"{name} against all others: at the threshold that validation chose, {model} calls "
        f"{count(at['true_positives'])} of {count(n_positive)} test images of disease positive and misses "
        f"{count(at['false_negatives'])}, and calls {count(at['false_positives'])} of {count(n_negative)} test images "
        f"of {name} positive."
    )
