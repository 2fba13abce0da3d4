"""Images in which cells or background are not what they were, to see which of the two a network goes by."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter

from leukosmear.cells.lengths import length
from leukosmear.cells.morphology import dilate_by_disk
from leukosmear.cells.regions import BACKGROUND, CELL

AS_THEY_ARE = "as_they_are"
ON_PLAIN_COLOUR, ON_OWN_CLASS, ON_OTHER_CLASS, PAINTED_OVER = (
    "cells_on_plain_colour",
    "cells_on_own_class",
    "cells_on_other_class",
    "cells_painted_over",
)
# Interventions by their names in tables, and how people call them.
INTERVENTIONS = {
    AS_THEY_ARE: "as they are",
    ON_PLAIN_COLOUR: "cells on one plain colour",
    ON_OWN_CLASS: "cells on a background of their class",
    ON_OTHER_CLASS: "cells on another class\u2019s background",
    PAINTED_OVER: "cells painted over",
}

_MARGIN = 3  # pixels around a cell, in a frame of 224, that go with it: halo and blur
_SOFTNESS = 1.0  # standard deviation in such pixels of the transition, so that no edge is sharper than those of cells
# How far away a patch of background may be taken from, as shares of height and width.
_SHIFTS = ((0, 0.17), (0.17, 0), (0, -0.17), (-0.17, 0), (0.31, 0.31), (-0.31, 0.31), (0.31, -0.31), (-0.31, -0.31))
_BLURS = (2.0, 8.0, 32.0)  # standard deviations, for what no shift covers


def paint_over(pixels: np.ndarray, regions: np.ndarray) -> np.ndarray:
    """Paint over the cells of an image with background of the same image.

    Patches are copied from elsewhere in the image: smooth ones would show where cells were, and how many.

    Args:
        pixels: uint8 array of shape (height, width, 3).
        regions: uint8 array of shape (height, width).

    Returns:
        A new image of the same shape and type.
    """
    softly, covered = _cells(regions)
    free = ~covered & (regions == BACKGROUND)
    image = pixels.astype(np.float32)
    filled, missing = image.copy(), covered.copy()
    for down, across in _SHIFTS:
        shift = (round(down * pixels.shape[0]), round(across * pixels.shape[1]))
        here = missing & np.roll(free, shift, axis=(0, 1))
        filled[here] = np.roll(image, shift, axis=(0, 1))[here]
        missing &= ~here
    for sigma in _BLURS if missing.any() else ():
        known = ~missing
        weight = gaussian_filter(known.astype(np.float32), sigma)
        blurred = gaussian_filter(filled * known[..., None], (sigma, sigma, 0)) / np.maximum(weight, 1e-6)[..., None]
        here = missing & (weight > 0.02)
        filled[here] = blurred[here]
        missing &= ~here
    return _blend(filled, image, softly)


def put_cells_on(pixels: np.ndarray, regions: np.ndarray, background: np.ndarray) -> np.ndarray:
    """Put the cells of an image, with a margin of a few pixels, onto another background.

    Args:
        pixels: uint8 array of shape (height, width, 3).
        regions: uint8 array of shape (height, width).
        background: uint8 array of the image's shape, or one colour, shape (3,).

    Returns:
        A new image of the same shape and type.
    """
    return _blend(pixels, background, _cells(regions)[0])


def _cells(regions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Tell how much each pixel belongs to a cell, 0 to 1; and which pixels do at all."""
    scale = length(1, regions.shape)
    grown = dilate_by_disk(regions == CELL, round(_MARGIN * scale))
    softly = gaussian_filter(grown.astype(np.float32), _SOFTNESS * scale)
    return softly, softly > 0.02


def _blend(inside: np.ndarray, outside: np.ndarray, softly: np.ndarray) -> np.ndarray:
    share = softly[..., None]
    return np.clip(np.rint(share * inside + (1 - share) * outside), 0, 255).astype(np.uint8)


def background_colour(pixels: np.ndarray, regions: np.ndarray) -> np.ndarray:
    """Average the background's colour over all images: one for all, so that it tells nothing of any.

    Args:
        pixels: uint8 array of shape (n, height, width, 3).
        regions: uint8 array of shape (n, height, width).

    Returns:
        Red, green and blue, 0 to 255, float64 of shape (3,).
    """
    is_background = regions == BACKGROUND
    return np.einsum("nhwc,nhw->c", pixels, is_background, dtype=np.float64) / max(is_background.sum(), 1)


def choose_donors(labels: np.ndarray, same_class: bool) -> np.ndarray:
    """Choose for each image another one whose background it gets.

    Donors take turns, so that each serves about as often as the others of its class. Of the same class it is the one
    half the class further on in the order of the images, which is probably of another smear.

    Args:
        labels: int64 array of shape (n,).
        same_class: Whether the donor is of the image's own class, or of one of the others in turn.

    Returns:
        int64 array of shape (n,): positions of the donors; -1 where there is no image to take.
    """
    members = {label: np.flatnonzero(labels == label) for label in np.unique(labels)}
    donors = np.full(len(labels), -1)
    for label, own in members.items():
        others = [label] if same_class else [other for other in members if other != label]
        for place, image in enumerate(own):
            if same_class and len(own) > 1:
                donors[image] = own[(place + len(own) // 2) % len(own)]
            elif not same_class and others:
                donor_class = members[others[place % len(others)]]
                donors[image] = donor_class[place // len(others) % len(donor_class)]
    return donors


@dataclass(frozen=True)
class Intervention:
    """One way to alter images.

    Attributes:
        images: int64 array of shape (m,): positions of the images that it can be done to.
        donors: int64 array of shape (m,): positions of the images whose background they get; None where it is no
            image's.
        alter: From an image's place in `images` to the altered image, uint8 of shape (height, width, 3).
    """

    images: np.ndarray
    donors: np.ndarray | None
    alter: Callable[[int], np.ndarray]


def plan_interventions(pixels: np.ndarray, regions: np.ndarray, labels: np.ndarray) -> dict[str, Intervention]:
    """Say how images are altered, without doing it yet, which would take their memory several times over.

    Args:
        pixels: uint8 array of shape (n, height, width, 3).
        regions: uint8 array of shape (n, height, width).
        labels: int64 array of shape (n,).

    Returns:
        By name: `cells_on_plain_colour` keeps the cells, on the mean colour of all backgrounds; `cells_on_own_class`
        and `cells_on_other_class` put them onto the background of another image of the same class, or of another
        class, whose cells are painted over; `cells_painted_over` keeps the background. What would need an image that
        is not there is left out.
    """
    everyone, colour = np.arange(len(labels)), background_colour(pixels, regions)
    plans = {
        ON_PLAIN_COLOUR: Intervention(everyone, None, lambda i: put_cells_on(pixels[i], regions[i], colour)),
        PAINTED_OVER: Intervention(everyone, None, lambda i: paint_over(pixels[i], regions[i])),
    }
    for name, same_class in ((ON_OWN_CLASS, True), (ON_OTHER_CLASS, False)):
        donors = choose_donors(labels, same_class)
        images = np.flatnonzero(donors >= 0)
        if len(images):
            plans[name] = _exchange_backgrounds(pixels, regions, images, donors[images])
    return plans


def _exchange_backgrounds(
    pixels: np.ndarray, regions: np.ndarray, images: np.ndarray, donors: np.ndarray
) -> Intervention:
    def alter(place: int) -> np.ndarray:
        image, donor = images[place], donors[place]
        return put_cells_on(pixels[image], regions[image], paint_over(pixels[donor], regions[donor]))

    return Intervention(images, donors, alter)
