"""Which scale bars are the same burnt-in mark: kinds of bars, and their names."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from leukosmear.scale_bars.boxes import Box, ScaleBar

NO_BAR = "none"

_SAME_MARK = 0.1  # of the ink: black marks of one kind differ by up to 0.05, "200" and "500" by 0.2
_MANY_GROUPS = 64  # after which groups are united, so that a mark is compared with few


class _Group:
    """Images with the same mark: how often each cell was certainly clear, and how often ink."""

    def __init__(self, colour: str, shape: tuple[int, int]) -> None:
        self.colour = colour
        self.counts = np.zeros((2, *shape), dtype=np.int32)
        self.members: list[int] = []
        self.inks: set[int] = set()

    def add(self, counts: NDArray[np.integer], cells: Box, members: list[int], inks: set[int]) -> None:
        """Take in some images with the same mark, and their different patterns of ink."""
        self.counts[(slice(None), *cells.slices)] += counts
        self.members += members
        self.inks |= inks
        # clear and ink, where most images agree
        self.mark = self.counts > 4 * self.counts[::-1]
        self.n_ink = np.count_nonzero(self.mark[1])

    def conflict(self, mark: NDArray[np.bool_], cells: Box) -> float:
        """In how many cells a mark is the opposite, as a share of the ink; 1 where hardly any ink is shared."""
        own = self.mark[(slice(None), *cells.slices)]
        ink = min(np.count_nonzero(mark[1]), self.n_ink)
        if np.count_nonzero(mark[1] & own[1]) < max(0.3 * ink, 1):
            return 1.0
        return float(np.count_nonzero(mark & own[::-1]) / ink)

    def tolerance(self, n_others: int) -> float:
        """Say up to which conflict some other images show the same mark.

        A mark in a white box gives few patterns, so that each difference means something. One on bare tissue gives
        almost as many as there are images: a few that differ more do so because of what lies below.
        """
        varies = len(self.inks) > 0.5 * len(self.members) >= 5
        return 0.5 if varies and len(self.members) >= 10 * n_others else _SAME_MARK


def name_kinds(bars: Sequence[ScaleBar | None]) -> list[str]:
    """Name the kind of each bar so that images with the same burnt-in mark get the same name.

    A mark that is burnt in lies in the same place of every frame, so two marks are the same where hardly any cell is
    certainly ink in one and certainly clear in the other. Takes time in proportion to the number of bars.

    Args:
        bars: What `find_scale_bar` found in each image of a data set.

    Returns:
        For each image colour and median width of the ink, such as "red 17 px", with a letter where that does not
        tell two kinds apart, or "none".
    """
    alike: dict[tuple[str, Box, bytes], list[int]] = {}
    for index, bar in enumerate(bars):
        if bar is not None:
            alike.setdefault((bar.colour, bar.cells, bar.pattern), []).append(index)
    if not alike:
        return [NO_BAR] * len(bars)
    left, top = min(cells.left for _, cells, _ in alike), min(cells.top for _, cells, _ in alike)
    shape = max(cells.bottom for _, cells, _ in alike) - top, max(cells.right for _, cells, _ in alike) - left
    groups: list[_Group] = []
    limit = _MANY_GROUPS
    for (colour, cells, pattern), members in sorted(alike.items(), key=_completeness):
        values = np.frombuffer(pattern, dtype=np.uint8).reshape(cells.height, cells.width)
        mark = np.stack([values == 1, values == 2])
        place = Box(cells.left - left, cells.top - top, cells.right - left, cells.bottom - top)
        for group in groups:
            if group.colour == colour and group.conflict(mark, place) <= group.tolerance(len(members)):
                break
        else:
            group = _Group(colour, shape)
            groups.append(group)
        group.add(mark * len(members), place, members, {hash((place, mark[1].tobytes()))})
        if len(groups) > limit:
            groups = _united(groups)
            limit = 2 * len(groups) + _MANY_GROUPS
    return _names(_united(groups), bars)


def _completeness(item: tuple[tuple[str, Box, bytes], list[int]]) -> tuple[int, int, bytes, int, int]:
    """Sort the commonest patterns first, then those with most ink: they show a mark whole."""
    (_, cells, pattern), members = item
    return -len(members), -pattern.count(2), pattern, cells.left, cells.top


def _united(groups: list[_Group]) -> list[_Group]:
    """Unite groups that show the same mark after all, now that more of it is known; the largest come first."""
    kept: list[_Group] = []
    for group in sorted(groups, key=lambda group: -len(group.members)):
        whole = Box(0, 0, group.counts.shape[2], group.counts.shape[1])
        for other in kept:
            same_colour = group.colour == other.colour
            if same_colour and other.conflict(group.mark, whole) <= other.tolerance(len(group.members)):
                other.add(group.counts, whole, group.members, group.inks)
                break
        else:
            kept.append(group)
    return kept


def _names(groups: list[_Group], bars: Sequence[ScaleBar | None]) -> list[str]:
    """Name each group; those of the same colour and width get letters, in an order that the marks themselves give."""
    widths = [
        round(float(np.median([bar.ink.width for bar in map(bars.__getitem__, group.members) if bar is not None])))
        for group in groups
    ]
    plain = [f"{group.colour} {width} px" for group, width in zip(groups, widths, strict=True)]
    names = [NO_BAR] * len(bars)
    for name in sorted(set(plain)):
        same = [group for group, own in zip(groups, plain, strict=True) if own == name]
        same.sort(key=lambda group: (group.counts[1] > group.counts[0]).tobytes())
        for order, group in enumerate(same):
            letter = f" {_letters(order)}" if len(same) > 1 else ""
            for index in group.members:
                names[index] = name + letter
    return names


def _letters(order: int) -> str:
    """Write a number in letters: a, b, ... z, aa, ab, ..."""
    return (_letters(order // 26 - 1) if order >= 26 else "") + chr(ord("a") + order % 26)
