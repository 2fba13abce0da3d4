"""Figures over all networks of what they look at."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from leukosmear.attention.interventions import INTERVENTIONS
from leukosmear.cells.regions import REGION_NAMES
from leukosmear.evaluation import ALL_CLASSES
from leukosmear.figures import INK, MUTED, new_figure
from leukosmear.figures.intervals import OTHERS, Series, draw_intervals, place_in_groups


def draw_attention_shares(attention_table: pd.DataFrame) -> Figure:
    """Draw which share of the attention falls where, beside the share of the area.

    Args:
        attention_table: The table of `tabulate_attention`.

    Returns:
        A figure with a panel for each region, and in each a line for every network and class: the attention with its
        interval, and the area.
    """
    rows = attention_table[["model", "class"]].drop_duplicates().reset_index(drop=True)
    places = place_in_groups(rows["model"])
    names = rows["model"].where(rows["class"] == ALL_CLASSES, rows["class"])
    figure = new_figure(7.5, 1.4 + 0.2 * (len(rows) + rows["model"].nunique()))
    panels = figure.subplots(1, len(REGION_NAMES), sharey=True, gridspec_kw={"width_ratios": (4, 4, 2)})
    for axes, (region, title) in zip(panels, REGION_NAMES.items(), strict=True):
        part = rows.merge(attention_table[attention_table["region"] == region])
        intervals = part["attention_low"], part["attention_high"]
        series = [
            Series(part["attention"], *intervals, "of the attention, with interval", size=5),
            Series(part["area"], label="of the area", colour=MUTED, marker="D", hollow=True, size=4.5),
        ]
        draw_intervals(axes, names, series, places, _end_of_axis(part) if region == "scale_bar" else 1.02)
        axes.set_title(title)
        axes.grid(visible=True, axis="y")  # which leads the eye from a name through all panels
    # Names of networks stand out: they name the row of all classes.
    for label, name in zip(panels[0].get_yticklabels(), rows["class"], strict=True):
        label.set_color(INK if name == ALL_CLASSES else MUTED)
        label.set_fontweight("bold" if name == ALL_CLASSES else "normal")
    figure.legend(handles=panels[0].get_legend_handles_labels()[0], loc="outside lower left", ncols=2)
    return figure


def _end_of_axis(part: pd.DataFrame) -> float:
    """Find where the axis of a small region ends, so that its shares can be told apart."""
    values = part[["attention", "attention_high", "area"]].to_numpy(float)
    return max(0.1, 1.1 * float(np.nanmax(values, initial=0)))


def draw_interventions(intervention_table: pd.DataFrame) -> Figure:
    """Draw what the networks say of images whose cells or background were exchanged.

    Args:
        intervention_table: The table of `tabulate_interventions`.

    Returns:
        A figure with a line for every network and intervention: the share that was named by the cells' class, with
        its interval, and, where it is another one, by the background's.
    """
    table = intervention_table
    places = place_in_groups(table["model"])
    series = [
        Series(
            table["accuracy"],
            table["accuracy_low"],
            table["accuracy_high"],
            "named by the class of the cells, with interval",
        ),
        Series(
            table["background_named"],
            label="named by the class of the background",
            colour=OTHERS,
            marker="X",
            hollow=True,
        ),
    ]
    figure = new_figure(7.5, 1.4 + 0.22 * (len(table) + table["model"].nunique()))
    axes = figure.subplots()
    draw_intervals(axes, [INTERVENTIONS.get(name, name) for name in table["intervention"]], series, places)
    first = ~table["model"].duplicated().to_numpy()
    for place, model in zip(places[first], table["model"][first], strict=True):
        axes.text(0, place - 0.62, model, fontweight="bold", va="center", transform=axes.get_yaxis_transform())
    axes.set_ylim(top=-1.2)  # room for the first name
    axes.set(xlabel="share of the test images", title="Cells and background exchanged")
    figure.legend(loc="outside lower left", ncols=2)
    return figure
