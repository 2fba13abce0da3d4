"""Figures over all models: what they reach, what that costs, how far they agree, and the paper beside them."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import NullLocator, PercentFormatter

from leukosmear.evaluation import ModelComparison
from leukosmear.figures import INK, MUTED, model_colours, new_figure

_OURS, _PAPERS = "#0072b2", "#d55e00"


def draw_beside_paper(table: pd.DataFrame) -> Figure:
    """Draw our accuracies with their intervals, and the paper's beside them.

    Args:
        table: The table of `tabulate_table_1` or `tabulate_table_2`.

    Returns:
        A figure with one line per classifier, in the order of the table.
    """
    ours = table[["ours_percent", "ours_percent_low", "ours_percent_high"]].astype("float64")
    places = np.arange(len(table))
    figure = new_figure(7.5, 1.3 + 0.45 * len(table))
    axes = figure.subplots()
    axes.hlines(places, ours["ours_percent_low"], ours["ours_percent_high"], color=_OURS, linewidth=2)
    axes.plot(ours["ours_percent"], places, "o", color=_OURS, label="this run, with interval")
    printed = table["paper_percent"].astype("float64")
    look: dict[str, Any] = {"markerfacecolor": "white", "markeredgecolor": _PAPERS, "markeredgewidth": 1.6}
    axes.plot(printed, places, "D", markersize=7, label="printed in the paper", **look)
    for place in places[ours["ours_percent"].isna().to_numpy()]:
        axes.text(1, place, "not trained in this run", va="center", color=MUTED, fontsize=8.5)
    _name_rows(axes, list(table["classifier"]))
    axes.set_xlim(0, 101)
    axes.xaxis.set_major_formatter(PercentFormatter(decimals=0))
    axes.set_xlabel("accuracy on the test images")
    # Only the rows of Table 2 are of other tasks.
    axes.set_title(f"The paper\u2019s Table {2 if 'paper_task' in table else 1}, and this run")
    figure.legend(loc="outside lower left", ncols=2)
    return figure


def draw_accuracies(model_table: pd.DataFrame, control_table: pd.DataFrame) -> Figure:
    """Draw the accuracy of every model with its interval, the controls beneath.

    Args:
        model_table: The table of all models.
        control_table: The table of the controls.

    Returns:
        A figure with one line per model, best first; a vertical line where the best shortcut lies, and one where a
        guess of the largest class lies, if there are controls.
    """
    is_control = model_table["model"].isin(control_table["model"])
    parts = [model_table[~is_control], model_table[is_control]]
    rows = pd.concat([part.sort_values("test_accuracy", ascending=False, kind="stable") for part in parts])
    places = np.arange(len(rows)) + (rows["model"].isin(control_table["model"])).to_numpy() * 0.6
    colours = model_colours(model_table["model"])
    figure = new_figure(7.5, 1.5 + 0.32 * (len(rows) + 1))
    axes = figure.subplots()
    for place, row in zip(places, rows.to_dict("records"), strict=True):
        control = row["role"] == "control"
        axes.hlines(place, 100 * row["ci_low"], 100 * row["ci_high"], color=colours[row["model"]], linewidth=2)
        filled = "white" if control else colours[row["model"]]
        marker = "s" if control else "o"
        axes.plot(100 * row["test_accuracy"], place, marker, color=colours[row["model"]], markerfacecolor=filled)
    _mark_controls(axes, control_table)
    axes.set_yticks(places, rows["model"])
    axes.set_ylim(places[-1] + 0.6, -0.6)
    axes.grid(visible=False, axis="y")
    axes.tick_params(axis="y", length=0)
    axes.set_xlim(0, 101)
    axes.xaxis.set_major_formatter(PercentFormatter(decimals=0))
    axes.set(xlabel="accuracy on the test images", title="Models and controls")
    shapes = [("model", "o", INK), ("control", "s", "white")][: 2 if is_control.any() else 1]
    marks = [
        Line2D([], [], marker=marker, linestyle="", color=INK, markerfacecolor=face, label=label)
        for label, marker, face in shapes
    ]
    figure.legend(handles=[*marks, *axes.get_legend_handles_labels()[0]], loc="outside lower left", ncols=4)
    return figure


def _mark_controls(axes: Axes, control_table: pd.DataFrame) -> None:
    """Draw lines where a guess and the best shortcut lie."""
    if control_table.empty:
        return
    chance = 100 * control_table["chance"].iloc[0]
    axes.axvline(chance, color=MUTED, linewidth=1, linestyle=(0, (1, 2)), label="always the largest class")
    shortcuts = control_table[control_table["kind"] == "shortcut"]
    if not shortcuts.empty:
        best = 100 * shortcuts["test_accuracy"].max()
        axes.axvline(best, color=_PAPERS, linewidth=1, linestyle=(0, (4, 2)), label="best shortcut")


def _name_rows(axes: Axes, names: list[str]) -> None:
    """Write a name beside each line, from top to bottom."""
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.grid(visible=False, axis="y")
    axes.tick_params(axis="y", length=0)


def draw_costs(model_table: pd.DataFrame) -> Figure:
    """Draw what accuracy costs: bytes on disk, and time for one image.

    Args:
        model_table: The table of all models.

    Returns:
        A figure with one line per model, best first, and three panels: accuracy, and size and latency on logarithmic
        axes. Points in one plane would lie on each other, as most models are about as good.
    """
    rows = model_table.sort_values("test_accuracy", ascending=False, kind="stable")
    colours = [model_colours(rows["model"])[name] for name in rows["model"]]
    figure = new_figure(7.5, 1.2 + 0.27 * len(rows))
    panels = figure.subplots(1, 3, sharey=True)
    for axes, values, label in zip(
        panels,
        (100 * rows["test_accuracy"], rows["bytes"] / 1e6, rows["latency_ms"]),
        ("test accuracy", "size on disk in MB", "time for one image in ms"),
        strict=True,
    ):
        axes.scatter(values, range(len(rows)), c=colours, s=36, clip_on=False, zorder=3)
        axes.set_xlabel(label)
    for axes in panels[1:]:
        axes.set_xscale("log")
        axes.xaxis.set_major_formatter(lambda value, _: f"{value:,g}")
        axes.xaxis.set_minor_locator(NullLocator())  # dozens of ticks, which take seconds to lay out
        axes.margins(x=0.12)
    panels[0].xaxis.set_major_formatter(PercentFormatter(decimals=0))
    panels[0].set_title("Accuracy and what it costs")
    _name_rows(panels[0], list(rows["model"]))
    for axes in panels:
        axes.grid(visible=True, axis="y")  # which leads the eye from a name through all panels
        axes.tick_params(axis="y", length=0)
    return figure


def draw_agreement(comparison: ModelComparison) -> Figure:
    """Draw how far the models name the same classes.

    Args:
        comparison: All pairs of models on the test images.

    Returns:
        A heatmap of Cohen's kappa between the predicted classes of each two models: 1 where they always agree, 0
        where they agree as often as by chance; each pair once.
    """
    models = comparison["agreement"]["models"]
    kappa = np.array(comparison["agreement"]["kappa"], dtype=float)
    below = np.tril(np.ones_like(kappa, dtype=bool), k=-1)
    side = 1.6 + 0.36 * len(models)
    figure = new_figure(max(side + 1.2, 4.5), max(side + 0.6, 3.6))
    axes = figure.subplots()
    axes.imshow(np.where(below, kappa, np.nan)[1:, :-1], cmap="Blues", vmin=0, vmax=1)
    for row, column in zip(*np.nonzero(below), strict=True):
        value = kappa[row, column]
        text = "\u2013" if np.isnan(value) else f"{value:.2f}".replace("0.", ".", 1)
        colour = "white" if value > 0.55 else INK
        axes.text(column, row - 1, text, ha="center", va="center", color=colour, fontsize=8)
    axes.set_xticks(range(len(models) - 1), models[:-1], rotation=90)
    axes.set_yticks(range(len(models) - 1), models[1:])
    axes.tick_params(length=0)
    axes.grid(visible=False)
    axes.spines[:].set_visible(False)
    axes.set_title("Agreement (Cohen\u2019s kappa), test images")
    return figure
