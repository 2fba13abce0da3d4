"""Drawn smears whose cells are known."""

from collections.abc import Iterable

import numpy as np
from skimage.draw import ellipse

FIELD = (250, 250, 250)
RED_CELL = (190, 195, 205)
NUCLEUS = (90, 50, 150)
CYTOPLASM = (140, 165, 230)
SMUDGE = (225, 180, 230)

SHAPE = (224, 298)


def draw(*ellipses: tuple[tuple[int, int, int], float, float, float, float]) -> np.ndarray:
    """A field with ellipses, later ones on top: colour, row, column, and radius down and across."""
    image = np.full((*SHAPE, 3), FIELD, np.uint8)
    for colour, row, column, down, across in ellipses:
        image[ellipse(row, column, down, across, SHAPE)] = colour
    return image


def disk_mask(row: float, column: float, radius: float, shape: tuple[int, int] = SHAPE) -> np.ndarray:
    """Bool: the pixels whose centres are nearer than the radius."""
    y, x = np.ogrid[: shape[0], : shape[1]]
    return (y - row) ** 2 + (x - column) ** 2 < radius**2


def labels_of(masks: Iterable[np.ndarray]) -> np.ndarray:
    """Number masks from 1."""
    masks = list(masks)
    labels = np.zeros(masks[0].shape, np.int32)
    for number, mask in enumerate(masks, 1):
        labels[mask] = number
    return labels
