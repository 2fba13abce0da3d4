"""The scale bars that microscope software burns into smear images: where, of which kind, how to hide them.

A bar is found by what tells a drawing from a photograph: its colour is one that stained blood does not have, or its
line is ruled; its strokes are thin, sharp and bright-sided; it lies along the border. No position, size or kind of bar
is built in. Lengths are given for frames of 224 pixels and grow with the frame.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import ndimage

Mask = NDArray[np.bool_]

NO_BAR = "none"

_FRAME = 224  # pixels of a frame's shorter side for which lengths are given below
_STROKE = 4  # pixels that a stroke is thinner than, with room to spare
_BORDER = 0.15  # a bar ends within this share of the shorter side of the border
_MIN_INK = 6  # pixels: what remains of a thin bar of weak ink over a nucleus (least on 3,256 real images: 9)
_STEP = 40  # grey levels between neighbouring pixels that optics do not give this often
_PAPER = 238  # least grey level of a white box, after JPEG
_SAME_MARK = 0.1  # of the ink: black marks of one kind differ by up to 0.05, "200" and "500" by 0.2
_MANY_GROUPS = 64  # after which groups are united, so that a mark is compared with few
_DARKER = 0.05  # weight of pixels darker than the field when it is continued
_SAMPLES = 600  # pixels of and around a box, at which the plane is fitted
_ROUNDING = 1e-6  # pixels by which shares may be off


@dataclass(frozen=True)
class Box:
    """A rectangle of pixels; right and bottom are exclusive."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def width(self) -> int:
        """Columns."""
        return self.right - self.left

    @property
    def height(self) -> int:
        """Rows."""
        return self.bottom - self.top

    @property
    def slices(self) -> tuple[slice, slice]:
        """What to index an array of shape (height, width, ...) with."""
        return slice(self.top, self.bottom), slice(self.left, self.right)

    def grown(self, across: int, down: int, shape: tuple[int, ...]) -> "Box":
        """The box with a margin on each side, cut at the edges of an image of some shape (height, width, ...)."""
        return Box(
            max(self.left - across, 0),
            max(self.top - down, 0),
            min(self.right + across, shape[1]),
            min(self.bottom + down, shape[0]),
        )


@dataclass(frozen=True)
class ScaleBar:
    """A scale bar that was found.

    Attributes:
        colour: Colour of the ink.
        box: What the mark covers: lines, ticks, text, its white box, and a margin for the ringing of JPEG.
        ink: What the certain pixels of the ink span, without box and margin.
        cells: The part of the frame that `pattern` covers, in cells: pixels of a frame of 224.
        pattern: One byte for each of these cells, row by row: 0 unsure, 1 certainly free of ink, 2 certainly ink.
    """

    colour: str
    box: Box
    ink: Box
    cells: Box
    pattern: bytes


Plane = NDArray[np.int16]


@dataclass(frozen=True)
class _Ink:
    """A colour of ink: how to measure it, from which values on, and whether stains have it, too."""

    strength: Callable[[Plane, Plane, Plane], Plane]
    least: int
    contrast: int
    only_ruled: bool = False


def _blackness(red: Plane, green: Plane, blue: Plane) -> Plane:
    """Darkness less twice the chroma: nuclei are dark, too, but never grey."""
    highest = np.maximum(np.maximum(red, green), blue)
    lowest = np.minimum(np.minimum(red, green), blue)
    return 255 - 3 * highest + 2 * lowest


# Thresholds lie above what stains reach in 3,256 real images in thin structures of the size of a bar. Nuclei are
# blue, so that this ink needs a ruled line besides. White ink without a box can hardly be seen on a bright field.
_INKS: dict[str, _Ink] = {
    "black": _Ink(_blackness, 90, 60),
    "red": _Ink(lambda red, green, blue: red - np.maximum(green, blue), 20, 20),
    "green": _Ink(lambda red, green, blue: green - np.maximum(red, blue), 40, 40),
    "yellow": _Ink(lambda red, green, blue: np.minimum(red, green) - blue, 75, 40),
    "cyan": _Ink(lambda red, green, blue: np.minimum(green, blue) - red, 85, 40),
    "magenta": _Ink(lambda red, green, blue: np.minimum(red, blue) - green, 110, 40),
    "blue": _Ink(lambda red, green, blue: blue - np.maximum(red, green), 90, 25, only_ruled=True),
}


