"""How far a scale bar reaches beyond its certain ink: fainter ticks and letters, and a white box."""

import numpy as np
from numpy.typing import NDArray

from leukosmear.scale_bars.boxes import Box
from leukosmear.scale_bars.inks import Mask, Plane, lowest_in

_PAPER = 238  # least grey level of a white box, after JPEG


def with_ticks(planes: Plane, strength: Plane, box: Box, reach: int) -> Box:
    """Widen a box by fainter ticks and letters of the same rows, as far away as the box is wide.

    Args:
        planes: The image, shape (3, height, width).
        strength: Strength of the ink, shape (height, width).
        box: What the certain ink spans.
        reach: In pixels; strokes are thinner.

    Returns:
        The box, or a wider one.
    """
    around = box.grown(box.width, 0, strength.shape)
    side, run = max(2, reach // 2), max(3, box.height // 3)
    if around.width <= 2 * side or box.height < run:
        return box
    before, here, after = slice(None, -2 * side), slice(side, -side), slice(2 * side, None)
    grey, ink = lowest_in(planes, around), strength[around.slices]
    fainter = np.minimum(grey[:, before], grey[:, after]) - grey[:, here] > 20
    fainter &= ink[:, here] - np.maximum(ink[:, before], ink[:, after]) > 10
    ticks = np.flatnonzero(_runs(fainter, run).any(axis=0)) + around.left + side
    if not len(ticks):
        return box
    return Box(min(box.left, int(ticks[0])), box.top, max(box.right, int(ticks[-1]) + 1), box.bottom)


def _runs(mask: Mask, length: int) -> Mask:
    """Find where runs of at least some length begin, within one column."""
    done = 1
    while done < length:
        step = min(done, length - done)
        mask = mask[step:] & mask[:-step]
        done += step
    return mask


def with_paper(planes: Plane, ink: Box, reach: int) -> Box:
    """Widen a box to the white box around it, on the sides where an edge of one can be seen.

    Args:
        planes: The image, shape (3, height, width).
        ink: What the ink spans.
        reach: In pixels; a white box reaches at least twice as far.

    Returns:
        The box, or a wider one.
    """
    _, height, width = planes.shape
    limit = max(ink.height, 2 * reach)
    around = ink.grown(limit, limit, (height, width))
    grey = lowest_in(planes, around)
    rows, columns = (
        slice(ink.top - around.top, ink.bottom - around.top),
        slice(ink.left - around.left, ink.right - around.left),
    )
    top, bottom = _paper(grey[:, columns], rows, around.top == 0, around.bottom == height)
    left, right = _paper(grey[top:bottom].T, columns, around.left == 0, around.right == width)
    return Box(around.left + left, around.top + top, around.left + right, around.top + bottom)


def _paper(lines: Plane, ink: slice, starts_at_border: bool, ends_at_border: bool) -> tuple[int, int]:
    """Find where white rows around those with ink begin and end; where no edge is seen, where the ink does."""
    half = lines.shape[1] / 2
    white = (np.count_nonzero(lines >= _PAPER, axis=1) >= half).tolist()
    start, stop = ink.start, ink.stop
    while start > 0 and white[start - 1]:
        start -= 1
    while stop < len(white) and white[stop]:
        stop += 1
    if not (starts_at_border if start == 0 else _is_edge(lines[start - 1], lines[start], half)):
        start = ink.start
    if not (ends_at_border if stop == len(white) else _is_edge(lines[stop], lines[stop - 1], half)):
        stop = ink.stop
    return start, stop


def _is_edge(outside: NDArray[np.int16], inside: NDArray[np.int16], least: float) -> bool:
    """Tell whether enough pixels get darker at once, as on a straight edge; a cell's edge comes bit by bit."""
    return bool(np.count_nonzero(inside - outside >= 8) >= least)
