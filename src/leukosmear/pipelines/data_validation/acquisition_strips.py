"""The figure that shows in what groups the images were taken, and how their stain drifts from group to group."""

import itertools
from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from leukosmear.figures import INK, MUTED, new_figure
from leukosmear.inventory import accepted
from leukosmear.pipelines.data_validation.figures import MOST_VECTOR_DOTS, empty_figure, frequent_first, one_line

_GREYS = ("#dce0e6", "#f1f3f5")
# Paul Tol's light scheme for filling labelled cells, safe for colour-blind readers, without its grey
# (https://sronpersonalpages.nl/~pault/).
_UNITED_COLOURS = ("#77aadd", "#ee8866", "#eedd88", "#44bb99", "#ffaabb", "#99ddff", "#bbcc33", "#aaaa00")
_WIDTH = 9.6
_HALF_STRIP = 0.36


class Run(NamedTuple):
    """Images of one group that follow each other in their stream: the first one's place, and one past the last."""

    group: str
    start: int
    stop: int


def number_groups(inventory: pd.DataFrame) -> dict[tuple[str, str], int]:
    """Give numbers to the groups of each class from 1, in the order in which they first appear in the figure.

    Args:
        inventory: An `ImageInventory`.

    Returns:
        The number by `label` and `acquisition_id`; a patient's images may be in two classes.
    """
    numbers: dict[tuple[str, str], int] = {}
    for label, streams in _streams_by_class(accepted(inventory)):
        groups = dict.fromkeys(group for _, images in streams for group in images["acquisition_id"])
        numbers |= {(label, group): number for number, group in enumerate(groups, start=1)}
    return numbers


def draw_acquisitions(inventory: pd.DataFrame) -> Figure:
    """Draw the groups in which the images of each stream were taken.

    Within a stream, file order is roughly the order of taking.

    Args:
        inventory: An `ImageInventory`; its columns `label`, `stream_id`, `brightness`, `acquisition_id` and
            `status` count.

    Returns:
        A figure with a strip per stream: a dot per usable image, higher if brighter, on bands that are the groups.
        Groups of one piece alternate in grey. The pieces of a group that was put together from several share a
        colour and are tied by a line; the same number of the same class always is the same group.
    """
    images = accepted(inventory)
    if images.empty:
        return empty_figure("Acquisitions")
    numbers = number_groups(inventory)
    classes = list(_streams_by_class(images))
    n_strips = sum(len(streams) for _, streams in classes)
    longest = max(len(members) for _, streams in classes for _, members in streams)
    range_shown = np.nanpercentile(images["brightness"].astype(float), [0.5, 99.5])

    figure = new_figure(_WIDTH, 1.5 + 0.56 * n_strips + 0.36 * len(classes))
    axes = figure.subplots()
    place, ticks, names = 0.0, [], []
    for label, streams in classes:
        numbers_here = {group: number for (of_label, group), number in numbers.items() if of_label == label}
        n_groups = len(numbers_here)
        of_class = _count_images(images[images["label"] == label])
        title = f"{one_line(label)}: {of_class}, {n_groups} {'group' if n_groups == 1 else 'groups'}"
        axes.text(0, place, title, fontweight="bold", va="bottom")
        colours = _united_colours(streams)
        for stream, members in streams:
            place += 0.68 if stream == streams[0][0] else 1.0
            _draw_bands(axes, place, _runs(members["acquisition_id"]), colours, numbers_here, longest)
            dots = _draw_dots(axes, place, members["brightness"].to_numpy(float), range_shown, longest)
            dots.set_rasterized(len(images) > MOST_VECTOR_DOTS)
            ticks.append(place)
            names.append(f"{one_line(stream.removeprefix(f'{label}/'), 20)}\n{_count_images(members)}")
        place += 0.95
    axes.set_yticks(ticks, names)
    axes.set(
        title="Acquisitions: groups of images that were taken together, stream by stream",
        xlabel="place of the image in its stream, in file order",
        xlim=(0, longest * 1.002),
        ylim=(place - 0.55, -0.4),
    )
    axes.tick_params(axis="y", length=0)
    axes.grid(visible=False)
    axes.spines["left"].set_visible(False)
    figure.legend(handles=_legend(), loc="outside lower left", ncols=2)
    return figure


