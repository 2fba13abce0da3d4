"""Figures over all models: what they reach, and what that costs."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import NullLocator, PercentFormatter

from leukosmear.figures import INK, MUTED, model_colours, new_figure
from leukosmear.figures.intervals import OTHERS, Series, draw_intervals, name_rows, place_in_groups


def draw_accuracies(model_table: pd.DataFrame, control_table: pd.DataFrame) -> Figure:
    """Draw the accuracy of every model with its interval, the controls beneath.

    Args:
        model_table: The table of all models.
        control_table: The table of the controls.

    Returns:
        A figure with one line per model, best first; a vertical line where the best shortcut lies, and one where a
        guess of the largest class lies, if there are controls.
    """
    table = model_table.assign(control=model_table["role"] == "control")
    rows = table.sort_values(["control", "test_accuracy"], ascending=[True, False], kind="stable")
    colours = [model_colours(rows["model"])[name] for name in rows["model"]]
    series = [
        Series(
            rows["test_accuracy"].where(rows["control"] == control),
            rows["ci_low"].where(rows["control"] == control),
            rows["ci_high"].where(rows["control"] == control),
            colour=colours,
            marker="s" if control else "o",
            hollow=control,
        )
        for control in (False, True)
    ]
    figure = new_figure(7.5, 1.5 + 0.32 * (len(rows) + 1))
    axes = figure.subplots()
    draw_intervals(axes, rows["model"], series, place_in_groups(rows["control"], gap=0.6))
    _mark_controls(axes, control_table)
    axes.set(xlabel="accuracy on the test images", title="Models and controls")
    shapes = [("model", "o", INK), ("control", "s", "white")][: 2 if rows["control"].any() else 1]
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
    chance = control_table["chance"].iloc[0]
    axes.axvline(chance, color=MUTED, linewidth=1, linestyle=(0, (1, 2)), label="always the largest class")
    shortcuts = control_table[control_table["kind"] == "shortcut"]
    if not shortcuts.empty:
        best = shortcuts["test_accuracy"].max()
        axes.axvline(best, color=OTHERS, linewidth=1, linestyle=(0, (4, 2)), label="best shortcut")


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
        (rows["test_accuracy"], rows["bytes"] / 1e6, rows["latency_ms"]),
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
    panels[0].xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    panels[0].set_title("Accuracy and what it costs")
    name_rows(panels[0], rows["model"])
    for axes in panels:
        axes.grid(visible=True, axis="y")  # which leads the eye from a name through all panels
        axes.tick_params(axis="y", length=0)
    return figure
