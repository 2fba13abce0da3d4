"""Figures of one model's curves: how it tells classes apart, how far its probabilities hold, how it was trained."""

from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from leukosmear.evaluation import (
    CalibrationScores,
    ModelMetrics,
    Training,
    curve_bands,
    precision_recall_curves,
    roc_curves,
    take_side,
)
from leukosmear.figures import INK, MUTED, class_colours, new_figure
from leukosmear.parameters import EvaluationParameters

_TRAIN_COLOUR, _VALIDATION_COLOUR = "#8a94a3", "#0072b2"
_PANELS = ("accuracy", "loss", "precision", "recall", "f1")
_STYLES = ("-", "--", "-.", ":")  # for readers in black and white
_TICKS = (0, 0.5, 1)

# Of the five panels of training curves, as shares of the figure: ticks have at most five digits there.
_TRAINING_PLACE = {"left": 0.065, "right": 0.985, "bottom": 0.1, "top": 0.93, "wspace": 0.28, "hspace": 0.3}

# Inches of a panel whose axes go from 0 to 1, and around it. Its labels never change, so it needs no layout engine,
# which takes longer than the drawing; there are two such figures per model.
_SIDE, _LEFT, _BETWEEN, _RIGHT, _ABOVE, _BELOW = 2.9, 0.65, 0.75, 0.3, 0.35, 0.55


def draw_curves(
    predictions: pd.DataFrame, metrics: ModelMetrics, split: pd.DataFrame, evaluation: EvaluationParameters
) -> Figure:
    """Draw the receiver operating characteristic and the precision-recall curve of every class, on the test images.

    Args:
        predictions: One row per image; columns `image_id`, `side`, `label` and one `p_<class>` per class.
        metrics: Holds the bootstrap's intervals of both areas.
        split: Columns `image_id`, `field_id` and `acquisition_id`: the groups that the bootstrap draws.
        evaluation: Confidence level and bootstrap.

    Returns:
        A figure of two panels with a curve per class, in a band that holds it in most resamples. The legend has the
        areas with their intervals; of a class without a curve it has the reason.

    Raises:
        ValueError: Where the predictions break their contract.
    """
    scored = take_side(predictions, "test")
    roc, precision_recall = roc_curves(scored), precision_recall_curves(scored)
    bands = curve_bands(scored, split, evaluation)
    colours = class_colours(list(roc))
    figure, (left, right) = _panels(2, n_lines=len(roc))
    left.plot([0, 1], [0, 1], color=MUTED, linewidth=0.8, linestyle=(0, (1, 3)))
    for index, (name, curve) in enumerate(roc.items()):
        look: dict[str, Any] = {
            "color": colours[name],
            "linestyle": _STYLES[index % len(_STYLES)],
            "linewidth": 1.8,
            "clip_on": False,
        }
        intervals = metrics["bootstrap"]["per_class"][name]
        of_precision = precision_recall[name]
        areas = [
            _name_area("AUC", curve.auc, intervals["auc"], curve.reason),
            _name_area("average precision", of_precision.average_precision, intervals["average_precision"], ""),
        ]
        label = f"{name}: " + ", ".join(filter(None, areas))
        left.plot(curve.false_positive_rate, curve.true_positive_rate, label=label, **look)
        right.plot(of_precision.recall, of_precision.precision, **look)
        for axes, band in zip((left, right), bands, strict=True):
            fill: dict[str, Any] = {"color": colours[name], "alpha": 0.11, "linewidth": 0}
            axes.fill_between(band[name].at, band[name].low, band[name].high, **fill)
    _frame(left, "ROC curves, test images", "false positive rate", "true positive rate (recall)")
    _frame(right, "Precision and recall, test images", "recall", "precision")
    figure.legend(loc="lower left", handlelength=2.6)
    return figure


def _panels(number: int, n_lines: int) -> tuple[Figure, list[Axes]]:
    """Make a figure of square panels side by side, with room for a legend of some lines below."""
    below = _BELOW + 0.15 + 0.21 * n_lines
    width = _LEFT + number * _SIDE + (number - 1) * _BETWEEN + _RIGHT
    height = _ABOVE + _SIDE + below
    figure = new_figure(width, height)
    figure.set_layout_engine("none")
    place = {
        "left": _LEFT / width,
        "right": 1 - _RIGHT / width,
        "bottom": below / height,
        "top": 1 - _ABOVE / height,
        "wspace": _BETWEEN / _SIDE,
    }
    return figure, list(figure.subplots(1, number, squeeze=False, gridspec_kw=place)[0])


