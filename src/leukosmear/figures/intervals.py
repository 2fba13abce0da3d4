"""The one plot of values with their intervals: a row for each name, an axis of percent."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import PercentFormatter

OURS, OTHERS = "#0072b2", "#d55e00"


@dataclass(frozen=True)
class Series:
    """One value, and perhaps its interval, in each row.

    Attributes:
        values: Shares, 0 to 1; missing in rows that have none.
        low: Lower bounds of their intervals; None where there are no intervals.
        high: Upper bounds.
        label: What the legend calls it; None to leave it out.
        colour: Of all rows, or of each.
        marker: As in matplotlib.
        hollow: Whether markers are white inside.
        size: Of markers, in points.
        shift: Rows by which it lies lower, so that intervals of several do not hide each other.
    """

    values: Sequence[float] | pd.Series
    low: Sequence[float] | pd.Series | None = None
    high: Sequence[float] | pd.Series | None = None
    label: str | None = None
    colour: str | Sequence[str] = OURS
    marker: str = "o"
    hollow: bool = False
    size: float = 6.0
    shift: float = 0.0


def draw_intervals(
    axes: Axes,
    names: Sequence[str] | pd.Series,
    series: Sequence[Series],
    places: Sequence[float] | np.ndarray | None = None,
    end: float = 1.01,
) -> None:
    """Draw values with their intervals, row by row from top to bottom.

    Args:
        axes: Where to draw; title and label of the axis are left to the caller.
        names: Names of the rows.
        series: What lies in each row; the last one on top.
        places: Where the rows lie, from 0 downwards; None for one below the other. See `place_in_groups`.
        end: Share at which the axis ends.
    """
    rows = np.arange(len(names)) if places is None else np.asarray(places, float)
    for one in series:
        at, values = rows + one.shift, np.asarray(one.values, float)
        if one.low is not None and one.high is not None:
            low, high = np.asarray(one.low, float), np.asarray(one.high, float)
            axes.hlines(at, low, high, colors=one.colour, linewidth=2)
        inside = "white" if one.hollow else one.colour
        look: dict[str, Any] = {"marker": one.marker, "s": one.size**2, "zorder": 2.5}
        look["linewidths"] = one.size / 4 if one.hollow else 1.0
        axes.scatter(values, at, facecolors=inside, edgecolors=one.colour, label=one.label, **look)
    name_rows(axes, names, rows)
    axes.set_xlim(0, end)
    axes.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))


def name_rows(axes: Axes, names: Sequence[str] | pd.Series, places: Sequence[float] | np.ndarray | None = None) -> None:
    """Write a name beside each row, from top to bottom.

    Args:
        axes: A panel with rows.
        names: Their names.
        places: Where they lie, from 0 downwards; None for one below the other.
    """
    rows = np.arange(len(names)) if places is None else np.asarray(places, float)
    axes.set_yticks(rows, list(names))
    if len(rows):
        axes.set_ylim(rows[-1] + 0.6, -0.6)
    axes.grid(visible=False, axis="y")
    axes.tick_params(axis="y", length=0)


def place_in_groups(groups: Sequence[Hashable] | pd.Series, gap: float = 1.0) -> np.ndarray:
    """Place rows one below the other, with a gap before each further group.

    Args:
        groups: The group of each row; rows of one group are neighbours.
        gap: Room between groups, in rows.

    Returns:
        float64 array: a place for each row, from 0 downwards.
    """
    table = pd.Series(groups)
    return np.arange(len(table)) + gap * (table.ne(table.shift()).cumsum().to_numpy(float) - 1)
