"""The figure that shows where a network looks."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib import colormaps
from matplotlib.cm import ScalarMappable
from matplotlib.figure import Figure

from leukosmear.figures import INK, new_figure
from leukosmear.schemas import PROBABILITY_PREFIX, predicted_classes

_COLUMNS = 6  # images side by side
_MAP = colormaps["cividis"]  # for colour-blind readers, and in print
_WIDTH, _MARGIN, _GAP, _TEXT = 7.5, 0.1, 0.08, 0.52  # inches
_ABOVE = 0.42
_LONGEST_NAME = 20  # letters; names of one data set differ at their ends


def draw_attention(name: str, examples: dict[str, np.ndarray], predictions: pd.DataFrame) -> Figure:
    """Draw images, and below each its attention over its grey levels.

    Args:
        name: Name of the network.
        examples: `image_id` (k,), `pixels` (k, height, width, 3) and `attention` (k, height, width), uint8.
        predictions: `Predictions` of the network.

    Returns:
        A figure with a column for each image; under it its name, its class, and the predicted class with its
        probability.
    """
    n, height, width = examples["attention"].shape
    columns = min(_COLUMNS, max(n, 3))
    side = (_WIDTH - 2 * _MARGIN - (columns - 1) * _GAP) / columns
    tall = side * height / width
    block = 2 * tall + _TEXT + _GAP
    rows = -(-n // columns)
    total = _ABOVE + rows * block + _MARGIN
    figure = new_figure(_WIDTH, total)
    figure.set_layout_engine("none")
    captions = _captions(list(examples["image_id"]), predictions)
    for index in range(n):
        left = _MARGIN + index % columns * (side + _GAP)
        top = total - _ABOVE - index // columns * block
        pair = np.concatenate([examples["pixels"][index], _overlay(examples, index)])
        axes = figure.add_axes((left / _WIDTH, (top - 2 * tall) / total, side / _WIDTH, 2 * tall / total))
        axes.imshow(pair, interpolation="none", aspect="auto")
        axes.set_axis_off()
        place = (left / _WIDTH, (top - 2 * tall - 0.04) / total)
        figure.text(*place, captions[index], va="top", fontsize=6.8, linespacing=1.3, color=INK)
    title: dict[str, Any] = {"va": "top", "fontsize": 10.5, "fontweight": "bold", "color": INK}
    figure.text(_MARGIN / _WIDTH, 1 - _MARGIN / total, f"Where {name} looks", **title)
    _draw_scale(figure, total)
    return figure


def _draw_scale(figure: Figure, total: float) -> None:
    """Say what the colours mean, in the upper right corner."""
    axes = figure.add_axes((1 - 2.2 / _WIDTH, 1 - 0.21 / total, 1.2 / _WIDTH, 0.1 / total))
    bar = figure.colorbar(ScalarMappable(cmap=_MAP), cax=axes, orientation="horizontal", ticks=[])
    bar.outline.set_visible(False)
    for x, alignment, text in ((-0.06, "right", "no attention"), (1.06, "left", "most")):
        axes.text(x, 0.5, text, ha=alignment, va="center", fontsize=8, color=INK, transform=axes.transAxes)


def _overlay(examples: dict[str, np.ndarray], index: int) -> np.ndarray:
    """Colour the grey levels of an image by the attention, uint8 of shape (height, width, 3)."""
    grey = examples["pixels"][index].mean(axis=-1, keepdims=True) / 255
    heat = _MAP(examples["attention"][index])[..., :3]
    return np.rint(255 * (0.45 * grey + 0.55 * heat)).astype(np.uint8)


def _captions(image_ids: list[str], predictions: pd.DataFrame) -> list[str]:
    rows = predictions.set_index("image_id").loc[image_ids]
    classes = predicted_classes(predictions)
    probabilities = rows[[PROBABILITY_PREFIX + name for name in classes]].to_numpy()
    best = probabilities.argmax(axis=1)
    return [
        f"{image_id.rsplit('/', maxsplit=1)[-1][-_LONGEST_NAME:]}\nis {label[:_LONGEST_NAME]}\n"
        f"taken for {classes[index][:_LONGEST_NAME]}: {probabilities[row, index]:.0%}"
        for row, (image_id, label, index) in enumerate(zip(image_ids, rows["label"], best, strict=True))
    ]
