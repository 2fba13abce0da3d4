"""Find the scale bar of an image.

A bar is found by what tells a drawing from a photograph: its colour is one that stained blood does not have, or its
line is ruled; its strokes are thin, sharp and bright-sided; it lies along the border. No position, size or kind of bar
is built in. Lengths are given for frames of 224 pixels and grow with the frame.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from leukosmear.scale_bars.boxes import FRAME, Box, ScaleBar, scaled
from leukosmear.scale_bars.extent import with_paper, with_ticks
from leukosmear.scale_bars.inks import INKS, Ink, Mask, Plane, bands, contrast_at, contrast_in, lowest_in

_STROKE = 4  # pixels that a stroke is thinner than, with room to spare
_BORDER = 0.15  # a bar ends within this share of the shorter side of the border
_MIN_INK = 6  # pixels: what remains of a thin bar of weak ink over a nucleus (least on 3,256 real images: 9)
_STEP = 40  # grey levels between neighbouring pixels that optics do not give this often
_FEW = 8  # where fewer than one pixel in so many is ink, they are looked at one by one
_NEIGHBOURS = np.ones((3, 3), dtype=int)


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
    # colour by colour, which is several times faster
    planes = np.ascontiguousarray(rgb.transpose(2, 0, 1)).astype(np.int16)
    reach = scaled(_STROKE, rgb.shape)
    for colour, ink in INKS.items():
        strength = ink.strength_in(planes)
        for found in _clusters(_strokes(strength, ink, reach), 2 * reach, rgb.shape):
            if not _is_drawn(planes, found):
                continue
            if not ink.only_ruled or _is_ruled(_strokes_in(strength, ink, found, reach), rgb.shape[1]):
                box = with_paper(planes, with_ticks(planes, strength, found, reach), reach)
                margin = scaled(2, rgb.shape)
                cells, pattern = _pattern(strength, ink, found, reach)
                return ScaleBar(colour, box.grown(margin, margin, rgb.shape), found, cells, pattern)
    return None


def _strokes(strength: Plane, ink: Ink, reach: int) -> NDArray[np.intp]:
    """Find the flat indices of the pixels that are certainly ink, in ascending order."""
    inked = strength > ink.least
    if np.count_nonzero(inked) < _MIN_INK:
        return np.empty(0, dtype=np.intp)
    places = np.flatnonzero(inked)
    if len(places) * _FEW < strength.size:
        return places[contrast_at(strength, places, reach) > ink.contrast]
    width = strength.shape[1]
    return np.concatenate(
        [np.flatnonzero(_strokes_in(strength, ink, band, reach)) + band.top * width for band in bands(strength.shape)]
    )


def _strokes_in(strength: Plane, ink: Ink, box: Box, reach: int) -> Mask:
    """Mark the pixels of a box that are certainly ink."""
    return (strength[box.slices] > ink.least) & (contrast_in(strength, box, reach) > ink.contrast)


def _clusters(strokes: NDArray[np.intp], gap: int, shape: tuple[int, ...]) -> Iterator[Box]:
    """Box strokes that lie close together, those with most ink first."""
    if len(strokes) < _MIN_INK:
        return
    rows, columns = np.divmod(strokes, shape[1])
    down, across = rows // gap, columns // gap
    grid = np.zeros((shape[0] // gap + 1, shape[1] // gap + 1), dtype=bool)
    grid[down, across] = True
    labels, _ = ndimage.label(grid, _NEIGHBOURS)
    label = labels[down, across]
    sizes = np.bincount(label)
    for index in np.argsort(-sizes, kind="stable"):
        if sizes[index] < _MIN_INK:
            return
        x, y = columns[label == index], rows[label == index]
        # indices ascend row by row
        yield Box(int(x.min()), int(y[0]), int(x.max()) + 1, int(y[-1]) + 1)


def _is_drawn(planes: Plane, box: Box) -> bool:
    """Tell whether strokes have the place, the size, the shape and the sharp edges of a scale bar."""
    _, height, width = planes.shape
    gap = min(box.left, box.top, width - box.right, height - box.bottom)
    if gap > _BORDER * min(height, width) or box.width < 1.3 * box.height:
        return False
    if not 0.035 * width <= box.width <= 0.6 * width or box.height > 0.25 * height:
        return False
    around = lowest_in(planes, box.grown(_STROKE, _STROKE, (height, width)))
    steps = np.count_nonzero(np.abs(around[:, 1:] - around[:, :-1]) > _STEP)
    return bool(steps >= max(box.height, 8))


def _is_ruled(strokes: Mask, width: int) -> bool:
    """Tell whether strokes hold a straight horizontal line; JPEG may have frayed a fifth of it.

    Args:
        strokes: Part of an image.
        width: Of the image.
    """
    length = max(14, width // 14)
    if strokes.shape[1] <= length:
        return False
    so_far = np.cumsum(strokes, axis=1, dtype=np.int32)
    return bool((so_far[:, length:] - so_far[:, :-length]).max() >= 0.8 * length)


def _pattern(strength: Plane, ink: Ink, box: Box, reach: int) -> tuple[Box, bytes]:
    """Mark what is certainly ink, and what is certainly not, in cells whatever the size of the frame."""
    size = max(1, round(min(strength.shape) / FRAME))
    limits = strength.shape[0] // size, strength.shape[1] // size
    cells = Box(
        box.left // size, box.top // size, min(-(-box.right // size), limits[1]), min(-(-box.bottom // size), limits[0])
    ).grown(_STROKE, _STROKE, limits)
    pixels = Box(cells.left * size, cells.top * size, cells.right * size, cells.bottom * size)
    contrast = contrast_in(strength, pixels, reach)
    certain = (contrast < ink.contrast // 3).astype(np.uint8)
    certain[(strength[pixels.slices] > ink.least) & (contrast > ink.contrast)] = 2
    if size > 1:
        blocks = certain.reshape(cells.height, size, cells.width, size)
        certain = np.where((blocks == 2).mean(axis=(1, 3)) >= 0.5, 2, (blocks == 1).mean(axis=(1, 3)) >= 0.9)
    return cells, certain.astype(np.uint8).tobytes()
