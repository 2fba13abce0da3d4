"""Cells and bars on a grid of another size."""

import numpy as np
import pytest

from cells.drawn_smears import CYTOPLASM, NUCLEUS, RED_CELL, draw
from leukosmear.cells import segment_cells
from leukosmear.cells.regions import BACKGROUND, CELL, SCALE_BAR, mark_regions
from leukosmear.scale_bars import Region


def test_cells_and_bars_are_marked_on_a_smaller_grid() -> None:
    drawn = draw((RED_CELL, 60, 220, 14, 14), (CYTOPLASM, 112, 100, 24, 24), (NUCLEUS, 112, 100, 18, 18))
    bar = Region(160 / 224, 200 / 224, 1, 1)
    regions = mark_regions(segment_cells(drawn), [bar], (56, 56))
    assert regions.shape == (56, 56)
    assert regions.dtype == np.uint8
    assert (regions[50:, 40:] == SCALE_BAR).all()
    assert (regions == SCALE_BAR).sum() == 6 * 16
    # The nucleus lies at row 112 of 224 and column 100 of 298.
    row, column = 112 / 4, 100 / 298 * 56
    assert regions[round(row), round(column)] == CELL
    area = np.pi * 24**2 / (224 * 298) * 56 * 56
    assert (regions == CELL).sum() == pytest.approx(area, rel=0.2)
    assert regions[60 // 4, round(220 / 298 * 56)] == BACKGROUND  # a red cell is none of these
