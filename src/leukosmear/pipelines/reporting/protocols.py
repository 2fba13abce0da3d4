"""What models reach where the same images are split in another way: the results of earlier runs beside this one's."""

import logging
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from leukosmear.figures import GRID, new_figure
from leukosmear.figures.intervals import Series, draw_intervals
from leukosmear.pages import records
from leukosmear.pages.formatting import count, percent, percent_interval
from leukosmear.pipelines.reporting.contracts import ModelAccuracy, ProtocolComparison, ProtocolSummary
from leukosmear.pipelines.reporting.fingerprint import name_differences, take_fingerprint
from leukosmear.pipelines.reporting.summary import describe_protocol
from leukosmear.splitting import PROTOCOLS, list_names

# Acquisitions of equal size below which a test that finds no difference has hardly looked.
FEW = 10

logger = logging.getLogger(__name__)

_MARKS = dict(zip(PROTOCOLS, (("o", "#0072b2"), ("D", "#d55e00"), ("s", "#009e73"), ("^", "#cc79a7")), strict=True))


def summarise_protocol(
    split: pd.DataFrame,
    split_leakage: dict[str, Any],
    model_table: pd.DataFrame,
    conclusions: dict[str, Any],
    image_inventory: pd.DataFrame,
    run_record: dict[str, Any],
) -> ProtocolSummary:
    """Keep what the reports of other protocols say of this one.

    Args:
        split: One fold of `Splits`.
        split_leakage: What share of the test images has a relative in train.
        model_table: The table of all models.
        conclusions: Level of the intervals.
        image_inventory: An `ImageInventory`.
        run_record: Parameters, versions and code of the run.

    Returns:
        Images and acquisitions in train and test, relatives in train, the accuracy of each model, and what all of it
        was made from.
    """
    models: list[Any] = records(model_table[list(ModelAccuracy.__annotations__)])
    train, test = (split[split["side"] == side] for side in ("train", "test"))
    (name,) = list_names(split)
    sizes = test["acquisition_id"].value_counts()
    return ProtocolSummary(
        protocol=name.protocol,
        fold=name.fold,
        seed=name.seed,
        n_train=len(train),
        n_test=len(test),
        train_acquisitions=int(train["acquisition_id"].nunique()),
        test_acquisitions=len(sizes),
        effective_test_acquisitions=float(sizes.sum() ** 2 / (sizes**2).sum()),
        same_field_share=split_leakage["test"]["same_field"]["share"],
        same_acquisition_share=split_leakage["test"]["same_acquisition"]["share"],
        confidence=conclusions["confidence"],
        fingerprint=take_fingerprint(image_inventory, run_record),
        models=models,
    )


def compare_protocols(
    protocol_summary: ProtocolSummary,
    protocol_summaries: Mapping[str, Callable[[], ProtocolSummary]],
    image_inventory: pd.DataFrame,
) -> ProtocolComparison:
    """Put the accuracies under all protocols beside each other, where nothing but the split differs.

    Args:
        protocol_summary: That of this run.
        protocol_summaries: Those of all runs, by "<protocol>/fold<fold>-seed<seed>". Of each other protocol the first
            fold is taken, dealt with this run's seed.
        image_inventory: An `ImageInventory`: a protocol that needs a table which it lacks is not recommended.

    Returns:
        The protocols in the order of the documentation, those left out and why, each model's accuracy by protocol, and
        what may be concluded.
    """
    current = protocol_summary["protocol"]
    same, left_out = {}, {}
    for name in PROTOCOLS:
        partition = f"{name}/fold0-seed{protocol_summary['seed']}"
        if name == current:
            same[name] = protocol_summary
        elif partition in protocol_summaries:
            other = protocol_summaries[partition]()
            if other.keys() < ProtocolSummary.__required_keys__:
                left_out[name] = "another version of leukosmear"
            elif differences := name_differences(protocol_summary["fingerprint"], other["fingerprint"]):
                left_out[name] = "; ".join(differences)
            else:
                same[name] = other
    for name, why in left_out.items():
        logger.warning("Results of protocol %s are left out, since they are of %s", name, why)
    by_model: dict[str, dict[str, ModelAccuracy]] = {row["model"]: {} for row in protocol_summary["models"]}
    for name, summary in same.items():
        for row in summary["models"]:
            by_model.setdefault(row["model"], {})[name] = row
    images = image_inventory[image_inventory["status"] == "accepted"]
    can_be_run = [name for name, protocol in PROTOCOLS.items() if images[protocol.groups].notna().all()]
    return ProtocolComparison(
        current=current,
        protocols=list(same.values()),
        left_out=left_out,
        missing=next((name for name in can_be_run if name not in same), None),
        models=[{"model": model, "accuracies": rows} for model, rows in by_model.items()],
        conclusions=_conclude(protocol_summary, same),
    )


