"""Stained cells: a nucleus with chromatin, nucleoli and clefts inside an off-centre cytoplasm.

The classes are caricatures, kept apart so that a small network can learn them from few images. They follow
the haematology (lymphocyte-like cells are small and dense, blasts larger and paler, with nucleoli) but they
are made to test software and are no model of the disease.
"""

import math
from dataclasses import dataclass, replace

import numpy as np
from scipy.ndimage import gaussian_filter

from leukosmear.synthetic.outline import (
    Image,
    Outline,
    Patch,
    patch_around,
    polar,
    random_outline,
    soft_step,
)
from leukosmear.synthetic.parameters import CellClass
from leukosmear.synthetic.seeding import sample

# Cells press against one another: centres come as close as this share of the sum of their radii.
_CLOSEST = 0.93
_ATTEMPTS = 40


@dataclass(frozen=True, slots=True)
class StainedCell:
    """A stained cell in a field; lengths in rows of the image.

    Attributes:
        x: Centre of the nucleus, from the left.
        y: Centre of the nucleus, from the top.
        nucleus: Outline of the nucleus.
        body: Outline of the cell.
        shift_x: Centre of the cell minus that of the nucleus.
        shift_y: Centre of the cell minus that of the nucleus.
        density: Amount of chromatin.
        contrast: Standard deviation of the chromatin over its mean.
        grain: Size of the chromatin's clumps (sigma).
        nucleoli: Distance from the centre, direction and radius of each nucleolus, shape (n, 3).
        cytoplasm: Amount of cytoplasm.
        texture_seed: Seed of the chromatin's texture.
    """

    x: float
    y: float
    nucleus: Outline
    body: Outline
    shift_x: float
    shift_y: float
    density: float
    contrast: float
    grain: float
    nucleoli: Image
    cytoplasm: float
    texture_seed: int


def random_cells(
    tiles: list[tuple[float, float, float, float]],
    look: CellClass,
    pixel_size: float,
    rng: np.random.Generator,
) -> list[StainedCell]:
    """Draw the stained cells of a field, a frame's worth in each of its tiles.

    Args:
        tiles: Left, top, width and height of each tile, in rows of the image.
        look: The class.
        pixel_size: Height of a row, in um.
        rng: Generator of the field's stained cells.

    Returns:
        The cells. Some touch; where a tile has no room left, it holds fewer than were drawn.
    """
    cells: list[StainedCell] = []
    for tile in tiles:
        for _ in range(int(rng.integers(look.fewest_cells, look.most_cells + 1))):
            cell = _random_cell(look, pixel_size, rng)
            place = _free_place(cell.body.radius, tile, cells, rng)
            if place is not None:
                cells.append(replace(cell, x=place[0], y=place[1]))
    return cells


def _free_place(
    radius: float,
    tile: tuple[float, float, float, float],
    cells: list[StainedCell],
    rng: np.random.Generator,
) -> tuple[float, float] | None:
    """Try places at random, one in three of them right beside another cell."""
    left, top, width, height = tile
    for _ in range(_ATTEMPTS):
        x, y = rng.uniform(left, left + width), rng.uniform(top, top + height)
        if cells and rng.random() < 0.35:
            beside = cells[int(rng.integers(len(cells)))]
            angle = rng.uniform(0, 2 * np.pi)
            reach = (radius + beside.body.radius) * rng.uniform(_CLOSEST, 1.03)
            x, y = beside.x + reach * math.cos(angle), beside.y + reach * math.sin(angle)
        inside = left <= x < left + width and top <= y < top + height
        if inside and all(
            math.hypot(cell.x - x, cell.y - y) >= _CLOSEST * (cell.body.radius + radius) for cell in cells
        ):
            return x, y
    return None


