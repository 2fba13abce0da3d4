"""Convex hulls of labelled regions."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import ConvexHull, distance


@dataclass(frozen=True)
class Hull:
    """The convex hull of a region's pixels, each of them a square, not a point.

    Attributes:
        area: In pixels; never less than the region's.
        perimeter: Its length, in pixels.
        diameter: The greatest distance of two of its points, in pixels (Feret's).
    """

    area: float
    perimeter: float
    diameter: float


def hull_of(rows: NDArray[np.integer], columns: NDArray[np.integer]) -> Hull:
    """The convex hull of some pixels, of which those on the region's border are enough.

    Args:
        rows: Row of each pixel, ascending, as `np.nonzero` returns it.
        columns: Column of each pixel, ascending within a row.
    """
    first = np.flatnonzero(np.diff(rows, prepend=-1))
    top, left, right = rows[first], columns[first], columns[np.append(first[1:], len(rows)) - 1] + 1
    corners = np.concatenate([top, top + 1, top, top + 1, left, left, right, right]).reshape(2, -1).T
    hull = ConvexHull(corners)
    # In the plane, what Qhull calls volume is the area, and what it calls area is the perimeter.
    return Hull(float(hull.volume), float(hull.area), float(distance.pdist(corners[hull.vertices]).max()))
