"""The figure of what each format costs, and what it is worth."""

from collections.abc import Hashable
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from leukosmear.export.comparing import TITLES
from leukosmear.figures import MUTED, class_colours, new_figure
from leukosmear.parameters import ExportParameters

_MARKERS = ("D", "o", "^", "s", "v")  # one for each of TITLES, told apart without colours, too


def draw_formats(export_table: pd.DataFrame, export: ExportParameters) -> Figure:
    """Draw the accuracy of every format against its size, and against its latency.

    Args:
        export_table: The table of `tabulate_formats`.
        export: The largest drop of accuracy that is let through.

    Returns:
        A figure of two panels with one axis of accuracy; whiskers are the intervals, and a dashed line is the least
        accuracy that is let through.
    """
    rows = export_table.to_dict("records")
    least = 100 * rows[0]["test_accuracy"] - export.max_accuracy_drop
    figure = new_figure(7.5, 4.0)
    panels = figure.subplots(1, 2, sharey=True)
    _draw_panel(panels[0], rows, "bytes", 1e-3)
    panels[0].set(title="Accuracy against size", xlabel="size of the file in kB", ylabel="accuracy on the test images")
    _draw_panel(panels[1], rows, "milliseconds", 1)
    panels[1].set(title="Accuracy against latency", xlabel="time for one image on one thread in ms")
    for axes in panels:
        axes.axhline(least, color=MUTED, linewidth=1, linestyle=(0, (4, 2)), label="least that is let through")
    panels[0].yaxis.set_major_formatter(PercentFormatter())
    figure.legend(*panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=3)
    return figure


def _draw_panel(axes: Axes, rows: list[dict[Hashable, Any]], cost: str, unit: float) -> None:
    """Draw what has this cost; the markers are hollow, as formats may lie on each other."""
    colours = class_colours(list(TITLES))
    for marker, row in zip(_MARKERS, rows, strict=True):
        accuracy = 100 * row["test_accuracy"]
        axes.errorbar(
            row[cost] * unit,  # missing, and so not drawn, where a format has no such cost
            accuracy,
            yerr=[[accuracy - 100 * row["ci_low"]], [100 * row["ci_high"] - accuracy]],
            fmt=marker,
            color=colours[row["format"]],
            markerfacecolor="none",
            markeredgewidth=1.8,
            markersize=9,
            elinewidth=1,
            label=TITLES[row["format"]],
        )
    axes.set_xlim(0, 1.08 * unit * max(row[cost] for row in rows if pd.notna(row[cost])))
