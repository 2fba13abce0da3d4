import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from cells.drawn_smears import CYTOPLASM, FIELD, NUCLEUS, RED_CELL, SHAPE, SMUDGE, draw
from leukosmear.cells import segment_cells
from leukosmear.cells.colours import lab_of
from leukosmear.cells.hulls import hulls_of
from leukosmear.cells.morphology import dilate_by_disk, open_by_disk

RED_CELLS = [(RED_CELL, row, column, 11, 11) for row, column in ((30, 260), (180, 40), (200, 250), (120, 30))]


def test_a_nucleus_is_found_where_it_is_and_red_cells_are_not() -> None:
    cells = segment_cells(draw(*RED_CELLS, (NUCLEUS, 80, 150, 12, 12)))
    assert cells.n_cells == 1
    rows, columns = np.nonzero(cells.nuclei)
    assert (rows.mean(), columns.mean()) == (pytest.approx(80, abs=0.5), pytest.approx(150, abs=0.5))
    assert len(rows) == pytest.approx(np.pi * 12**2, rel=0.1)
    # What is left of a rim is the blur of the nucleus's own edge.
    assert (cells.cells > 0).sum() < 1.3 * len(rows)


def test_cytoplasm_is_what_is_bluer_than_red_cells_and_belongs_to_the_nearest_nucleus() -> None:
    first = [(CYTOPLASM, 80, 100, 16, 16), (NUCLEUS, 80, 100, 11, 11)]
    second = [(CYTOPLASM, 80, 131, 16, 16), (NUCLEUS, 80, 131, 11, 11)]
    image = draw(*RED_CELLS, (RED_CELL, 108, 100, 11, 11), *first, *second)
    cells = segment_cells(image)
    assert cells.n_cells == 2
    left, right = cells.nuclei[80, 100], cells.nuclei[80, 131]
    assert cells.cytoplasm[80, 87] == cells.cytoplasm[80, 113] == left
    assert cells.cytoplasm[80, 118] == cells.cytoplasm[80, 144] == right
    assert cells.cells[108, 100] == 0  # a red cell that touches
    for label in (left, right):
        assert (cells.cells == label).sum() == pytest.approx(np.pi * 16**2, rel=0.1)


@pytest.mark.parametrize("colour", [FIELD, RED_CELL, (0, 0, 0)], ids=["empty field", "red", "black"])
def test_an_image_without_cells_has_none(colour: tuple[int, int, int]) -> None:
    cells = segment_cells(np.full((*SHAPE, 3), colour, np.uint8))
    assert cells.n_cells == 0
    assert not cells.cells.any()


def test_red_cells_alone_are_no_cells() -> None:
    assert segment_cells(draw(*RED_CELLS)).n_cells == 0


def test_salmon_red_cells_are_no_cells() -> None:
    salmon = [((220, 140, 130), *where) for _, *where in RED_CELLS]
    assert segment_cells(draw(*salmon, (NUCLEUS, 80, 150, 12, 12))).n_cells == 1


@pytest.mark.parametrize("distance", [20, 22, 26])
def test_touching_nuclei_are_parted(distance: int) -> None:
    cells = segment_cells(draw((NUCLEUS, 100, 100, 12, 12), (NUCLEUS, 100, 100 + distance, 12, 12)))
    assert cells.n_cells == 2
    areas = np.bincount(cells.nuclei.ravel())[1:]
    assert areas[0] == pytest.approx(areas[1], rel=0.1)


@pytest.mark.parametrize(("down", "across"), [(10, 20), (20, 10), (8, 15)], ids=["wide", "tall", "small"])
def test_an_elongated_nucleus_is_one(down: int, across: int) -> None:
    assert segment_cells(draw((NUCLEUS, 100, 100, down, across))).n_cells == 1


def test_specks_are_no_cells_but_stained() -> None:
    cells = segment_cells(draw((NUCLEUS, 60, 60, 4, 4), (NUCLEUS, 100, 100, 12, 12)))
    assert cells.n_cells == 1
    assert cells.stained[60, 60]


