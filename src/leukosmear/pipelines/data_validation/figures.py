"""Figures of the data validation pipeline."""

import textwrap

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import LogLocator, NullFormatter, StrMethodFormatter

from leukosmear.figures import INK, MUTED, class_colours, new_figure
from leukosmear.inventory import accepted

# Past this many, dots go into an SVG as an image: each costs 80 bytes otherwise.
MOST_VECTOR_DOTS = 20_000

# What is drawn of each measure: its unit, and the flags that are about it.
_MEASURES = {
    "sharpness": ("variance of the Laplacian\n(squared grey levels, log scale)", ("blurred",)),
    "brightness": ("mean grey level\n(0 black, 255 white)", ("dark", "bright")),
    "contrast": ("standard deviation\nof the grey levels", ("low contrast",)),
}
_LEAST_SHARPNESS = 0.1
_FEW_KINDS = 6  # whose names can stand side by side
_FEW_SIZES = 6  # of more, labels lie upon each other
_LABELLED_SHARE = 0.1  # of all images
_N_BINS = 60
_FLAG_COLOUR = "#b3171b"


def draw_class_distribution(class_distribution: pd.DataFrame) -> Figure:
    """Draw how many usable images each class has.

    Args:
        class_distribution: Columns `label`, `n_images` and `share`.
    """
    labels = list(class_distribution["label"])
    colours = class_colours(labels)
    figure = new_figure(6.4, 1.2 + 0.42 * len(labels))
    axes = figure.subplots()
    places = range(len(labels))
    bars = axes.barh(places, class_distribution["n_images"], color=[colours[label] for label in labels])
    axes.set_yticks(places, labels)
    axes.bar_label(
        bars,
        [f"{n:,}  ({share:.1%})" for n, share in class_distribution[["n_images", "share"]].itertuples(index=False)],
        padding=4,
    )
    axes.invert_yaxis()
    axes.margins(x=0.22)
    axes.grid(visible=False, axis="y")
    axes.set(title="Class distribution", xlabel="usable images")
    return figure


def draw_image_sizes(image_sizes: pd.DataFrame) -> Figure:
    """Draw the widths and heights that occur, the dots' area by the number of images; of many, the common are labelled.

    Args:
        image_sizes: Columns `label`, `width`, `height` and `n_images`.
    """
    sizes = image_sizes.groupby(["width", "height"], as_index=False).agg(n_images=("n_images", "sum"))
    total = max(int(sizes["n_images"].sum()), 1)
    few = len(sizes) <= _FEW_SIZES
    labelled = sizes if few else sizes[sizes["n_images"] >= _LABELLED_SHARE * total]
    figure = new_figure(6.4, 4.2)
    axes = figure.subplots()
    axes.scatter(
        sizes["width"].astype(int),
        sizes["height"].astype(int),
        s=30 + 900 * sizes["n_images"].astype(float) / total,
        color="#0072b2",
        alpha=0.6,
        linewidth=0,
    )
    for row in labelled.itertuples():
        axes.annotate(
            f"{row.width} x {row.height}: {row.n_images:,}",
            (row.width, row.height),
            xytext=(0, 20),
            textcoords="offset points",
            ha="center",
        )
    largest = sizes[["width", "height"]].to_numpy(int).max(initial=1)
    axes.set(
        title="Image sizes" if few else f"{len(sizes):,} image sizes",
        xlabel="width (pixels)",
        ylabel="height (pixels)",
        xlim=(0, 1.25 * largest),
        ylim=(0, 1.25 * largest),
        aspect="equal",
    )
    return figure


def draw_scale_bars(inventory: pd.DataFrame) -> Figure:
    """Draw how many usable images of each class bear which kind of scale bar.

    Args:
        inventory: An `ImageInventory`; its columns `label`, `scale_bar` and `status` count.

    Returns:
        A figure with a row per class and a column per kind, the most frequent kind first. Colour and percentage
        are shares of the *kind*: a dark cell is a kind that gives its class away. Below stands how often one is
        right who goes by the kind alone, and by the largest class alone.
    """
    images = accepted(inventory)
    title = "Scale bars: does their kind give the class away?"
    if images.empty:
        return empty_figure(title)
    classes = list(images["label"].unique())
    kinds = frequent_first(images["scale_bar"])
    counts = pd.crosstab(images["label"], images["scale_bar"]).loc[classes, kinds].to_numpy()
    shares = counts / counts.sum(axis=0)

    figure = new_figure(7.5 if len(kinds) <= _FEW_KINDS else 9.6, 1.9 + 0.5 * len(classes))
    axes = figure.subplots()
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1, aspect="auto")
    for (row, column), count in np.ndenumerate(counts):
        share = shares[row, column]
        colour = "white" if share > 0.55 else (INK if count else MUTED)
        text = f"{count:,}\n{share:.0%}" if count else "0"
        axes.text(column, row, text, ha="center", va="center", color=colour, linespacing=1.25, fontsize=8.5)
    names = [f"{one_line(name)}  (n = {n:,})" for name, n in zip(classes, counts.sum(axis=1), strict=True)]
    axes.set_yticks(range(len(classes)), names)
    axes.set_xticks(
        range(len(kinds)),
        [textwrap.fill(kind, 16) if len(kinds) <= _FEW_KINDS else one_line(kind) for kind in kinds],
        rotation=0 if len(kinds) <= _FEW_KINDS else 90,
    )
    axes.tick_params(length=0)
    axes.grid(visible=False)
    axes.spines[:].set_visible(False)
    axes.vlines(np.arange(1, len(kinds)) - 0.5, -0.5, len(classes) - 0.5, color="white", linewidth=2)
    axes.hlines(np.arange(1, len(classes)) - 0.5, -0.5, len(kinds) - 0.5, color="white", linewidth=2)
    by_kind, by_class = counts.max(axis=0).sum() / counts.sum(), counts.sum(axis=1).max() / counts.sum()
    axes.set_title(title)
    axes.set_xlabel(
        f"kind of scale bar; images, and share of the kind\n\nGuessed from the kind alone: {by_kind:.1%} of the images "
        f"right.\nAlways the largest class: {by_class:.1%}."
    )
    return figure


