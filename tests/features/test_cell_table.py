from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from cells.drawn_smears import CYTOPLASM, NUCLEUS, SHAPE, draw
from leukosmear.cells import segment_cells
from leukosmear.features import aggregate_cells, measure_cells

NOTHING = np.zeros(SHAPE, bool)


def cells_of(image: np.ndarray, hidden: np.ndarray = NOTHING) -> pd.DataFrame:
    return pd.DataFrame(measure_cells(image, segment_cells(image, hidden), hidden))


def test_every_cell_has_its_place_and_its_features() -> None:
    image = draw((CYTOPLASM, 80, 100, 16, 16), (NUCLEUS, 80, 100, 11, 11), (NUCLEUS, 150, 200, 12, 12))
    cells = cells_of(image)
    assert cells["cell_id"].tolist() == [1, 2]
    assert cells["centroid_x"].tolist() == pytest.approx([100, 200], abs=0.5)
    assert cells["centroid_y"].tolist() == pytest.approx([80, 150], abs=0.5)
    families = cells.columns[4:].str.extract(
        r"^(shape|(?:nucleus|cytoplasm)_(?:texture_(?:glcm|lbp)|colour))_", expand=False
    )
    assert families.value_counts().to_dict() == {
        "shape": 19, "nucleus_texture_glcm": 13, "nucleus_texture_lbp": 59, "nucleus_colour": 27,
        "cytoplasm_texture_glcm": 13, "cytoplasm_colour": 27,
    }  # fmt: skip
    assert cells["shape_nucleus_to_cell_ratio"][0] == pytest.approx(11**2 / 16**2, abs=0.1)
    assert cells["nucleus_colour_red_mean"][1] == pytest.approx(NUCLEUS[0], abs=8)
    assert cells["cytoplasm_colour_blue_mean"][0] == pytest.approx(CYTOPLASM[2], abs=15)


# Sums over the seven cells of a drawn smear, as functions of scikit-image and SciPy measured them, cell by cell.
MEASURED_BEFORE = {
    "centroid_x": 1042.4305254775124,
    "shape_perimeter": 570.0731598529186,
    "shape_convex_area": 3745.0,
    "shape_convex_perimeter": 582.848343944072,
    "shape_largest_diameter": 199.8192704795922,
    "shape_cytoplasm_area": 623.0,
    "nucleus_texture_glcm_entropy": 35.31357446868359,
    "nucleus_texture_glcm_information_correlation_1": -1.1750772541867074,
    "cytoplasm_texture_glcm_contrast": 62.06302989380197,
    "nucleus_texture_lbp_57": 0.45498137017909956,
    "nucleus_colour_hue_mean": 4.938888442136412,
    "nucleus_colour_a_skewness": -11.4722032668931,
    "cytoplasm_colour_b_sd": 52.155540362419046,
}


def test_values_stay_what_they_were(project: Path) -> None:
    with Image.open(project / "data/01_raw/sample/Early/synthetic-early-001.jpg") as image:
        rgb = np.asarray(image.convert("RGB").resize(SHAPE[::-1], Image.Resampling.BILINEAR))
    hidden = NOTHING.copy()
    hidden[184:, 200:] = True
    cells = cells_of(rgb, hidden)
    assert len(cells) == 7
    assert cells[list(MEASURED_BEFORE)].sum().to_dict() == pytest.approx(MEASURED_BEFORE, rel=1e-6)


def test_cells_at_the_frame_and_at_what_is_hidden_are_marked() -> None:
    hidden = NOTHING.copy()
    hidden[100:, 250:] = True
    cells = cells_of(draw((NUCLEUS, 0, 100, 14, 14), (NUCLEUS, 150, 245, 14, 14), (NUCLEUS, 60, 60, 12, 12)), hidden)
    by_place = cells.set_index(cells["centroid_x"].round(-1))["at_edge"]
    assert by_place.to_dict() == {100: True, 240: True, 60: False}


def test_an_image_without_cells_has_all_columns_and_no_rows() -> None:
    none, some = cells_of(draw()), cells_of(draw((NUCLEUS, 80, 100, 12, 12)))
    assert len(none) == 0
    assert list(none.columns) == list(some.columns)


def test_aggregation_by_hand() -> None:
    cells = pd.DataFrame(
        {
            "image_id": ["a", "a", "a", "c", "d"],
            "cell_id": [1, 2, 3, 1, 1],
            "centroid_x": 0.0,
            "centroid_y": 0.0,
            "at_edge": [False, False, True, True, False],
            "shape_area": [10.0, 20, 99, 7, 5],
            "nucleus_x": [1.0, np.nan, 3, 3, np.nan],
        }
    )
    table = aggregate_cells(cells, pd.Series(["d", "b", "a", "c"])).set_index("image_id")
    assert list(table.columns) == [
        "n_cells",
        *(f"{name}_{what}" for name in ("shape_area", "nucleus_x") for what in ("mean", "sd", "max")),
    ]
    assert table.index.tolist() == ["d", "b", "a", "c"]
    assert table["n_cells"].tolist() == [1, 0, 3, 1]
    # The shape of the cell of a that is at the edge does not count, its other features do; c has no other cell.
    assert table.loc["a", ["shape_area_mean", "shape_area_sd", "shape_area_max"]].tolist() == [15, 5, 20]
    assert table.loc["c", ["shape_area_mean", "shape_area_sd", "shape_area_max"]].tolist() == [7, 0, 7]
    assert table.loc["a", ["nucleus_x_mean", "nucleus_x_sd"]].tolist() == [2, 1]
    assert table.loc["b"].drop("n_cells").isna().all()
    assert np.isnan(table.loc["d", "nucleus_x_mean"])
