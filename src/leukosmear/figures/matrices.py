"""Figures of matrices: which classes a model takes for which, and how far models agree."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from leukosmear.evaluation import ModelComparison, ModelMetrics
from leukosmear.figures import INK, MUTED, new_figure

_DARK = 0.55  # where ink can no longer be read


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
    # As rectangles, not as an image, which an SVG would hold pixel by pixel.
    axes.pcolormesh(np.arange(-0.5, len(classes)), np.arange(-0.5, len(classes)), shares, cmap="Blues", vmin=0, vmax=1)
    axes.set_aspect("equal")
    axes.invert_yaxis()
    for (row, column), count in np.ndenumerate(counts):
        share = shares[row, column]
        colour = "white" if share > _DARK else (INK if count else MUTED)
        text = f"{count:,}\n{share:.1%}" if count else ("0" if totals[row, 0] else "\u2013")
        axes.text(column, row, text, ha="center", va="center", color=colour, linespacing=1.3)
    names = [f"{name}  (n = {total:,})" for name, total in zip(classes, totals[:, 0], strict=True)]
    _name_sides(axes, names, classes, upright=len(classes) > 7)
    axes.set(xlabel="predicted class", ylabel="true class", title="Confusion matrix, test images")
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
        colour = "white" if value > _DARK else INK
        axes.text(column, row - 1, text, ha="center", va="center", color=colour, fontsize=8)
    _name_sides(axes, models[1:], models[:-1], upright=True)
    axes.set_title("Agreement (Cohen\u2019s kappa), test images")
    return figure


def _name_sides(axes: Axes, rows: Sequence[str], columns: Sequence[str], upright: bool) -> None:
    """Name rows and columns, and leave nothing else of the axes."""
    axes.set_xticks(range(len(columns)), columns, rotation=90 if upright else 0)
    axes.set_yticks(range(len(rows)), rows)
    axes.tick_params(length=0)
    axes.grid(visible=False)
    axes.spines[:].set_visible(False)