def find_scale_bar(rgb: NDArray[np.uint8]) -> ScaleBar | None:
    """Find the scale bar of an image.

    Args:
        rgb: uint8 RGB, shape (height, width, 3).

    Returns:
        The bar, or None where there is none. Bars that stand upright are not looked for.

    Raises:
        ValueError: If the array is not of this shape and type.
    """
    if rgb.ndim != 3 or rgb.shape[2] != 3 or rgb.dtype != np.uint8:
        raise ValueError(f"Expected a uint8 array of shape (height, width, 3); found {rgb.dtype} of shape {rgb.shape}.")
    red, green, blue = rgb.transpose(2, 0, 1).astype(np.int16, order="C")
    lowest = np.minimum(np.minimum(red, green), blue)
    reach = _scaled(_STROKE, rgb.shape)
    for colour, ink in _INKS.items():
        strength = ink.strength(red, green, blue)
        if np.count_nonzero(strength > ink.least) < _MIN_INK:
            continue
        contrast = _contrast(strength, reach)
        strokes = (strength > ink.least) & (contrast > ink.contrast)
        if ink.only_ruled and not _is_ruled(strokes):
            continue
        for found in _clusters(strokes, 2 * reach):
            if _is_drawn(strokes, lowest, found) and (not ink.only_ruled or _is_ruled(strokes, found)):
                box = _with_paper(lowest, _with_ticks(lowest, strength, found, reach), reach)
                margin = _scaled(2, rgb.shape)
                cells, pattern = _pattern(strokes, contrast < ink.contrast // 3, found)
                return ScaleBar(colour, box.grown(margin, margin, rgb.shape), found, cells, pattern)
    return None


def _scaled(pixels: int, shape: tuple[int, ...]) -> int:
    """A length in a frame of 224 pixels as whole pixels of a frame of some shape; never less than given."""
    return max(pixels, round(pixels * min(shape[:2]) / _FRAME))


def _contrast(strength: Plane, reach: int) -> Plane:
    """How much stronger the ink is than `reach` pixels away on both sides, across or down, whichever is more.

    Solid things of the same colour (cells in a red stain, a dark vignette) have no two such sides. An image goes on
    beyond its edges as it ends there.
    """
    height, width = strength.shape
    padded = np.empty((height + 2 * reach, width + 2 * reach), dtype=np.int16)
    inner, before, after = slice(reach, -reach), slice(None, -2 * reach), slice(2 * reach, None)
    padded[inner, inner] = strength
    padded[:reach, inner], padded[-reach:, inner] = strength[0], strength[-1]
    padded[inner, :reach], padded[inner, -reach:] = strength[:, :1], strength[:, -1:]
    down = np.maximum(padded[before, inner], padded[after, inner])
    across = np.maximum(padded[inner, before], padded[inner, after])
    sides = np.minimum(down, across)
    # where the surroundings have some of the colour, as cells in a red stain do, more is asked for
    return strength - sides - np.maximum(sides, 0) // 3


def _runs(mask: Mask, length: int) -> Mask:
    """Where runs of at least some length begin, within one row."""
    done = 1
    while done < length:
        step = min(done, length - done)
        mask = mask[:, step:] & mask[:, :-step]
        done += step
    return mask


def _is_ruled(strokes: Mask, box: Box | None = None) -> bool:
    """Whether strokes, or those in a box, hold a straight horizontal line; JPEG may have frayed a fifth of it."""
    part = strokes if box is None else strokes[box.slices]
    length = max(14, strokes.shape[1] // 14)
    if part.shape[1] <= length:
        return False
    so_far = np.cumsum(part, axis=1, dtype=np.int32)
    return bool((so_far[:, length:] - so_far[:, :-length]).max() >= 0.8 * length)


def _clusters(strokes: Mask, gap: int) -> list[Box]:
    """Boxes around strokes that lie close together, those with most ink first."""
    rows, columns = np.divmod(np.flatnonzero(strokes), strokes.shape[1])
    grid = np.zeros((strokes.shape[0] // gap + 1, strokes.shape[1] // gap + 1), dtype=bool)
    grid[rows // gap, columns // gap] = True
    labels, _ = ndimage.label(grid, np.ones((3, 3)))
    label = labels[rows // gap, columns // gap]
    sizes = np.bincount(label)
    boxes = []
    for index in np.argsort(-sizes, kind="stable"):
        if sizes[index] < _MIN_INK:
            break
        x, y = columns[label == index], rows[label == index]
        boxes.append(Box(int(x.min()), int(y.min()), int(x.max()) + 1, int(y.max()) + 1))
    return boxes


def _is_drawn(strokes: Mask, lowest: Plane, box: Box) -> bool:
    """Whether strokes have the place, the size, the shape and the sharp edges of a scale bar."""
    height, width = strokes.shape
    gap = min(box.left, box.top, width - box.right, height - box.bottom)
    if gap > _BORDER * min(height, width) or box.width < 1.3 * box.height:
        return False
    if not 0.035 * width <= box.width <= 0.6 * width or box.height > 0.25 * height:
        return False
    around = lowest[box.grown(_STROKE, _STROKE, strokes.shape).slices]
    steps = np.count_nonzero(np.abs(around[:, 1:] - around[:, :-1]) > _STEP)
    return bool(steps >= max(box.height, 8))


def _with_ticks(lowest: Plane, strength: Plane, box: Box, reach: int) -> Box:
    """Widen a box by fainter ticks and letters of the same rows, as far away as the box is wide."""
    around = box.grown(box.width, 0, lowest.shape)
    side, run = max(2, reach // 2), max(3, box.height // 3)
    if around.width <= 2 * side or box.height < run:
        return box
    before, here, after = slice(None, -2 * side), slice(side, -side), slice(2 * side, None)
    grey, ink = lowest[around.slices], strength[around.slices]
    fainter = np.minimum(grey[:, before], grey[:, after]) - grey[:, here] > 20
    fainter &= ink[:, here] - np.maximum(ink[:, before], ink[:, after]) > 10
    ticks = np.flatnonzero(_runs(fainter.T, run).any(axis=1)) + around.left + side
    if not len(ticks):
        return box
    return Box(min(box.left, int(ticks[0])), box.top, max(box.right, int(ticks[-1]) + 1), box.bottom)


def _with_paper(lowest: Plane, ink: Box, reach: int) -> Box:
    """Widen a box to the white box around it, on the sides where an edge of one can be seen."""
    limit = max(ink.height, 2 * reach)
    around = ink.grown(limit, limit, lowest.shape)
    grey = lowest[around.slices]
    rows, columns = (
        slice(ink.top - around.top, ink.bottom - around.top),
        slice(ink.left - around.left, ink.right - around.left),
    )
    top, bottom = _paper(grey[:, columns], rows, around.top == 0, around.bottom == lowest.shape[0])
    left, right = _paper(grey[top:bottom].T, columns, around.left == 0, around.right == lowest.shape[1])
    return Box(around.left + left, around.top + top, around.left + right, around.top + bottom)


def _paper(lines: Plane, ink: slice, starts_at_border: bool, ends_at_border: bool) -> tuple[int, int]:
    """Where white lines of pixels begin and end around those with ink; where no edge is seen, where the ink does."""
    half = lines.shape[1] / 2
    white = ((lines >= _PAPER).sum(axis=1) >= half).tolist()
    falls = lines[1:] - lines[:-1]
    start, stop = ink.start, ink.stop
    while start > 0 and white[start - 1]:
        start -= 1
    while stop < len(white) and white[stop]:
        stop += 1
    # most of a straight edge is seen at once, while that of a cell comes bit by bit
    if not (starts_at_border if start == 0 else (falls[start - 1] >= 8).sum() >= half):
        start = ink.start
    if not (ends_at_border if stop == len(white) else (falls[stop - 1] <= -8).sum() >= half):
        stop = ink.stop
    return start, stop


def _pattern(strokes: Mask, clear: Mask, ink: Box) -> tuple[Box, bytes]:
    """What is certainly ink, and what certainly not, in cells that do not depend on the size of the frame."""
    size = max(1, round(min(strokes.shape) / _FRAME))
    limits = strokes.shape[0] // size, strokes.shape[1] // size
    cells = Box(
        ink.left // size, ink.top // size, min(-(-ink.right // size), limits[1]), min(-(-ink.bottom // size), limits[0])
    ).grown(_STROKE, _STROKE, limits)
    pixels = Box(cells.left * size, cells.top * size, cells.right * size, cells.bottom * size)
    certain = clear[pixels.slices].astype(np.uint8) + 2 * strokes[pixels.slices].astype(np.uint8)
    if size > 1:
        blocks = certain.reshape(cells.height, size, cells.width, size)
        certain = np.where((blocks == 2).mean(axis=(1, 3)) >= 0.5, 2, (blocks == 1).mean(axis=(1, 3)) >= 0.9)
    return cells, certain.astype(np.uint8).tobytes()


class _Group:
    """Images with the same mark: how often each cell was certainly clear, and how often ink."""

    def __init__(self, colour: str, shape: tuple[int, int]) -> None:
        self.colour = colour
        self.counts = np.zeros((2, *shape), dtype=np.int32)
        self.members: list[int] = []
        self.inks: set[int] = set()

    def add(self, counts: NDArray[np.integer], cells: Box, members: list[int], inks: set[int]) -> None:
        """Take in some images with the same mark; `inks` tells their different patterns of ink apart."""
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
        """Up to which conflict some other images show the same mark.

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
    """Sorts the commonest patterns first, then those with most ink: they show a mark whole."""
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
    """Names by group; those of the same colour and width get letters, in an order that the marks themselves give."""
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
    """a, b, ... z, aa, ab, ..."""
    return (_letters(order // 26 - 1) if order >= 26 else "") + chr(ord("a") + order % 26)


@dataclass(frozen=True)
class Region:
    """A rectangle as shares of an image's width and height, 0 to 1."""

    left: float
    top: float
    right: float
    bottom: float

    def box(self, width: int, height: int) -> Box:
        """The pixels of an image of some size that the rectangle touches."""
        return Box(
            math.floor(self.left * width + _ROUNDING),
            math.floor(self.top * height + _ROUNDING),
            math.ceil(self.right * width - _ROUNDING),
            math.ceil(self.bottom * height - _ROUNDING),
        )

    def meets(self, other: "Region") -> bool:
        """Whether two rectangles overlap."""
        across = self.left < other.right and other.left < self.right
        return across and self.top < other.bottom and other.top < self.bottom

    def joined(self, other: "Region") -> "Region":
        """The smallest rectangle around two."""
        return Region(
            min(self.left, other.left),
            min(self.top, other.top),
            max(self.right, other.right),
            max(self.bottom, other.bottom),
        )


def masked_regions(inventory: pd.DataFrame) -> list[Region]:
    """Say which parts of every image to fill, so that what is filled does not tell which bar was there.

    Args:
        inventory: Columns `width`, `height`, `bar_left`, `bar_top`, `bar_right` and `bar_bottom`, in pixels; the
            last four missing where an image has no bar.

    Returns:
        Rectangles around all bars, joined where they overlap, from left to right; none where there is no bar.
    """
    bars = inventory.dropna(subset=["bar_left", "bar_top", "bar_right", "bar_bottom"])
    shares = [
        bars[f"bar_{side}"].to_numpy(float) / bars[size].to_numpy(float)
        for side, size in (("left", "width"), ("top", "height"), ("right", "width"), ("bottom", "height"))
    ]
    regions: list[Region] = []
    for corners in np.unique(np.stack(shares, axis=1), axis=0).tolist():
        region = Region(*corners)
        # joining makes a rectangle larger, so that it may meet others
        while met := [other for other in regions if region.meets(other)]:
            for other in met:
                regions.remove(other)
                region = region.joined(other)
        regions.append(region)
    return sorted(regions, key=lambda region: (region.left, region.top))


def fill_boxes(rgb: NDArray[np.uint8], boxes: Iterable[Box]) -> NDArray[np.uint8]:
    """Fill parts of an image from what surrounds them: smoothly, and without copies of cells.

    A plane through the brighter, unstained surroundings, to which what crosses the edge of a box fades within a few
    pixels.

    Args:
        rgb: uint8 RGB, shape (height, width, 3).
        boxes: What to fill.

    Returns:
        A new array of the same shape and type.

    Raises:
        ValueError: If a box leaves nothing of the image around it.
    """
    result = rgb.copy()
    for box in boxes:
        inside = box.grown(0, 0, rgb.shape)
        if inside.width > 0 and inside.height > 0:
            result[inside.slices] = _continued(result, inside)
    return result


def _continued(pixels: NDArray[np.uint8], box: Box) -> NDArray[np.uint8]:
    """What a box would hold if its surroundings went on inside."""
    x = np.arange(box.left, box.right, dtype=np.float32)
    y = np.arange(box.top, box.bottom, dtype=np.float32)[:, np.newaxis]
    plane = _bright_plane(pixels, box)
    depth = _scaled(3, pixels.shape)
    around = box.grown(depth, depth, pixels.shape)
    # colours come first here, which is several times faster
    fading = np.zeros((3, box.height, box.width), dtype=np.float32)
    weights = np.full((box.height, box.width), 1e-12, dtype=np.float32)
    rows, columns = box.slices
    for strip, axis in (
        ((rows, slice(around.left, box.left)), 1),
        ((rows, slice(box.right, around.right)), 1),
        ((slice(around.top, box.top), columns), 0),
        ((slice(box.bottom, around.bottom), columns), 0),
    ):
        if strip[axis].start == strip[axis].stop:
            continue
        middle = np.full((1, 1), (strip[axis].start + strip[axis].stop - 1) / 2, dtype=np.float32)
        edge = _on_plane(plane, middle, y) if axis else _on_plane(plane, x, middle)
        seen = pixels[strip].mean(axis=axis, keepdims=True, dtype=np.float32).transpose(2, 0, 1)
        weight = np.exp(-np.abs((x if axis else y) - middle) / depth)
        fading += weight**2 * (seen - edge)
        weights += weight
    filled = np.rint(_on_plane(plane, x, y) + fading / weights)
    return np.clip(filled, 0, 255).astype(np.uint8).transpose(1, 2, 0)


def _on_plane(plane: NDArray[np.float32], x: NDArray[np.float32], y: NDArray[np.float32]) -> NDArray[np.float32]:
    """The colours of a plane (constant, per column, per row) at some places, shape (3, rows, columns)."""
    level, across, down = plane[:, :, np.newaxis, np.newaxis]
    return level + across * x + down * y


def _bright_plane(pixels: NDArray[np.uint8], box: Box) -> NDArray[np.float32]:
    """Fit a plane to what lies around a box, where darker pixels count little: cells are darker than the field.

    Two steps of asymmetric least squares (Newey and Powell, 1987) over a few hundred pixels.

    Returns:
        The colours at the origin, and their slopes per column and per row, shape (3, 3).

    Raises:
        ValueError: If the box covers the whole image.
    """
    around = box.grown(box.width // 2 + 2, box.height // 2 + 2, pixels.shape)
    step = max(1, round((around.width * around.height / _SAMPLES) ** 0.5))
    x, y = np.arange(around.left, around.right, step), np.arange(around.top, around.bottom, step)[:, np.newaxis]
    outside = np.nonzero((x < box.left) | (x >= box.right) | (y < box.top) | (y >= box.bottom))
    x, y = x[outside[1]], y[outside[0], 0]
    if not len(x):
        raise ValueError(f"Expected some of the image around a box to fill it from; {box} covers all of it.")
    colours = pixels[y, x].astype(np.float64)
    grey = colours.sum(axis=1)
    centre = x.mean(), y.mean()
    places = np.stack([np.ones(len(x)), x - centre[0], y - centre[1]])
    weights = np.where(grey < np.median(grey), _DARKER, 1.0)
    for _ in range(2):
        weighted = places * weights
        plane = np.linalg.solve(weighted @ places.T + 1e-6 * np.eye(3), weighted @ colours)
        weights = np.where(grey < plane.sum(axis=1) @ places - 1e-3, _DARKER, 1.0)
    plane[0] -= centre[0] * plane[1] + centre[1] * plane[2]
    return plane.astype(np.float32)
