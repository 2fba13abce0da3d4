"""Figures of the report. Each function draws what was computed before, and returns the figure."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter

from leukosmear.evaluation import read_split, roc_curves
from leukosmear.figures import INK, MUTED, class_colours, new_figure
from leukosmear.pipelines.reporting.contracts import ModelMetrics, Training

_TRAIN_COLOUR, _VALIDATION_COLOUR = "#8a94a3", "#0072b2"
_PANELS = ("accuracy", "loss", "precision", "recall", "f1")


def draw_confusion_matrix(metrics: ModelMetrics) -> Figure:
    """Draw the confusion matrix of the test images as a heatmap.

    Args:
        metrics: Everything that is known about the model.

    Returns:
        A figure whose rows are true classes: number of images and share of the row in each cell, the colour
        by the share. Rows of classes without images stay white.
    """
    counts = np.array(metrics["test"]["confusion_matrix"])
    classes = metrics["test"]["classes"]
    totals = counts.sum(axis=1, keepdims=True)
    shares = np.divide(counts, totals, out=np.full(counts.shape, np.nan), where=totals > 0)

    side = max(3.0, 0.85 * len(classes))
    figure = new_figure(side + 1.8, side + 1.0)
    axes = figure.subplots()
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    for (row, column), count in np.ndenumerate(counts):
        share = shares[row, column]
        colour = "white" if share > 0.55 else (INK if count else MUTED)
        text = f"{count:,}\n{share:.1%}" if count else ("0" if totals[row, 0] else "\u2013")
        axes.text(column, row, text, ha="center", va="center", color=colour, linespacing=1.3)
    axes.set_xticks(range(len(classes)), classes, rotation=90 if len(classes) > 7 else 0)
    names = [f"{name}  (n = {total:,})" for name, total in zip(classes, totals[:, 0], strict=True)]
    axes.set_yticks(range(len(classes)), names)
    axes.tick_params(length=0)
    axes.grid(visible=False)
    axes.spines[:].set_visible(False)
    axes.set(xlabel="predicted class", ylabel="true class", title="Confusion matrix, test images")
    return figure


def draw_roc(predictions: pd.DataFrame) -> Figure:
    """Draw the receiver operating characteristic of every class against the rest, on the test images.

    Args:
        predictions: One row per image; columns `image_id`, `split`, `label` and one `p_<class>` per class.

    Returns:
        A figure with a curve per class and its area in the legend; classes without a curve are in the legend,
        too, with the reason.

    Raises:
        ValueError: Where the predictions break their contract.
    """
    curves = roc_curves(read_split(predictions, "test"))
    colours = class_colours(list(curves))
    styles = ("-", "--", "-.", ":")  # for readers in black and white

    figure = new_figure(4.9, 4.9 + 0.21 * len(curves))
    axes = figure.subplots()
    axes.plot([0, 1], [0, 1], color=MUTED, linewidth=0.8, linestyle=(0, (1, 3)))
    for index, (name, curve) in enumerate(curves.items()):
        area = f"undefined: {curve.reason}" if curve.auc is None else f"AUC {curve.auc:.3f}"
        axes.plot(
            curve.false_positive_rate,
            curve.true_positive_rate,
            color=colours[name],
            linestyle=styles[index % len(styles)],
            linewidth=1.8,
            label=f"{name}: {area}",
            clip_on=False,
        )
    axes.set(
        title="ROC curves, test images",
        xlabel="false positive rate",
        ylabel="true positive rate",
        xlim=(0, 1),
        ylim=(0, 1),
        aspect="equal",
    )
    figure.legend(loc="outside lower left", handlelength=2.6)
    return figure


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
    grid = figure.subplots(2, 3, sharex=True).flatten()
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
    for split, colour in (("train", _TRAIN_COLOUR), ("validation", _VALIDATION_COLOUR)):
        axes.plot(
            history["epoch"],
            history[f"{split}_{name}"],
            color=colour,
            label=split,
            linewidth=1.6,
            marker=marker,
        )
    if best_epoch is not None:
        axes.axvline(best_epoch, color=INK, linewidth=0.9, linestyle=(0, (3, 2)), label=f"kept: epoch {best_epoch}")
    axes.set_title("F1" if name == "f1" else name.capitalize())
    axes.xaxis.set_major_locator(MaxNLocator(nbins=5, integer=True, min_n_ticks=1))
    axes.set_ylim(bottom=0, top=None if name == "loss" else 1.02)


def draw_table_1(table_1: pd.DataFrame) -> Figure:
    """Draw our accuracies with their intervals, and the paper's beside them.

    Args:
        table_1: The table of `tabulate_table_1`.

    Returns:
        A figure with one line per classifier, in the order of the table.
    """
    ours = table_1[["ours_percent", "ours_percent_low", "ours_percent_high"]].astype("float64")
    places = np.arange(len(table_1))

    figure = new_figure(7.5, 1.3 + 0.45 * len(table_1))
    axes = figure.subplots()
    axes.hlines(places, ours["ours_percent_low"], ours["ours_percent_high"], color=_VALIDATION_COLOUR, linewidth=2)
    axes.plot(ours["ours_percent"], places, "o", color=_VALIDATION_COLOUR, label="this run, with interval")
    axes.plot(
        table_1["paper_percent"].astype("float64"),
        places,
        "D",
        markersize=7,
        markerfacecolor="white",
        markeredgecolor="#d55e00",
        markeredgewidth=1.6,
        label="printed in the paper",
    )
    axes.set_yticks(places, table_1["classifier"])
    axes.set_ylim(len(table_1) - 0.5, -0.5)
    axes.set_xlim(0, 101)
    axes.grid(visible=False, axis="y")
    axes.tick_params(axis="y", length=0)
    axes.xaxis.set_major_formatter(PercentFormatter(decimals=0))
    axes.set_xlabel("accuracy on the test images")
    figure.legend(loc="outside upper left", ncols=2)
    return figure
