"""Red cells: biconcave discs, paler in the middle, some clumped, scalloped or deformed."""

from dataclasses import dataclass

import numpy as np

from leukosmear.synthetic.acquisition import Preparation
from leukosmear.synthetic.outline import (
    Image,
    Outline,
    Patch,
    patch_around,
    soft_step,
)

# Mean diameter of a red cell on a smear, a little over 7 um in healthy adults, and its standard deviation
_DIAMETER = 7.3
_DIAMETER_SD = 0.5


@dataclass(frozen=True, slots=True)
class RedCell:
    """A red cell in a field; lengths in rows of the image.

    Attributes:
        x: Centre, from the left.
        y: Centre, from the top.
        outline: Its outline.
        density: Amount of haemoglobin in the rim.
        pallor: Depth of the central pallor, 0 to 1.
        pallor_width: Radius of the pallor over the cell's.
    """

    x: float
    y: float
    outline: Outline
    density: float
    pallor: float
    pallor_width: float


def random_red_cells(
    width: float, height: float, number: int, pixel_size: float, smear: Preparation, rng: np.random.Generator
) -> list[RedCell]:
    """Draw the red cells of a field, blind to what else it holds.

    Args:
        width: Width of the field in rows of the image.
        height: Height of the field in rows of the image.
        number: How many red cells.
        pixel_size: Height of a row, in um.
        smear: The preparation.
        rng: Generator of the field's red cells.

    Returns:
        The red cells, which may overlap one another.
    """
    radii = (_DIAMETER + _DIAMETER_SD * np.clip(rng.normal(size=number), -2, 2)) / 2 / pixel_size
    centres = _random_centres(width, height, radii, smear.clumping, rng)
    # a few have no pallor (spherocytes, or cells seen out of focus), and these look denser
    has_pallor = rng.random(number) < 0.85
    densities = np.clip(rng.normal(np.where(has_pallor, 0.95, 1.15), 0.12), 0.5, 1.6)
    pallors = np.where(has_pallor, smear.pallor * rng.uniform(0.6, 1.0, number), 0.1)
    widths = smear.pallor_width * rng.uniform(0.8, 1.2, number)
    outlines = _random_outlines(radii, smear.crenation, rng)
    return [
        RedCell(float(x), float(y), *rest)
        for (x, y), *rest in zip(centres, outlines, densities.tolist(), pallors.tolist(), widths.tolist(), strict=True)
    ]


def _random_centres(width: float, height: float, radii: Image, clumping: float, rng: np.random.Generator) -> Image:
    """Draw centres, shape (n, 2): each anywhere, or beside an earlier cell, as in rouleaux."""
    number = len(radii)
    centres = rng.uniform((0.0, 0.0), (width, height), size=(number, 2))
    joins, goes_on = rng.random(number) < clumping, rng.random(number) < 0.7
    angles, gaps = rng.uniform(0, 2 * np.pi, number), radii * rng.uniform(1.15, 2.05, number)
    neighbours = (rng.random(number) * np.arange(number)).astype(int)
    steps = gaps[:, np.newaxis] * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    for index in range(1, number):
        if not joins[index]:
            continue
        beside = centres[index - 1 if goes_on[index] else neighbours[index]] + steps[index]
        away = np.hypot(*(centres[:index] - beside).T)
        # no more than two cells on top of one another: heaps would be black
        if (away < 1.6 * radii[index]).sum() <= 1:
            centres[index] = beside
    return centres


def _random_outlines(radii: Image, crenation: float, rng: np.random.Generator) -> list[Outline]:
    """Draw an outline for each radius: rounded, a few deformed, some scalloped."""
    number, orders = len(radii), (2, 3, 4, 9, 11)
    irregularity = np.where(rng.random(number) < 0.08, 0.13, 0.05)
    amplitudes = np.abs(rng.normal(size=(number, len(orders)))) * irregularity[:, np.newaxis]
    amplitudes *= np.array([0.9, 0.5, 0.3, 0.0, 0.0])
    is_crenated = rng.random(number) < crenation
    amplitudes[:, 3:] = is_crenated[:, np.newaxis] * np.array([0.03, 0.025])
    phases = rng.uniform(0, 2 * np.pi, size=(number, len(orders)))
    return [
        Outline(radius, orders, amplitude, phase)
        for radius, amplitude, phase in zip(radii.tolist(), amplitudes, phases, strict=True)
    ]


def draw_red_cell(cell: RedCell, aspect_ratio: float) -> tuple[Patch, Image]:
    """Return the pixels around a red cell and the amount of haemoglobin in each."""
    patch = patch_around(cell.x, cell.y, cell.outline.reach + 2, aspect_ratio)
    edge = cell.outline.at(patch.direction)
    share = patch.distance / edge
    pallor = cell.pallor * np.exp(-((share / cell.pallor_width) ** 2))
    rim = 0.3 * np.exp(-(((share - 0.86) / 0.12) ** 2))
    return patch, cell.density * soft_step(edge - patch.distance) * (1 - pallor + rim)
