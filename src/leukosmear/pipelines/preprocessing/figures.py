"""The figure that shows which side of the split the images are on."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from leukosmear.figures import INK, new_figure

# Grey recedes; the two others are apart in lightness too, for colour-blind readers.
SIDE_COLOURS = {"train": "#c3cad3", "validation": "#e69f00", "test": "#0072b2"}


def draw_split(split: pd.DataFrame) -> Figure:
    """Draw on which side the images of each class are, in the order of their files.

    Args:
        split: One fold of `Splits`, in the order of the inventory.

    Returns:
        A figure with a panel for each class and a strip for each of its streams. Dark lines are the borders
        of acquisitions.
    """
    longest = int(split["label"].value_counts().max())
    # Where images are narrow, lines of full width would cover them.
    border_width = min(0.9, 900 / longest)
    n_strips = split.groupby("label")["stream_id"].nunique()
    figure = new_figure(7.5, 1.3 + 0.42 * len(n_strips) + 0.3 * int(n_strips.sum()))
    panels = figure.subplots(len(n_strips), sharex=True, squeeze=False, height_ratios=[0.6 + n for n in n_strips])
    for axes, (label, members) in zip(panels[:, 0], split.groupby("label"), strict=True):
        _draw_class(axes, members, border_width)
        axes.set_title(f"{label}: {len(members):,} images")
    panels[-1, 0].set_xlabel("position of the image among the files of its class")
    panels[-1, 0].set_xlim(0, longest)
    figure.supylabel("kind of scale bar", fontsize=9.5, color=INK)
    figure.suptitle("Sides of the split", x=0.01, ha="left", fontsize=10.5, fontweight="bold", color=INK)
    sides = [Patch(color=colour, label=side) for side, colour in SIDE_COLOURS.items()]
    border = Line2D([], [], color=INK, linewidth=0.9, label="border of acquisitions")
    figure.legend(handles=[*sides, border], loc="outside upper right", ncols=4)
    return figure


def _draw_class(axes: Axes, images: pd.DataFrame, border_width: float) -> None:
    """Draw a strip for each stream of a class: at an image's position its side, white where it is of another."""
    position = np.arange(len(images))
    colours = np.array([to_rgb(SIDE_COLOURS[side]) for side in images["side"]])
    streams = sorted(images["stream_id"].unique())
    for row, stream in enumerate(streams):
        in_stream = (images["stream_id"] == stream).to_numpy()
        pixels = np.where(in_stream[:, None], colours, 1.0)[None]
        place = (0, len(images), row + 0.4, row - 0.4)
        axes.imshow(pixels, extent=place, aspect="auto", interpolation="nearest")
        acquisitions = images["acquisition_id"].to_numpy()[in_stream]
        borders = position[in_stream][1:][acquisitions[1:] != acquisitions[:-1]]
        axes.vlines(borders, row - 0.46, row + 0.46, color=INK, linewidth=border_width)
    # Of "<label>/<scale bar>", the part that the panel's title does not say.
    axes.set_yticks(range(len(streams)), [name.removeprefix(f"{images['label'].iloc[0]}/") for name in streams])
    axes.set_ylim(len(streams) - 0.45, -0.55)
    axes.spines["left"].set_visible(False)
    axes.tick_params(axis="y", length=0)
    axes.grid(visible=False)
