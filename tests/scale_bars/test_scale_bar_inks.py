"""How far ink stands out is the same whether a whole part of an image is looked at or single pixels."""

import numpy as np
import pytest

from leukosmear.scale_bars.boxes import Box
from leukosmear.scale_bars.inks import INKS, contrast_at, contrast_in


def test_a_line_stands_out_from_both_sides():
    # a column of strength 90 on -10: the sides have no ink, so that the contrast is the whole difference
    strength = np.full((7, 9), -10, np.int16)
    strength[:, 4] = 90

    contrast = contrast_in(strength, Box(0, 0, 9, 7), reach=2)

    assert (contrast[:, 4] == 100).all()
    assert (np.delete(contrast, 4, axis=1) <= 0).all()


def test_more_contrast_is_asked_for_where_the_surroundings_have_the_colour():
    # 90 on 30: 60 above both sides, less a third of 30
    strength = np.full((5, 5), 30, np.int16)
    strength[2, 2] = 90

    assert contrast_at(strength, np.array([12]), reach=1).tolist() == [50]


@pytest.mark.parametrize("box", [Box(0, 0, 12, 10), Box(3, 4, 8, 9), Box(9, 0, 12, 3)], ids=["all", "inside", "corner"])
def test_parts_and_single_pixels_have_the_same_contrast(box):
    strength = np.random.default_rng(0).integers(-200, 200, (10, 12)).astype(np.int16)
    whole = contrast_at(strength, np.arange(120), reach=4).reshape(10, 12)

    assert (contrast_in(strength, box, reach=4) == whole[box.slices]).all()


@pytest.mark.parametrize(
    ("ink", "colour", "strength"),
    [
        ("black", (10, 20, 30), 255 - 3 * 30 + 2 * 10),
        ("red", (200, 30, 40), 160),
        ("yellow", (200, 180, 40), 140),
        ("blue", (10, 20, 250), 230),
    ],
    ids=["black", "red", "yellow", "blue"],
)
def test_the_strength_of_ink_does_not_depend_on_the_size_of_the_frame(ink, colour, strength):
    for shape in ((5, 7), (300, 300)):
        planes = np.broadcast_to(np.array(colour, np.int16)[:, np.newaxis, np.newaxis], (3, *shape))

        assert (INKS[ink].strength_in(planes) == strength).all()
