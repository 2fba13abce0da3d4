"""Fill parts of an image from what surrounds them, so that it does not show what was there."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from leukosmear.scale_bars.boxes import Box, Region, scaled

_DARKER = 0.05  # weight of pixels darker than the field when it is continued
_SAMPLES = 600  # pixels of and around a box, at which the plane is fitted
_DEPTH = 3  # pixels within which what crosses the edge of a box fades, in a frame of 224

_RIDGE = 1e-6 * np.eye(3)  # lets samples that all lie in one line be solved, too

Mask = NDArray[np.bool_]


def fill_regions(images: Sequence[Image.Image], regions: Sequence[Region]) -> None:
    """Fill parts of images in place from what surrounds them: smoothly, and without copies of cells.

    A plane through the brighter, unstained surroundings, to which what crosses the edge of a region fades within a few
    pixels. Images of one size are filled at once, which takes a third of the time.

    Args:
        images: RGB images of any sizes, which are changed.
        regions: What to fill in each of them.

    Raises:
        ValueError: If a region leaves nothing of an image around it.
    """
    of_one_size: dict[tuple[int, int], list[Image.Image]] = defaultdict(list)
    for image in images:
        of_one_size[image.size].append(image)
    for (width, height), alike in of_one_size.items():
        for region in regions:
            around = _surroundings(region.box(width, height), height, width)
            windows = np.stack([np.asarray(image.crop(around.window.edges)) for image in alike])
            for image, filled in zip(alike, _continued(windows, around), strict=True):
                image.paste(Image.fromarray(filled), around.box.edges)


@dataclass(frozen=True)
class _Strip:
    """Pixels along one side of a box.

    Attributes:
        pixels: What to index the window with.
        axis: The axis of the window across the strip, over which to add its pixels up.
        shares: How much of each of these pixels a pixel of the box takes, shape (rows, columns), 0 to 1.
    """

    pixels: tuple[slice, slice]
    axis: int
    shares: NDArray[np.float32]


@dataclass(frozen=True)
class _Surroundings:
    """All that filling a box needs to know of where things lie, which is the same for each image of a size.

    Attributes:
        box: What to fill.
        window: The part of the image that is looked at.
        samples: Flat indices, in the window, of some pixels around the box.
        places: 1, column and row of these samples from their centre, shape (3, samples).
        plane: What each coefficient of a plane adds to each pixel, once the strips' own part of it is taken off,
            shape (3, rows * columns).
        strips: The sides of the box at which the image goes on.
    """

    box: Box
    window: Box
    samples: NDArray[np.intp]
    places: NDArray[np.float64]
    plane: NDArray[np.float32]
    strips: tuple[_Strip, ...]


@lru_cache(maxsize=16)
def _surroundings(box: Box, height: int, width: int) -> _Surroundings:
    """Find what lies around a box in images of some size; kept, since all images of a data set have the same boxes.

    Raises:
        ValueError: If the box covers the whole image.
    """
    across, down = box.width // 2 + 2, box.height // 2 + 2
    around = box.grown(across, down, (height, width))
    step = max(1, round((around.width * around.height / _SAMPLES) ** 0.5))
    x, y = np.arange(around.left, around.right, step), np.arange(around.top, around.bottom, step)[:, np.newaxis]
    outside = np.nonzero((x < box.left) | (x >= box.right) | (y < box.top) | (y >= box.bottom))
    x, y = x[outside[1]], y[outside[0], 0]
    if not len(x):
        raise ValueError(f"Expected some of the image around a box to fill it from; {box} covers all of it.")
    centre = (float(x.mean()), float(y.mean()))
    places = np.stack([np.ones(len(x)), x - centre[0], y - centre[1]])
    depth = scaled(_DEPTH, (height, width))
    strips = box.grown(depth, depth, (height, width))
    window = box.grown(max(across, depth), max(down, depth), (height, width))
    plane, fading = _fading(
        box.seen_from(window), strips.seen_from(window), depth, (centre[0] - window.left, centre[1] - window.top)
    )
    return _Surroundings(box, window, (y - window.top) * window.width + x - window.left, places, plane, fading)


def _fading(
    box: Box, around: Box, depth: int, centre: tuple[float, float]
) -> tuple[NDArray[np.float32], tuple[_Strip, ...]]:
    """How the colours of the strips around a box, as far as they differ from the plane, fade inside.

    Args:
        box: What to fill.
        around: Box and strips.
        depth: Pixels within which colours fade.
        centre: Column and row at which the plane has its level.

    Returns:
        `plane` and `strips` of `_Surroundings`.
    """
    rows, columns = box.slices
    x, y = np.meshgrid(np.arange(box.left, box.right, dtype=float), np.arange(box.top, box.bottom, dtype=float))
    sides = [
        ((rows, slice(around.left, box.left)), 1),
        ((rows, slice(box.right, around.right)), 1),
        ((slice(around.top, box.top), columns), 0),
        ((slice(box.bottom, around.bottom), columns), 0),
    ]
    sides = [(strip, axis) for strip, axis in sides if strip[axis].start < strip[axis].stop]
    middles = [(strip[axis].start + strip[axis].stop - 1) / 2 for strip, axis in sides]
    weights = [
        np.exp(-np.abs((x if axis else y) - middle) / depth) for (_, axis), middle in zip(sides, middles, strict=True)
    ]
    total = sum(weights, np.full_like(x, 1e-12))  # where a box is large, all weights may be 0
    plane = np.stack([np.ones_like(x), x - centre[0], y - centre[1]])
    strips = []
    for (strip, axis), middle, weight in zip(sides, middles, weights, strict=True):
        shares = weight**2 / total
        here = (1.0, middle - centre[0], y - centre[1]) if axis else (1.0, x - centre[0], middle - centre[1])
        plane = plane - np.stack([shares * part for part in here])
        strips.append(_Strip(strip, axis, (shares / (strip[axis].stop - strip[axis].start)).astype(np.float32)))
    return plane.reshape(3, -1).astype(np.float32), tuple(strips)


def _continued(windows: NDArray[np.uint8], around: _Surroundings) -> NDArray[np.uint8]:
    """Estimate what a box would hold if its surroundings went on inside.

    Args:
        windows: The window of each image, uint8 of shape (n, rows, columns, 3).
        around: What is the same in all of them.

    Returns:
        uint8 of shape (n, box.height, box.width, 3).
    """
    samples = windows.reshape(len(windows), -1, 3).take(around.samples, axis=1)
    # colours come before places here, which is several times faster
    planes = _bright_planes(samples, around.places)
    # by einsum, as threads of a matrix product cost more here than they save
    filled = np.einsum("ick,kp->icp", planes, around.plane).reshape(-1, 3, around.box.height, around.box.width)
    part = np.empty_like(filled)
    for strip in around.strips:
        rows, columns = strip.pixels
        seen = windows[:, rows, columns].sum(axis=1 + strip.axis, keepdims=True, dtype=np.float32)
        filled += np.multiply(strip.shares, seen.transpose(0, 3, 1, 2), out=part)
    return np.clip(np.rint(filled, out=filled), 0, 255, out=filled).astype(np.uint8).transpose(0, 2, 3, 1)


def _bright_planes(colours: NDArray[np.uint8], places: NDArray[np.float64]) -> NDArray[np.float32]:
    """Fit a plane to the samples of each image, where darker ones count little: cells are darker than the field.

    Two steps of asymmetric least squares (Newey and Powell, 1987).

    Args:
        colours: uint8 RGB, shape (n, samples, 3).
        places: 1, column and row of each sample, shape (3, samples).

    Returns:
        For each image and colour the level at column and row 0, and the slopes per column and per row, shape (n, 3, 3).
    """
    values = colours.astype(np.float64)
    grey = values.sum(axis=2)
    middle = grey.shape[1] // 2
    planes = _weighted_planes(values, places, grey >= np.partition(grey, middle)[:, [middle]])
    planes = _weighted_planes(values, places, grey >= planes.sum(axis=1) @ places - 1e-3)
    return planes.astype(np.float32)


def _weighted_planes(values: NDArray[np.float64], places: NDArray[np.float64], bright: Mask) -> NDArray[np.floating]:
    """Fit planes to samples by least squares in which dark ones count little; shape (n, 3, 3)."""
    weighted = places * np.where(bright, 1.0, _DARKER)[:, np.newaxis]
    return np.linalg.solve(weighted @ places.T + _RIDGE, weighted @ values).transpose(0, 2, 1)