def draw_quality(inventory: pd.DataFrame) -> Figure:
    """Draw how sharpness, brightness and contrast are distributed in each class, and which images are flagged.

    Args:
        inventory: An `ImageInventory`; its columns `label`, `sharpness`, `brightness`, `contrast`, `quality` and
            `status` count.

    Returns:
        A figure with a panel per measure and a row per class: the histogram of all usable images (each class
        scaled to its own peak), a line at the median, and below it a cross for each flagged image.
    """
    images = accepted(inventory)
    if images.empty:
        return empty_figure("Image quality")
    classes = list(images["label"].unique())
    figure = new_figure(9.0, 1.5 + 0.62 * len(classes))
    panels = figure.subplots(1, len(_MEASURES), sharey=True)
    for axes, (measure, (unit, flags)) in zip(panels, _MEASURES.items(), strict=True):
        flagged = images["quality"].map(lambda text, flags=flags: bool(set(text.split(", ")) & set(flags)))
        _draw_distributions(axes, images, measure, flagged)
        counts = [
            f"{images['quality'].map(lambda text, flag=flag: flag in text.split(', ')).sum():,} {flag}"
            for flag in flags
        ]
        axes.set_title(f"{measure.capitalize()}\n{', '.join(counts)}")
        axes.set_xlabel(unit)
    panels[0].set_yticks(range(len(classes)), [one_line(name) for name in classes])
    panels[0].set_ylim(len(classes) - 0.35, -0.65)
    marks = [
        Patch(color=MUTED, alpha=0.5, label="all usable images"),
        Line2D([], [], color=INK, linewidth=1.4, label="median"),
        Line2D([], [], linestyle="", marker="x", color=_FLAG_COLOUR, label="flagged image"),
    ]
    figure.legend(handles=marks, loc="outside lower left", ncols=3)
    return figure


def _draw_distributions(axes: Axes, images: pd.DataFrame, measure: str, flagged: pd.Series) -> None:
    """Draw one measure, class below class: histogram, median and flagged images."""
    values = images[measure].astype(float)
    if measure == "sharpness":
        # An even picture has none, for which a log axis has no place.
        values = values.clip(lower=_LEAST_SHARPNESS)
        axes.set_xscale("log")
        axes.xaxis.set_major_locator(LogLocator(subs=(1, 3)))
        axes.xaxis.set_major_formatter(StrMethodFormatter("{x:,.4g}"))
        axes.xaxis.set_minor_formatter(NullFormatter())
    low, high = values.min(), values.max()
    if measure == "sharpness":
        edges = np.geomspace(low / 1.05, high * 1.05, _N_BINS + 1)
    else:
        edges = np.linspace(low - 0.5, high + 0.5, _N_BINS + 1)
    colours = class_colours(list(images["label"].unique()))
    for row, (label, colour) in enumerate(colours.items()):
        members = images["label"] == label
        counts, _ = np.histogram(values[members], edges)
        axes.stairs(
            row + 0.15 - 0.65 * counts / counts.max(), edges, baseline=row + 0.15, fill=True, color=colour, alpha=0.55
        )
        axes.vlines(values[members].median(), row - 0.55, row + 0.15, color=INK, linewidth=1.4)
        crosses = values[members & flagged]
        axes.plot(
            crosses,
            np.full(len(crosses), row + 0.29),
            linestyle="",
            marker="x",
            markersize=4.5,
            color=_FLAG_COLOUR,
            rasterized=len(crosses) > MOST_VECTOR_DOTS,
        )
    axes.grid(visible=False, axis="y")
    axes.tick_params(axis="y", length=0)


def empty_figure(title: str) -> Figure:
    """Make a figure that says that there is nothing to draw."""
    figure = new_figure(6.4, 1.2)
    axes = figure.subplots()
    axes.set_axis_off()
    axes.set_title(title)
    axes.text(0, 0.5, "No usable image to draw.", transform=axes.transAxes, color=MUTED)
    return figure


def one_line(name: str, longest: int = 28) -> str:
    """Write a name that may hold anything as a label: on one line, its middle left out where it is too long."""
    name = " ".join(name.split())
    half = longest // 2
    return name if len(name) <= longest else f"{name[:half]}\u2026{name[-half + 1 :]}"


def frequent_first(values: pd.Series) -> list[str]:
    """List the values that occur, the most frequent first, equally frequent ones by name."""
    counts = values.value_counts()
    return sorted(counts.index, key=lambda value: (-counts[value], value))
