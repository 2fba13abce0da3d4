"""Figures of the data validation pipeline."""

import pandas as pd
from matplotlib.figure import Figure

from leukosmear.figures import class_colours, new_figure


def draw_class_distribution(class_distribution: pd.DataFrame) -> Figure:
    """Draw how many usable images each class has.

    Args:
        class_distribution: Columns `label`, `n_images` and `share`.
    """
    labels = list(class_distribution["label"])
    colours = class_colours(labels)
    figure = new_figure(6.4, 1.2 + 0.42 * len(labels))
    axes = figure.subplots()
    bars = axes.barh(labels, class_distribution["n_images"], color=[colours[label] for label in labels])
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
    """Draw the widths and heights that occur, the dots' area by the number of images.

    Args:
        image_sizes: Columns `label`, `width`, `height` and `n_images`.
    """
    sizes = image_sizes.groupby(["width", "height"], as_index=False)["n_images"].sum()
    figure = new_figure(6.4, 4.2)
    axes = figure.subplots()
    total = max(int(sizes["n_images"].sum()), 1)
    axes.scatter(
        sizes["width"].astype(int),
        sizes["height"].astype(int),
        s=30 + 900 * sizes["n_images"].astype(float) / total,
        color="#0072b2",
        alpha=0.6,
        linewidth=0,
    )
    for row in sizes.itertuples():
        axes.annotate(
            f"{row.width} x {row.height}: {row.n_images:,}",
            (row.width, row.height),
            xytext=(0, 20),
            textcoords="offset points",
            ha="center",
        )
    largest = int(sizes[["width", "height"]].max(axis=None)) if len(sizes) else 1
    axes.set(
        title="Image sizes",
        xlabel="width (pixels)",
        ylabel="height (pixels)",
        xlim=(0, 1.25 * largest),
        ylim=(0, 1.25 * largest),
        aspect="equal",
    )
    return figure
