"""The figure that shows which cells were found."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import NDArray
from scipy.ndimage import find_objects
from skimage.measure import find_contours

from leukosmear.figures import INK, MUTED, new_figure
from leukosmear.model_images import Partitions
from leukosmear.parameters import CellsFigureParameters, FrameParameters
from leukosmear.pipelines.preprocessing.images import gather_shown

# Orange inside of black stands out from white, from violet and from blue, in grey too; for colour-blind readers the
# lines also differ in width.
_NUCLEUS, _CELL = "#ffa600", "#000000"
_NUCLEUS_WIDTH, _CELL_WIDTH = 0.6, 1.2

_WIDTH = 7.5  # inches
_LONGEST_NAME = 24  # letters; names of one data set differ at their ends
_FEWEST_COLUMNS = 3  # that the width is made for; fewer images are not shown larger
_ABOVE, _TITLE, _MARGIN = 0.4, 0.2, 0.1  # inches above the first row, for the name of an image, and around all


def draw_cells(
    model_images: Partitions,
    accepted_images: pd.DataFrame,
    frame: FrameParameters,
    figure_parameters: CellsFigureParameters,
) -> Figure:
    """Draw some images of each class with the outlines of their nuclei and cells.

    Args:
        model_images: Partitions of model images, which hold the images to show and their cells.
        accepted_images: Columns `image_id` and `label`.
        frame: Aspect ratio of the images that were measured.
        figure_parameters: How many images.
    """
    shown = gather_shown(model_images)
    place = {image_id: index for index, image_id in enumerate(shown["image_id"])}
    images = accepted_images[accepted_images["image_id"].isin(place.keys())]
    classes = images.groupby("label")
    columns = figure_parameters.images_per_class
    panel = _WIDTH / max(columns, _FEWEST_COLUMNS)
    # Placed by hand: a layout engine would measure each name several times over.
    row_height = panel / frame.aspect_ratio + _TITLE
    height = _ABOVE + classes.ngroups * row_height + _MARGIN
    figure = new_figure(_WIDTH, height)
    figure.set_layout_engine("none")
    margins = {
        "left": _MARGIN / _WIDTH,
        "right": 1 - _MARGIN / _WIDTH,
        "top": 1 - (_ABOVE + _TITLE) / height,
        "bottom": _MARGIN / height,
        "wspace": 0.03,
        "hspace": _TITLE / (row_height - _TITLE),
    }
    rows = figure.subplots(classes.ngroups, columns, squeeze=False, gridspec_kw=margins)
    for row, (label, members) in zip(rows, classes, strict=True):
        for axes in row:
            axes.set_axis_off()
        for axes, image_id in zip(row, members["image_id"], strict=False):
            rgb, nuclei, cells = (shown[name][place[image_id]] for name in ("rgb", "nuclei", "cells"))
            axes.imshow(rgb, interpolation="none")
            _outline(axes, cells, _CELL, _CELL_WIDTH)
            _outline(axes, nuclei, _NUCLEUS, _NUCLEUS_WIDTH)
            caption = _caption(image_id, str(label), int(nuclei.max(initial=0)))
            axes.set_title(caption, fontsize=8, fontweight="normal", pad=3)
    title: dict[str, Any] = {"ha": "left", "va": "top", "fontsize": 10.5, "fontweight": "bold", "color": INK}
    figure.text(_MARGIN / _WIDTH, 1 - _MARGIN / height, "Stained cells that were found", **title)
    outlines = [
        Line2D([], [], color=_NUCLEUS, linewidth=2, label="nucleus"),
        Line2D([], [], color=_CELL, linewidth=2, label="cell, where it goes beyond the nucleus"),
    ]
    figure.legend(handles=outlines, loc="upper right", ncols=2, labelcolor=MUTED, borderaxespad=0.3)
    return figure


def _caption(image_id: str, label: str, n_cells: int) -> str:
    cells = "no cell" if n_cells == 0 else "1 cell" if n_cells == 1 else f"{n_cells} cells"
    name = image_id.rsplit("/", maxsplit=1)[-1]
    return f"{label}: {cells} ({name[-_LONGEST_NAME:]})"


def _outline(axes: Axes, labels: NDArray[np.integer], colour: str, width: float) -> None:
    """Draw the outline of each region, also where it touches another."""
    lines = []
    for label, box in enumerate(find_objects(labels), start=1):
        if box is not None:
            part = np.pad(labels[box] == label, 1).astype(float)
            corner = (box[1].start - 1, box[0].start - 1)
            lines += [line[:, ::-1] + corner for line in find_contours(part, 0.5)]
    # In one collection, which is drawn faster than as many lines.
    axes.add_collection(LineCollection(lines, colors=colour, linewidths=width, joinstyle="round"), autolim=False)
