"""Shape of nuclei, and how much of a cell they fill.

Lengths are in pixels of the image that is measured. Definitions are those of scikit-image's `regionprops` where it has
them, computed for all nuclei at once; form factor, roundness and convexity are those of Russ, The Image Processing
Handbook, 2011, chapter 11. docs/features.md says what each means.
"""

import numpy as np
from numpy.typing import NDArray

from leukosmear.cells.hulls import hulls_of

Labels = NDArray[np.int32]
Values = dict[str, NDArray[np.float64]]

_SQUARE = np.array([(-1, 0), (1, 0), (0, -1), (0, 1), (-1, -1), (-1, 1), (1, -1), (1, 1)])  # sides, then corners

# How long a border is at one of its pixels, by the number of border pixels at its sides and at its corners.
_STEPS = np.zeros((5, 5))
_STEPS[2:4, :3] = 1
_STEPS[[0, 1], [2, 3]] = np.sqrt(2)
_STEPS[[1, 1], [1, 2]] = (1 + np.sqrt(2)) / 2


def measure_shape(nuclei: Labels, cells: Labels) -> Values:
    """Measure the shape of every nucleus.

    Args:
        nuclei: int32 (height, width): 1 to n in the nuclei, 0 elsewhere.
        cells: int32 (height, width): the same numbers over nuclei and cytoplasm.

    Returns:
        An array of shape (n,) for each feature. The ratio to the cytoplasm is missing where none was seen.
    """
    n = int(nuclei.max(initial=0))
    rows, columns, owner = _pixels(nuclei)
    area = np.bincount(owner, minlength=n).astype(float)
    major, minor = _axes(rows, columns, owner, area)
    border = border_pixels(nuclei)
    perimeter = _perimeters(nuclei, *border, n)
    hulls = hulls_of(*border, nuclei[border])
    hull_area, hull_perimeter, diameter = (
        np.array([getattr(hull, what) for hull in hulls]) for what in ("area", "perimeter", "diameter")
    )
    cell_area = np.bincount(cells.ravel(), minlength=n + 1)[1 : n + 1].astype(float)
    cytoplasm = cell_area - area
    return {
        "area": area,
        "perimeter": perimeter,
        "equivalent_diameter": np.sqrt(4 * area / np.pi),
        "largest_diameter": diameter,
        "major_axis": major,
        "minor_axis": minor,
        "convex_area": hull_area,
        "convex_perimeter": hull_perimeter,
        "eccentricity": np.sqrt(1 - (minor / major) ** 2),
        "elongation": major / minor,
        "extent": area / _box_areas(rows, columns, owner, n),
        "solidity": area / hull_area,
        "convexity": hull_perimeter / perimeter,
        "form_factor": 4 * np.pi * area / perimeter**2,
        "roundness": 4 * area / (np.pi * major**2),
        "cell_area": cell_area,
        "cytoplasm_area": cytoplasm,
        "nucleus_to_cell_ratio": area / cell_area,
        "nucleus_to_cytoplasm_ratio": np.divide(area, cytoplasm, out=np.full(n, np.nan), where=cytoplasm > 0),
    }


def centroids(nuclei: Labels) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Column and row of the centre of each nucleus, both (n,)."""
    n = int(nuclei.max(initial=0))
    rows, columns, owner = _pixels(nuclei)
    area = np.bincount(owner, minlength=n)
    return np.bincount(owner, columns, n) / area, np.bincount(owner, rows, n) / area


def _pixels(nuclei: Labels) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]:
    """Row and column of all pixels of nuclei, and the number of each one's nucleus from 0."""
    flat = np.flatnonzero(nuclei)
    rows, columns = np.divmod(flat, nuclei.shape[1])
    return rows, columns, nuclei.ravel()[flat].astype(np.intp) - 1


def border_pixels(labels: Labels) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Rows and columns of the pixels that have a pixel of something else, or the frame, at one of their four sides."""
    stride = labels.shape[1] + 2
    padded = np.pad(labels, 1).ravel()
    places = np.flatnonzero(padded)
    own = padded[places]
    inside = np.ones(len(places), bool)
    for step in (-stride, stride, -1, 1):
        inside &= padded[places + step] == own
    rows, columns = np.divmod(places[~inside], stride)
    return rows - 1, columns - 1


def _axes(
    rows: NDArray[np.intp], columns: NDArray[np.intp], owner: NDArray[np.intp], area: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Major and minor axis of the ellipse with a region's second moments, in which each pixel is a square."""
    n = len(area)
    y = rows - (np.bincount(owner, rows, n) / area)[owner]
    x = columns - (np.bincount(owner, columns, n) / area)[owner]
    yy, xx, xy = (np.bincount(owner, product, n) / area for product in (y * y, x * x, x * y))
    middle = (yy + xx) / 2 + 1 / 12
    spread = np.sqrt(((yy - xx) / 2) ** 2 + xy**2)
    return 4 * np.sqrt(middle + spread), 4 * np.sqrt(middle - spread)


def _box_areas(
    rows: NDArray[np.intp], columns: NDArray[np.intp], owner: NDArray[np.intp], n: int
) -> NDArray[np.float64]:
    """Area of the smallest upright rectangle around each region."""
    sides = []
    for places in (rows, columns):
        first, last = np.full(n, np.iinfo(np.intp).max), np.zeros(n, np.intp)
        np.minimum.at(first, owner, places)
        np.maximum.at(last, owner, places)
        sides.append(last - first + 1.0)
    return sides[0] * sides[1]


def _perimeters(labels: Labels, rows: NDArray[np.intp], columns: NDArray[np.intp], n: int) -> NDArray[np.float64]:
    """Length of each border by the neighbours of its pixels (Benkrid and Crookes 2000), as scikit-image has it."""
    padded = np.zeros((labels.shape[0] + 2, labels.shape[1] + 2), np.int32)
    padded[rows + 1, columns + 1] = labels[rows, columns]
    own = labels[rows, columns]
    same = np.stack([padded[rows + 1 + down, columns + 1 + across] == own for down, across in _SQUARE])
    at_sides, at_corners = same[:4].sum(axis=0), same[4:].sum(axis=0)
    steps = _STEPS[at_sides, at_corners]
    return np.bincount(own - 1, steps, n).astype(np.float64)