def _count_images(images: pd.DataFrame) -> str:
    return f"{len(images):,} {'image' if len(images) == 1 else 'images'}"


def _legend() -> list[Line2D | Patch]:
    dot, united = "image: the higher, the brighter (mean grey level, at the right)", "group in several pieces"
    return [
        Line2D([], [], linestyle="", marker=".", color=INK, label=dot),
        Patch(color=_GREYS[0], label="group in one piece, with its number"),
        Patch(color=_UNITED_COLOURS[0], alpha=0.75, label=f"{united}: same colour, same number"),
        Line2D([], [], color=_UNITED_COLOURS[0], linewidth=1.6, label=f"{united} of this stream"),
    ]


def _streams_by_class(images: pd.DataFrame) -> Iterator[tuple[str, list[tuple[str, pd.DataFrame]]]]:
    """Divide images by class, and each class by stream, the longest stream first."""
    for label in images["label"].unique():
        of_class = images[images["label"] == label]
        streams = frequent_first(of_class["stream_id"])
        yield label, [(stream, of_class[of_class["stream_id"] == stream]) for stream in streams]


def _runs(groups: pd.Series) -> list[Run]:
    """Find where consecutive images belong to the same group."""
    ids = groups.to_numpy()
    borders = [0, *(np.flatnonzero(ids[1:] != ids[:-1]) + 1), len(ids)]
    return [Run(str(ids[a]), int(a), int(b)) for a, b in itertools.pairwise(borders)]


def _united_colours(streams: list[tuple[str, pd.DataFrame]]) -> dict[str, str]:
    """Give a colour to each group of a class that is in several pieces."""
    n_pieces = Counter(run.group for _, members in streams for run in _runs(members["acquisition_id"]))
    united = [group for group, n in n_pieces.items() if n > 1]
    return {group: _UNITED_COLOURS[index % len(_UNITED_COLOURS)] for index, group in enumerate(united)}


def _draw_bands(
    axes: Axes, place: float, runs: list[Run], colours: dict[str, str], numbers: dict[str, int], longest: int
) -> None:
    """Draw the groups of a stream, with their numbers where these fit, and what ties their pieces."""
    shades = [colours.get(run.group, _GREYS[index % 2]) for index, run in enumerate(runs)]
    spans = [(run.start, run.stop - run.start) for run in runs]
    axes.broken_barh(spans, (place - _HALF_STRIP, 2 * _HALF_STRIP), facecolors=shades, linewidth=0, alpha=0.75)
    inches_per_image = 0.8 * _WIDTH / longest
    middles = defaultdict(list)
    for run in runs:
        number, middle = str(numbers[run.group]), (run.start + run.stop) / 2
        middles[run.group].append(middle)
        if (run.stop - run.start) * inches_per_image > 0.08 * len(number) + 0.04:
            axes.text(middle, place - _HALF_STRIP - 0.02, number, fontsize=7, ha="center", va="bottom")
    tied = [group for group, places in middles.items() if len(places) > 1]
    for index, group in enumerate(tied):
        height = place + _HALF_STRIP + 0.04 * (1 + index % 3)  # side by side, where several pass below one another
        axes.plot(middles[group], [height] * len(middles[group]), "-", color=colours[group], linewidth=1.5)


def _draw_dots(axes: Axes, place: float, values: np.ndarray, shown: np.ndarray, longest: int) -> Line2D:
    """Draw the brightness of the images of a stream, the scale's ends at its right; return the dots."""
    low, high = float(shown[0]), float(max(shown[1], shown[0] + 1))
    height = np.clip((values - low) / (high - low), 0, 1)
    (dots,) = axes.plot(
        np.arange(len(values)) + 0.5,
        place + (1 - 2 * height) * (_HALF_STRIP - 0.05),
        linestyle="",
        marker=".",
        markersize=2.2 if longest > 100 else 4,
        color=INK,
        markeredgewidth=0,
    )
    for value, side in ((high, -1), (low, 1)):
        axes.text(
            longest * 1.006,
            place + side * (_HALF_STRIP - 0.08),
            f"{value:.0f}",
            fontsize=7,
            color=MUTED,
            va="center",
        )
    return dots
