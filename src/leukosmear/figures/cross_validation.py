"""The accuracy of every model over all folds of a protocol."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from leukosmear.figures import MUTED, new_figure
from leukosmear.figures.intervals import Series, draw_intervals
from leukosmear.pages.formatting import count
from leukosmear.parameters.folds import CrossValidationParameters

_MODEL, _REFERENCE = "#0072b2", "#d55e00"


def draw_cross_validation(
    scores: pd.DataFrame, folds: pd.DataFrame, cross_validation: CrossValidationParameters
) -> Figure:
    """Draw each model's accuracy over all folds.

    Args:
        scores: The table of `score_folds`.
        folds: The table of `tabulate_folds`.
        cross_validation: The model that the others are held against.

    Returns:
        A figure with one line per model, best first: its interval, its accuracy, and a small mark for each fold; a
        vertical line where the reference lies.
    """
    is_reference = scores["model"] == cross_validation.reference
    colours = np.where(is_reference, _REFERENCE, _MODEL).tolist()
    figure = new_figure(7.5, 1.6 + 0.34 * len(scores))
    axes = figure.subplots()
    places = {model: place for place, model in enumerate(scores["model"])}
    axes.plot(folds["accuracy"], folds["model"].map(places), "|", color=MUTED, markersize=9)
    series = Series(scores["accuracy"], scores["ci_low"], scores["ci_high"], colour=colours)
    draw_intervals(axes, scores["model"], [series])
    axes.axvline(scores["accuracy"][is_reference].item(), color=_REFERENCE, linewidth=1, linestyle=(0, (4, 2)))
    first = scores.iloc[0]
    axes.set(
        title=f"Protocol {first['protocol'].replace('_', ' ')}, {count(first['n_folds'])} folds: "
        f"{count(first['n_images'])} images of {count(first['n_acquisitions'])} acquisitions tested",
        xlabel="accuracy on the test images of all folds",
    )
    marks = [
        Line2D([], [], marker="o", color=_MODEL, linewidth=2.5, label="all folds, with interval"),
        Line2D([], [], marker="|", linestyle="", color=MUTED, markersize=9, label="one fold"),
        Line2D([], [], marker="o", color=_REFERENCE, linewidth=2.5, label=cross_validation.reference),
    ]
    figure.legend(handles=marks, loc="outside lower left", ncols=3)
    return figure