def _conclude(current: ProtocolSummary, protocols: Mapping[str, ProtocolSummary]) -> list[str]:
    """Say what the difference between the first protocol and each other means for the model that validation chose."""
    chosen = next(row["model"] for row in current["models"] if row["chosen"])
    first, *others = ({row["model"]: row for row in one["models"]} for one in protocols.values())
    names = list(protocols)
    return [
        _compare_two(first[chosen], other[chosen], names[0], protocols[name]) + " " + _count_falls(first, other)
        for name, other in zip(names[1:], others, strict=True)
        if chosen in first and chosen in other
    ]


def _doubt(first: ModelAccuracy, other: ModelAccuracy, effective: float) -> str:
    """Say why two accuracies cannot be told apart; nothing where they can."""
    if effective < FEW:
        return "these are few"
    if "images" in (first["interval_over"], other["interval_over"]):
        return "one of the intervals takes images as independent"
    return "the intervals overlap" if other["ci_high"] >= first["ci_low"] else ""


def _compare_two(
    first: ModelAccuracy, other: ModelAccuracy, first_protocol: str, other_summary: ProtocolSummary
) -> str:
    """Say what one model's two accuracies mean."""
    other_protocol, effective = other_summary["protocol"], other_summary["effective_test_acquisitions"]
    figures = (
        f"The test accuracy of {first['model']} is {_accuracy(first)} where images are split "
        f"{describe_protocol(first_protocol)}, and {_accuracy(other)} where they are split "
        f"{describe_protocol(other_protocol)}: {count(other_summary['test_acquisitions'])} acquisitions, worth "
        f"{effective:.1f} of equal size."
    )
    doubt, lost = _doubt(first, other, effective), PROTOCOLS[other_protocol].lost
    if other["test_accuracy"] < first["test_accuracy"] and not doubt:
        return (
            f"{figures} The intervals do not meet: part of the higher figure comes from {lost}, and "
            "the lower one is nearer to what to expect of new slides."
        )
    if other["test_accuracy"] < first["test_accuracy"]:
        return (
            f"{figures} It is lower, but {doubt}: whether "
            f"{lost} explains the difference, or which images happened to be tested, cannot be told."
        )
    if effective < FEW:
        return f"{figures} So few cannot show how much accuracy comes from {lost}."
    return f"{figures} So no accuracy is seen to come from {lost}."


def _accuracy(row: ModelAccuracy) -> str:
    return f"{percent(row['test_accuracy'])} ({percent_interval(row['ci_low'], row['ci_high'])})"


def _count_falls(first: Mapping[str, ModelAccuracy], other: Mapping[str, ModelAccuracy]) -> str:
    """Count the models, controls included, that are less accurate under another protocol."""
    both = [model for model in first if model in other]
    lower = sum(other[model]["test_accuracy"] < first[model]["test_accuracy"] for model in both)
    return f"Models and controls that are less accurate there: {count(lower)} of {count(len(both))}."


def draw_protocols(comparison: ProtocolComparison) -> Figure:
    """Draw each model's accuracy by protocol.

    Args:
        comparison: What `compare_protocols` found.

    Returns:
        A figure with one line per model, in the order of the table of models but controls last; on it one mark with its
        interval per protocol, joined by a grey line.
    """
    protocols = [one["protocol"] for one in comparison["protocols"]]
    rows = sorted(comparison["models"], key=lambda row: _is_control(row["accuracies"]))
    figure = new_figure(7.5, 1.3 + 0.2 * len(rows) * (1 + 0.5 * len(protocols)))
    axes = figure.subplots()
    for place, row in enumerate(rows):
        reached = [one["test_accuracy"] for one in row["accuracies"].values()]
        axes.hlines(place, min(reached), max(reached), color=GRID, linewidth=5, zorder=0)
    shifts = 0.22 * (np.arange(len(protocols)) - (len(protocols) - 1) / 2)  # so that intervals do not hide each other
    series = []
    for shift, protocol in zip(shifts, protocols, strict=True):
        marker, colour = _MARKS[protocol]
        there: list[Mapping[str, Any]] = [row["accuracies"].get(protocol, {}) for row in rows]
        values, low, high = ([one.get(key, np.nan) for one in there] for key in ("test_accuracy", "ci_low", "ci_high"))
        series.append(Series(values, low, high, protocol.replace("_", " "), colour, marker, shift=shift))
    draw_intervals(axes, [row["model"] for row in rows], series)
    axes.set(xlabel="accuracy on the test images", title="By protocol of the split")
    figure.legend(loc="outside upper right", ncols=len(protocols))
    return figure


def _is_control(accuracies: Mapping[str, ModelAccuracy]) -> bool:
    return any(row["role"] == "control" for row in accuracies.values())
