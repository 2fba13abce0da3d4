"""A field of a smear, two frames wide and high, of which photographs show a frame each.

Every field depends on its name alone, so that fields can be drawn in any order and shown again, shifted.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from leukosmear.synthetic.acquisition import Preparation, photograph, random_acquisition
from leukosmear.synthetic.cells import StainedCell, draw_cell, random_cells
from leukosmear.synthetic.debris import Debris, draw_debris, random_debris
from leukosmear.synthetic.outline import Image, overlap
from leukosmear.synthetic.parameters import SampleDataParameters, ScaleBarKind
from leukosmear.synthetic.red_cells import RedCell, draw_red_cell, random_red_cells
from leukosmear.synthetic.scale_bar import draw_scale_bar
from leukosmear.synthetic.seeding import generator
from leukosmear.synthetic.staining import CHROMATIN, CYTOPLASM, HAEMOGLOBIN, N_DYES

# A field is this many frames wide and high: room to shift a frame by up to its own size.
_FRAMES = 2


@dataclass(frozen=True, slots=True)
class Frame:
    """Where a photograph looks.

    Attributes:
        offset_x: Leftmost column in the field.
        offset_y: Topmost row in the field.
        size: Width and height in pixels.
        aspect_ratio: Width of a column over the height of a row.
    """

    offset_x: int
    offset_y: int
    size: int
    aspect_ratio: float

    def holds(self, x: float, y: float) -> bool:
        """Tell whether a point of the field, in rows, lies in the frame."""
        return 0 <= x / self.aspect_ratio - self.offset_x < self.size and 0 <= y - self.offset_y < self.size


def stained_cells(field_id: str, label: str, parameters: SampleDataParameters) -> list[StainedCell]:
    """Draw the stained cells of a field: all of it that depends on the class."""
    height = float(parameters.image_size)
    width = height * parameters.aspect_ratio
    tiles = [(i * width, j * height, width, height) for j in range(_FRAMES) for i in range(_FRAMES)]
    rng = generator(parameters.seed, "cells", field_id)
    return random_cells(tiles, parameters.classes[label], parameters.pixel_size, rng)


def draw_photograph(
    label: str,
    acquisition_id: str,
    field_id: str,
    photograph_id: str,
    offset_x: int,
    offset_y: int,
    scale_bar: ScaleBarKind,
    parameters: SampleDataParameters,
) -> NDArray[np.uint8]:
    """Draw one image of the sample.

    All arithmetic is in double precision: the last digits of `exp` differ between processors, and only
    there are they too small to turn a rounded pixel.

    Args:
        label: Class of the stained cells.
        acquisition_id: Name of the acquisition.
        field_id: Name of the field.
        photograph_id: Name of the photograph: its focus, exposure and noise.
        offset_x: Leftmost column of the frame in the field, in pixels.
        offset_y: Topmost row of the frame in the field, in pixels.
        scale_bar: Kind of scale bar.
        parameters: The block `sample_data`.

    Returns:
        uint8 RGB, shape (image_size, image_size, 3).
    """
    acquisition = random_acquisition(acquisition_id, parameters.seed)
    frame = Frame(offset_x, offset_y, parameters.image_size, parameters.aspect_ratio)
    cells = stained_cells(field_id, label, parameters)
    red_cells, debris = _bystanders(field_id, acquisition.preparation, parameters)
    rng = generator(parameters.seed, "haze", field_id)
    amounts = _haze(frame, acquisition.preparation.haze, rng)
    _add_red_cells(amounts, _away_from(red_cells, cells), frame)
    _add_debris(amounts, debris, frame)
    _cover_with_cells(amounts, cells, frame)
    light = acquisition.stain.transmit(amounts)
    rng = generator(parameters.seed, "exposure", photograph_id)
    image = photograph(light, acquisition.camera, parameters.aspect_ratio, rng)
    return draw_scale_bar(image, scale_bar)


def _bystanders(
    field_id: str, smear: Preparation, parameters: SampleDataParameters
) -> tuple[list[RedCell], list[Debris]]:
    height = float(parameters.image_size * _FRAMES)
    width, frames = height * parameters.aspect_ratio, _FRAMES * _FRAMES
    rng = generator(parameters.seed, "red cells", field_id)
    number = int(rng.poisson(parameters.red_cells_per_frame * smear.red_cell_density * frames))
    red_cells = random_red_cells(width, height, number, parameters.pixel_size, smear, rng)
    rng = generator(parameters.seed, "debris", field_id)
    return red_cells, random_debris(width, height, frames, parameters.pixel_size, smear, rng)


def _away_from(red_cells: list[RedCell], cells: list[StainedCell]) -> list[RedCell]:
    """Drop the red cells that lie under a stained one.

    They are not put elsewhere: between the stained cells, red cells are as dense in one class as in another.
    """
    if not cells or not red_cells:
        return red_cells
    reds = np.array([(red.x, red.y, red.outline.radius) for red in red_cells])
    stained = np.array([(cell.x + cell.shift_x, cell.y + cell.shift_y, cell.body.radius) for cell in cells])
    gaps = np.hypot(*(reds[:, np.newaxis, :2] - stained[:, :2]).transpose(2, 0, 1))
    is_free = (gaps > stained[:, 2] + 0.7 * reds[:, 2:]).all(axis=1)
    return [red for red, free in zip(red_cells, is_free, strict=True) if free]


def _haze(frame: Frame, haze: float, rng: np.random.Generator) -> Image:
    """Return an empty smear: dried plasma, in a few slow waves over the field."""
    amounts = np.zeros((frame.size, frame.size, N_DYES))
    y = (frame.offset_y + np.arange(frame.size)) / frame.size
    x = (frame.offset_x + np.arange(frame.size)) / frame.size
    waves = np.zeros((frame.size, frame.size))
    for _ in range(5):
        across, down, phase = rng.normal(0, 9), rng.normal(0, 9), rng.uniform(0, 2 * np.pi)
        # cos(a + b), without a cosine per pixel
        waves += np.outer(np.cos(down * y + phase), np.cos(across * x)) / 5
        waves -= np.outer(np.sin(down * y + phase), np.sin(across * x)) / 5
    amounts[..., CYTOPLASM] = haze * 4 * (1 + waves)
    return amounts


def _add_red_cells(amounts: Image, red_cells: list[RedCell], frame: Frame) -> None:
    margin = 2 * max((red.outline.radius for red in red_cells), default=0.0)
    for red in red_cells:
        if not _is_near(red.x, red.y, margin, frame):
            continue
        patch, haemoglobin = draw_red_cell(red, frame.aspect_ratio)
        if where := overlap(patch, frame.offset_x, frame.offset_y, frame.size):
            below, above = amounts[..., HAEMOGLOBIN][where[0]], haemoglobin[where[1]]
            # flattened against each other, two cells are thinner than their sum
            amounts[..., HAEMOGLOBIN][where[0]] = below + above - 0.6 * np.minimum(below, above)


def _add_debris(amounts: Image, debris: list[Debris], frame: Frame) -> None:
    for body in debris:
        if not _is_near(body.x, body.y, 2 * body.outline.radius + 4, frame):
            continue
        patch, dyes = draw_debris(body, frame.aspect_ratio)
        if where := overlap(patch, frame.offset_x, frame.offset_y, frame.size):
            amounts[where[0]] += dyes[where[1]]


def _cover_with_cells(amounts: Image, cells: list[StainedCell], frame: Frame) -> None:
    for cell in cells:
        if not _is_near(cell.x, cell.y, 2 * cell.body.radius + 4, frame):
            continue
        patch, cover, chromatin, cytoplasm = draw_cell(cell, frame.aspect_ratio)
        if where := overlap(patch, frame.offset_x, frame.offset_y, frame.size):
            part = amounts[where[0]]
            # a cell is thicker than a red one and hides most of what it lies on
            part *= 1 - 0.92 * cover[where[1]][..., np.newaxis]
            part[..., CHROMATIN] += chromatin[where[1]]
            part[..., CYTOPLASM] += cytoplasm[where[1]]


def _is_near(x: float, y: float, margin: float, frame: Frame) -> bool:
    column, row = x / frame.aspect_ratio - frame.offset_x, y - frame.offset_y
    return -margin <= column <= frame.size + margin and -margin <= row <= frame.size + margin