def test_a_pale_ragged_smudge_is_dropped_and_a_pale_round_nucleus_is_not() -> None:
    whole = [(NUCLEUS, 60, column, 12, 12) for column in (50, 100, 150)]
    star = [(SMUDGE, 150, 150, 20, 4), (SMUDGE, 150, 150, 4, 20), (SMUDGE, 150, 150, 9, 9)]
    round_one = (SMUDGE, 150, 230, 12, 12)
    cells = segment_cells(draw(*whole, *star, round_one))
    assert cells.n_cells == 4
    assert cells.nuclei[150, 150] == 0
    assert cells.stained[150, 150]
    assert cells.nuclei[150, 230] > 0


def test_nothing_is_found_where_the_bar_is_hidden() -> None:
    hidden = np.zeros(SHAPE, bool)
    hidden[190:, 240:] = True
    cells = segment_cells(draw((NUCLEUS, 100, 100, 12, 12), (NUCLEUS, 205, 270, 12, 12)), hidden)
    assert cells.n_cells == 1
    assert not cells.cells[hidden].any()


def test_lengths_grow_with_the_image() -> None:
    image = draw(*RED_CELLS, (CYTOPLASM, 80, 100, 16, 16), (NUCLEUS, 80, 100, 11, 11), (NUCLEUS, 60, 200, 4, 4))
    twice = np.asarray(Image.fromarray(image).resize((2 * SHAPE[1], 2 * SHAPE[0]), Image.Resampling.BICUBIC))
    once, large = segment_cells(image), segment_cells(twice)
    assert once.n_cells == large.n_cells == 1
    assert (large.nuclei > 0).sum() == pytest.approx(4 * (once.nuclei > 0).sum(), rel=0.08)
    assert (large.cells > 0).sum() == pytest.approx(4 * (once.cells > 0).sum(), rel=0.08)


def test_most_cells_of_the_sample_are_found(project: Path) -> None:
    """The sample's generator knows how many cells have their centre in the frame; a bar may cover one or two."""
    truth = pd.read_csv(project / "data/01_raw/sample_truth.csv").iloc[::6]
    found = []
    for image_id in truth["image_id"]:
        with Image.open(project / f"data/01_raw/sample/{image_id}.jpg") as image:
            rgb = np.asarray(image.resize((298, 224), Image.Resampling.BILINEAR))
        hidden = np.zeros(rgb.shape[:2], bool)
        hidden[184:, 200:] = True
        found.append(segment_cells(rgb, hidden).n_cells)
    errors = np.array(found) - truth["n_cells"].to_numpy()
    assert abs(np.mean(errors)) < 1.5
    assert (abs(errors) <= 2).mean() >= 0.8


def test_lab_by_table_is_that_of_scikit_image() -> None:
    from skimage.color import rgb2lab

    rgb = np.random.default_rng(0).integers(0, 256, (40, 50, 3), np.uint8)
    # Where it is dark, a few grey levels are a great step in colour.
    bright = rgb.min(axis=2) > 40
    assert abs(lab_of(rgb) - rgb2lab(rgb))[bright].max() < 3


def test_opening_and_dilation_are_those_of_scikit_image() -> None:
    from skimage import morphology

    mask = np.random.default_rng(0).random((30, 40)) < 0.9
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        opened = morphology.opening(mask, morphology.disk(2))
        dilated = morphology.dilation(~mask, morphology.disk(2))
    np.testing.assert_array_equal(open_by_disk(mask, 2)[4:-4, 4:-4], opened[4:-4, 4:-4])
    np.testing.assert_array_equal(dilate_by_disk(~mask, 2), dilated)


def test_hulls_are_those_of_each_region_alone() -> None:
    corners = ((1, 0, 3), (2, 1, 5))
    pixels = [(row + y, column + x, number) for number, row, column in corners for y in (0, 1, 4) for x in (0, 1)]
    one, other = hulls_of(*np.array(pixels).T)
    assert one.area == other.area == 10  # 5 x 2, the missing rows included
    assert one.diameter == other.diameter == pytest.approx(np.sqrt(29))


def test_hull_of_an_l_of_three_pixels() -> None:
    (hull,) = hulls_of(np.array([0, 1, 1]), np.array([0, 0, 1]), np.array([7, 7, 7]))
    # A square of 2 x 2 without the half of one pixel.
    assert hull.area == pytest.approx(3.5)
    assert hull.perimeter == pytest.approx(6 + np.sqrt(2))
    assert hull.diameter == pytest.approx(np.sqrt(8))
