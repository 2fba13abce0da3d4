"""Convex hulls of labelled regions."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import ConvexHull


@dataclass(frozen=True)
class Hull:
    """Find the convex hull of a region's pixels, each of them a square, not a point.

    Attributes:
        area: In pixels; never less than the region's.
        perimeter: Its length, in pixels.
        diameter: The greatest distance of two of its points, in pixels (Feret's).
    """

    area: float
    perimeter: float
    diameter: float


def hulls_of(rows: NDArray[np.integer], columns: NDArray[np.integer], owner: NDArray[np.integer]) -> list[Hull]:
    """Find the convex hulls of regions, in the order of their numbers.

    Args:
        rows: Row of each pixel; pixels on the regions' borders are enough.
        columns: Column of each pixel.
        owner: Number of the region of each pixel.
    """
    if not len(rows):
        return []
    # Of all corners of pixels on one horizontal line only the first and the last can be corners of the hull.
    n_lines = int(rows.max()) + 2
    top = owner.astype(np.intp) * n_lines + rows
    lines, line = np.unique(np.concatenate([top, top + 1]), return_inverse=True)
    left, right = np.full(len(lines), columns.max() + 1), np.zeros(len(lines), columns.dtype)
    np.minimum.at(left, line, np.tile(columns, 2))
    np.maximum.at(right, line, np.tile(columns + 1, 2))
    region, y = np.divmod(lines, n_lines)
    corners = np.stack([left, y, right, y], axis=1)
    parts = np.split(corners, np.flatnonzero(np.diff(region)) + 1)
    return [_hull(part.reshape(-1, 2)) for part in parts]


def _hull(points: NDArray[np.integer]) -> Hull:
    hull = ConvexHull(points)
    across, down = (part - part[:, np.newaxis] for part in points[hull.vertices].T)
    # In the plane, what Qhull calls volume is the area, and what it calls area is the perimeter.
    return Hull(float(hull.volume), float(hull.area), float(np.sqrt((across**2 + down**2).max())))
