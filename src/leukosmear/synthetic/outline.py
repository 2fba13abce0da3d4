"""Closed outlines and the patches of pixels around them.

Coordinates: an image is a field of 4:3, squeezed to a square. Lengths are in rows of the image, so that a
column is `aspect_ratio` long; shapes are evaluated right on the squeezed pixels, which spares a resampling.
"""

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.float64]
Directions = NDArray[np.complex128]


@dataclass(frozen=True, slots=True)
class Outline:
    """A closed curve around a centre: r(angle) = radius * (1 + sum of a_k cos(k angle - p_k) - cleft).

    Attributes:
        radius: Mean radius.
        orders: Angular orders k of the perturbation, ascending.
        amplitudes: Amplitudes a_k over the radius, shape (n,).
        phases: Phases p_k in radians, shape (n,).
        cleft_angle: Direction of the cleft, in radians.
        cleft_depth: Depth of the cleft over the radius; 0 for none.
    """

    radius: float
    orders: tuple[int, ...]
    amplitudes: Image
    phases: Image
    cleft_angle: float = 0.0
    cleft_depth: float = 0.0

    @property
    def reach(self) -> float:
        """A radius that the curve stays within."""
        return self.radius * (1 + float(np.abs(self.amplitudes).sum()))

    def at(self, direction: Directions) -> Image:
        """Return the radius in each direction, given as complex numbers of modulus 1."""
        # cos(k angle - p) is the real part of direction ** k * exp(-i p): powers are faster than cosines
        total = np.ones_like(direction)
        power, reached = np.ones_like(direction), 0
        for order, coefficient in zip(self.orders, self.amplitudes * np.exp(-1j * self.phases), strict=True):
            if coefficient == 0:
                continue
            for _ in range(order - reached):
                power *= direction
            reached = order
            total += coefficient * power
        scale = total.real
        if self.cleft_depth:
            facing = (direction * np.exp(-1j * self.cleft_angle)).real
            scale = scale - self.cleft_depth * np.exp((facing - 1) / 0.04)
        return self.radius * scale


class Patch(NamedTuple):
    """The pixels around a point of a field, in polar coordinates about it.

    Attributes:
        row: Topmost row in the field.
        column: Leftmost column in the field.
        distance: Distance of each pixel from the point, in rows, shape (h, w).
        direction: Direction of each pixel as a complex number of modulus 1, shape (h, w).
    """

    row: int
    column: int
    distance: Image
    direction: Directions


def random_outline(
    radius: float,
    irregularity: float,
    rng: np.random.Generator,
    orders: tuple[int, ...] = (2, 3, 4, 5),
    cleft_depth: float = 0.0,
) -> Outline:
    """Draw an outline whose radius varies by `irregularity` (standard deviation over mean)."""
    # smooth outlines: amplitudes fall with the order
    weights = np.abs(rng.normal(size=len(orders))) / np.array(orders)
    amplitudes = weights * (irregularity * np.sqrt(2.0) / max(math.sqrt(float(weights @ weights)), 1e-9))
    phases = rng.uniform(0, 2 * np.pi, len(orders))
    return Outline(radius, orders, amplitudes, phases, float(rng.uniform(-np.pi, np.pi)), cleft_depth)


def patch_around(x: float, y: float, reach: float, aspect_ratio: float) -> Patch:
    """Return the pixels within `reach` rows of a point (x, y), given in rows."""
    top, bottom = math.floor(y - reach), math.ceil(y + reach) + 1
    left, right = math.floor((x - reach) / aspect_ratio), math.ceil((x + reach) / aspect_ratio) + 1
    # centres of pixels are at half coordinates
    dy = np.arange(top, bottom)[:, np.newaxis] + 0.5 - y
    dx = (np.arange(left, right)[np.newaxis, :] + 0.5) * aspect_ratio - x
    return Patch(top, left, *polar(dx + 1j * dy))


def polar(places: Directions) -> tuple[Image, Directions]:
    """Return the distance from 0 of each complex number, and its direction."""
    distance = np.maximum(np.abs(places), 1e-9)
    return distance, places / distance


def soft_step(depth: Image, softness: float = 0.8) -> Image:
    """Return 0 outside, 1 inside and a smooth ramp between, for a depth below an outline in rows."""
    t = np.clip(depth / (2 * softness) + 0.5, 0.0, 1.0)
    return t * t * (3.0 - 2.0 * t)


def overlap(
    patch: Patch, offset_x: int, offset_y: int, size: int
) -> tuple[tuple[slice, slice], tuple[slice, slice]] | None:
    """Return the part of the frame that a patch covers, and the same part of the patch.

    Args:
        patch: Pixels in the coordinates of the field.
        offset_x: Leftmost column of the frame in the field.
        offset_y: Topmost row of the frame in the field.
        size: Width and height of the frame in pixels.

    Returns:
        Slices into the frame and slices into the patch, or None where the two do not meet.
    """
    top, left = patch.row - offset_y, patch.column - offset_x
    height, width = patch.distance.shape
    rows, columns = (max(top, 0), min(top + height, size)), (max(left, 0), min(left + width, size))
    if rows[0] >= rows[1] or columns[0] >= columns[1]:
        return None
    return (
        (slice(*rows), slice(*columns)),
        (slice(rows[0] - top, rows[1] - top), slice(columns[0] - left, columns[1] - left)),
    )
