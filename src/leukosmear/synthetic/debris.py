"""What else lies on a smear: platelets, smudge cells and stain precipitate, whatever the class."""

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter

from leukosmear.synthetic.acquisition import Preparation
from leukosmear.synthetic.outline import (
    Image,
    Outline,
    Patch,
    patch_around,
    random_outline,
    soft_step,
)
from leukosmear.synthetic.staining import CHROMATIN, CYTOPLASM, N_DYES, SMUDGE


@dataclass(frozen=True, slots=True)
class Debris:
    """A body without a structure of its own; lengths in rows of the image.

    Attributes:
        x: Centre, from the left.
        y: Centre, from the top.
        outline: Its outline.
        amounts: Amount of each dye, shape (N_DYES,).
        grain: Size of its granules (sigma).
        contrast: Standard deviation of its density over the mean.
        softness: Half the width of its edge.
        texture_seed: Seed of its texture.
    """

    x: float
    y: float
    outline: Outline
    amounts: Image
    grain: float
    contrast: float
    softness: float
    texture_seed: int


def random_debris(
    width: float,
    height: float,
    frames: float,
    pixel_size: float,
    smear: Preparation,
    rng: np.random.Generator,
) -> list[Debris]:
    """Draw the debris of a field of some `frames` frames; lengths in rows of the image."""
    bodies = [
        _platelet(rng.uniform(0, width), rng.uniform(0, height), pixel_size, rng)
        for _ in range(rng.poisson(smear.platelets * frames))
    ]
    bodies += [
        _smudge(rng.uniform(0, width), rng.uniform(0, height), pixel_size, rng)
        for _ in range(rng.poisson(smear.smudges * frames))
    ]
    for _ in range(rng.poisson(smear.precipitate * frames / 4)):
        # precipitate comes in small swarms
        x, y = rng.uniform(0, width), rng.uniform(0, height)
        spread = rng.uniform(1.0, 4.0) / pixel_size
        places = rng.normal([x, y], spread, size=(1 + rng.poisson(4), 2))
        bodies += [_speck(px, py, pixel_size, rng) for px, py in places.tolist()]
    return bodies


def _amounts(chromatin: float = 0.0, cytoplasm: float = 0.0, smudge: float = 0.0) -> Image:
    amounts = np.zeros(N_DYES)
    amounts[[CHROMATIN, CYTOPLASM, SMUDGE]] = chromatin, cytoplasm, smudge
    return amounts


def _platelet(x: float, y: float, pixel_size: float, rng: np.random.Generator) -> Debris:
    outline = random_outline(rng.uniform(0.8, 1.5) / pixel_size, 0.18, rng)
    amounts = _amounts(chromatin=rng.uniform(0.2, 0.5), cytoplasm=rng.uniform(0.2, 0.5))
    return Debris(x, y, outline, amounts, 0.4 / pixel_size, 0.35, 1.0, int(rng.integers(2**63)))


def _smudge(x: float, y: float, pixel_size: float, rng: np.random.Generator) -> Debris:
    orders = (2, 3, 4, 5, 7, 9, 13)
    outline = random_outline(rng.uniform(4.5, 8.0) / pixel_size, 0.2, rng, orders)
    amounts = _amounts(chromatin=rng.uniform(0.0, 0.12), smudge=rng.uniform(0.5, 1.0))
    return Debris(x, y, outline, amounts, 0.7 / pixel_size, 0.25, 2.4, int(rng.integers(2**63)))


def _speck(x: float, y: float, pixel_size: float, rng: np.random.Generator) -> Debris:
    outline = random_outline(rng.uniform(0.15, 0.45) / pixel_size, 0.1, rng)
    return Debris(x, y, outline, _amounts(chromatin=rng.uniform(0.4, 1.0)), 1.0, 0.0, 0.8, int(rng.integers(2**63)))


def draw_debris(body: Debris, aspect_ratio: float) -> tuple[Patch, Image]:
    """Return the pixels around a body and the amount of each dye there, shape (h, w, N_DYES)."""
    patch = patch_around(body.x, body.y, body.outline.reach + 3, aspect_ratio)
    cover = soft_step(body.outline.at(patch.direction) - patch.distance, body.softness)
    noise = np.random.default_rng(body.texture_seed).normal(size=cover.shape)
    granules = gaussian_filter(noise, (body.grain, body.grain / aspect_ratio), mode="wrap")
    density = np.maximum(1 + body.contrast * granules / granules.std(), 0.0) * cover
    return patch, density[..., np.newaxis] * body.amounts