def _name_area(what: str, area: float | None, interval: list[float] | None, reason: str) -> str:
    """Write an area with its interval, or why there is none."""
    if area is None:
        return f"{what} undefined: {reason}" if reason else ""
    return f"{what} {area:.3f}" + (f" ({interval[0]:.3f} to {interval[1]:.3f})" if interval else "")


def _frame(axes: Axes, title: str, x_label: str, y_label: str) -> None:
    """Frame a panel whose two axes go from 0 to 1."""
    axes.set(title=title, xlabel=x_label, ylabel=y_label, xlim=(0, 1), ylim=(0, 1))
    axes.set_xticks(_TICKS)
    axes.set_yticks(_TICKS)


def draw_reliability(metrics: ModelMetrics) -> Figure:
    """Draw how often the model is right where it is how sure, on the test images, before and after temperature scaling.

    Args:
        metrics: Everything that is known about the model.

    Returns:
        A figure with two lines: for each bin of the highest probability its mean and the share that was right, the
        size of a point by the number of images. The legend has the expected calibration errors.
    """
    calibration = metrics["calibration"]
    figure, axes = _panels(1, n_lines=2)
    axes[0].plot([0, 1], [0, 1], color=MUTED, linewidth=0.8, linestyle=(0, (1, 3)))
    scaled = f"scaled by the temperature {calibration['temperature']:.2f}"
    test = calibration["test"]
    _draw_reliability(axes[0], test["before"], "as they are", _TRAIN_COLOUR)
    _draw_reliability(axes[0], test["after"], scaled, _VALIDATION_COLOUR)
    _frame(axes[0], "Reliability, test images", "mean of the highest probability", "share that was right")
    figure.legend(loc="lower left", handlelength=1.6)
    return figure


def _draw_reliability(axes: Axes, scores: CalibrationScores, label: str, colour: str) -> None:
    """Draw the bins that hold images; they should lie on the diagonal."""
    bins = pd.DataFrame([one for one in scores["reliability"] if one["n"]])
    sizes = 12 + 150 * bins["n"] / bins["n"].sum()
    label = f"{label}: expected error {scores['expected_calibration_error']:.3f}"
    axes.plot(bins["confidence"], bins["accuracy"], color=colour, linewidth=1.4, label=label)
    look: dict[str, Any] = {"color": colour, "edgecolor": "white", "linewidth": 0.8, "clip_on": False}
    axes.scatter(bins["confidence"], bins["accuracy"], s=sizes, zorder=3, **look)


def draw_training_curves(history: pd.DataFrame, training: Training) -> Figure:
    """Draw how accuracy, loss, precision, recall and F1 went from epoch to epoch.

    Args:
        history: One row per epoch; columns `epoch` (from 1), and `train_<x>` and `validation_<x>` for each of
            the five.
        training: Says which epoch's weights were kept.

    Returns:
        A figure of five panels, each with a line for the training and one for the validation images.
    """
    figure = new_figure(7.5, 4.7)
    figure.set_layout_engine("none")
    grid = figure.subplots(2, 3, sharex=True, gridspec_kw=_TRAINING_PLACE).flatten()
    for axes, name in zip(grid, _PANELS, strict=False):
        _draw_panel(axes, history, name, training["best_epoch"])
    handles, labels = grid[0].get_legend_handles_labels()
    legend = grid[-1]
    legend.set_axis_off()
    legend.legend(handles, labels, loc="center")
    # The panel above the legend is the lowest of its column, so its epochs have to be written there.
    grid[2].tick_params(labelbottom=True)
    for axes in grid[2:5]:
        axes.set_xlabel("epoch")
    return figure


def _draw_panel(axes: Axes, history: pd.DataFrame, name: str, best_epoch: int | None) -> None:
    """Draw one of the five figures over the epochs."""
    marker = "o" if len(history) < 3 else None  # a line of one point cannot be seen
    for side, colour in (("train", _TRAIN_COLOUR), ("validation", _VALIDATION_COLOUR)):
        axes.plot(
            history["epoch"],
            history[f"{side}_{name}"],
            color=colour,
            label=side,
            linewidth=1.6,
            marker=marker,
        )
    if best_epoch is not None:
        axes.axvline(best_epoch, color=INK, linewidth=0.9, linestyle=(0, (3, 2)), label=f"kept: epoch {best_epoch}")
    axes.set_title("F1" if name == "f1" else name.capitalize())
    axes.xaxis.set_major_locator(MaxNLocator(nbins=5, integer=True, min_n_ticks=1))
    axes.set_ylim(bottom=0, top=None if name == "loss" else 1.02)