def _random_cell(look: CellClass, pixel_size: float, rng: np.random.Generator) -> StainedCell:
    radius = sample(look.nucleus_diameter, rng) / 2 / pixel_size
    cleft = rng.uniform(0.25, 0.45) if rng.random() < look.cleft_probability else 0.0
    nucleus = random_outline(radius, look.irregularity, rng, cleft_depth=cleft)
    # the second order of the outline is its elongation: (1 + a) / (1 - a) is the ratio of the axes
    ratio = max(sample(look.elongation, rng), 1.0)
    nucleus.amplitudes[0] = (ratio - 1) / (ratio + 1)
    body_radius = radius / min(max(sample(look.nuclear_fraction, rng), 0.2), 0.97) ** 0.5
    body = random_outline(body_radius, 0.5 * look.irregularity + 0.02, rng)
    body.amplitudes[0], body.phases[0] = 0.7 * nucleus.amplitudes[0], nucleus.phases[0]
    angle, shift = rng.uniform(0, 2 * np.pi), 0.75 * (body_radius - radius) * rng.uniform(0.3, 1.0)
    return StainedCell(
        x=0.0,
        y=0.0,
        nucleus=nucleus,
        body=body,
        shift_x=shift * math.cos(angle),
        shift_y=shift * math.sin(angle),
        density=sample(look.chromatin_density, rng),
        contrast=look.chromatin_contrast * rng.uniform(0.8, 1.2),
        grain=look.chromatin_grain / pixel_size,
        nucleoli=_random_nucleoli(look, radius, pixel_size, rng),
        cytoplasm=sample(look.cytoplasm_density, rng),
        texture_seed=int(rng.integers(2**63)),
    )


def _random_nucleoli(look: CellClass, radius: float, pixel_size: float, rng: np.random.Generator) -> Image:
    number = int(rng.integers(look.fewest_nucleoli, look.most_nucleoli + 1))
    if number == 0:
        return np.empty((0, 3))
    # spread over the directions, so that they do not fall on one another
    steps = np.arange(number) + rng.uniform(-0.35, 0.35, number)
    turns = rng.uniform(0, 2 * np.pi) + 2 * np.pi / number * steps
    distances = radius * rng.uniform(0.15, 0.6, number)
    sizes = look.nucleolus_diameter / 2 / pixel_size * rng.uniform(0.7, 1.2, number)
    return np.stack([distances, turns, sizes], axis=1)


def draw_cell(cell: StainedCell, aspect_ratio: float) -> tuple[Patch, Image, Image, Image]:
    """Draw a stained cell.

    Args:
        cell: The cell.
        aspect_ratio: Width of a column over the height of a row.

    Returns:
        The pixels around the cell and, in each, the cell's cover (0 to 1), the amount of chromatin and the
        amount of cytoplasm, each of the patch's shape.
    """
    shift = complex(cell.shift_x, cell.shift_y)
    reach = max(cell.body.reach + abs(shift), cell.nucleus.reach) + 3
    patch = patch_around(cell.x, cell.y, reach, aspect_ratio)
    places = patch.distance * patch.direction
    nuclear_depth = cell.nucleus.at(patch.direction) - patch.distance
    from_body, body_direction = polar(places - shift)
    # at least a thin seam of cytoplasm all around the nucleus
    body_depth = np.maximum(cell.body.at(body_direction) - from_body, nuclear_depth + 0.9)
    nuclear, cover = soft_step(nuclear_depth), soft_step(body_depth)
    chromatin = cell.density * (1 + cell.contrast * _texture(cell, patch, aspect_ratio))
    # the membrane shows as a darker line
    chromatin *= 1 + 0.16 * np.exp(-(((nuclear_depth - 1.2) / 1.4) ** 2))
    pale = np.zeros_like(nuclear)
    for distance, turn, radius in cell.nucleoli:
        away = np.abs(places - distance * np.exp(1j * turn)) / radius
        pale = np.maximum(pale, np.exp(-(away**4)))
        # chromatin gathers around a nucleolus
        chromatin *= 1 + 0.18 * np.exp(-(((away - 1.35) / 0.3) ** 2))
    chromatin = np.maximum(chromatin, 0.05) * (1 - 0.6 * pale) * nuclear
    # basophilia is strongest along the cell's border
    rim = 1 + 0.25 * np.exp(-((body_depth / 2.2) ** 2))
    cytoplasm = cell.cytoplasm * cover * (rim * (1 - nuclear) + 0.8 * pale * nuclear)
    return patch, cover, chromatin, cytoplasm


def _texture(cell: StainedCell, patch: Patch, aspect_ratio: float) -> Image:
    """Return band-passed noise of mean 0 and standard deviation 1: the chromatin's clumps."""
    noise = np.random.default_rng(cell.texture_seed).normal(size=patch.distance.shape)
    sigma = np.array([cell.grain, cell.grain / aspect_ratio])
    clumps = gaussian_filter(noise, sigma, mode="wrap") - gaussian_filter(noise, 2.5 * sigma, mode="wrap")
    return (clumps - clumps.mean()) / clumps.std()
