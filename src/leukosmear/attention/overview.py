"""Figures over all networks of what they look at."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from leukosmear.attention.tables import INTERVENTIONS, REGIONS
from leukosmear.evaluation import ALL_CLASSES
from leukosmear.figures import INK, MUTED, new_figure

_ATTENTION, _AREA, _BACKGROUND = "#0072b2", "#6b7280", "#d55e00"


def draw_attention_shares(attention_table: pd.DataFrame) -> Figure:
    """Draw which share of the attention falls where, beside the share of the area.

    Args:
        attention_table: The table of `tabulate_attention`.

    Returns:
        A figure with a panel for each region, and in each a line for every network and class: the attention with its
        interval, and the area.
    """
    rows = attention_table[["model", "class"]].drop_duplicates().reset_index(drop=True)
    places = dict(zip(rows.itertuples(index=False, name=None), _spread(rows["model"]), strict=True))
    figure = new_figure(7.5, 1.4 + 0.2 * (len(rows) + rows["model"].nunique()))
    panels = figure.subplots(1, len(REGIONS), sharey=True, gridspec_kw={"width_ratios": (4, 4, 2)})
    for axes, (region, name) in zip(panels, REGIONS.items(), strict=True):
        part = attention_table[attention_table["region"] == region]
        y = [places[key] for key in zip(part["model"], part["class"], strict=True)]
        axes.hlines(y, part["attention_low"], part["attention_high"], color=_ATTENTION, linewidth=2)
        axes.plot(part["attention"], y, "o", color=_ATTENTION, markersize=5, label="of the attention, with interval")
        look: dict[str, Any] = {"markerfacecolor": "white", "markeredgecolor": _AREA, "markersize": 5}
        axes.plot(part["area"], y, "D", **look, label="of the area")
        axes.set_title(name)
        axes.set_xlim(0, _end_of_axis(part) if region == "scale_bar" else 1.02)
        axes.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    _name_rows(panels[0], rows, list(places.values()))
    for axes in panels:
        axes.grid(visible=True, axis="y")
        axes.tick_params(axis="y", length=0)
    figure.legend(handles=panels[0].get_legend_handles_labels()[0], loc="outside lower left", ncols=2)
    return figure


def _end_of_axis(part: pd.DataFrame) -> float:
    """Where the axis of a small region ends, so that its shares can be told apart."""
    values = part[["attention", "attention_high", "area"]].to_numpy(float)
    return max(0.1, 1.1 * float(np.nanmax(values, initial=0)))


def _spread(models: pd.Series) -> list[float]:
    """Places from top to bottom, with a gap before each further network."""
    new = models.ne(models.shift()).cumsum() - 1
    return list(np.arange(len(models)) + new)


def _name_rows(axes: Axes, rows: pd.DataFrame, places: list[float]) -> None:
    """Name the network on its first line, and the class on the others."""
    names = [model if name == ALL_CLASSES else name for model, name in zip(rows["model"], rows["class"], strict=True)]
    axes.set_yticks(places, names)
    for label, name in zip(axes.get_yticklabels(), rows["class"], strict=True):
        label.set_color(INK if name == ALL_CLASSES else MUTED)
        label.set_fontweight("bold" if name == ALL_CLASSES else "normal")
    if places:
        axes.set_ylim(places[-1] + 0.7, -0.7)


def draw_interventions(intervention_table: pd.DataFrame) -> Figure:
    """Draw what the networks say of images whose cells or background were exchanged.

    Args:
        intervention_table: The table of `tabulate_interventions`.

    Returns:
        A figure with a line for every network and intervention: the share that was named by the cells' class, with
        its interval, and, where it is another one, by the background's.
    """
    table = intervention_table
    places = np.array(_spread(table["model"]))
    figure = new_figure(7.5, 1.4 + 0.22 * (len(table) + table["model"].nunique()))
    axes = figure.subplots()
    axes.hlines(places, table["accuracy_low"], table["accuracy_high"], color=_ATTENTION, linewidth=2)
    axes.plot(table["accuracy"], places, "o", color=_ATTENTION, label="named by the class of the cells, with interval")
    look: dict[str, Any] = {"markerfacecolor": "white", "markeredgecolor": _BACKGROUND, "markeredgewidth": 1.6}
    axes.plot(table["background_named"], places, "X", **look, label="named by the class of the background")
    axes.set_yticks(places, [INTERVENTIONS.get(name, name) for name in table["intervention"]])
    first = ~table["model"].duplicated()
    for place, model in zip(places[first], table["model"][first], strict=True):
        axes.text(0, place - 0.62, model, fontweight="bold", va="center", transform=axes.get_yaxis_transform())
    if len(places):
        axes.set_ylim(places[-1] + 0.7, -1.2)
    axes.grid(visible=False, axis="y")
    axes.tick_params(axis="y", length=0)
    axes.set_xlim(0, 1.01)
    axes.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    axes.set_xlabel("share of the test images")
    axes.set_title("Cells and background exchanged")
    figure.legend(loc="outside lower left", ncols=2)
    return figure
