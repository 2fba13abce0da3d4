import io
import logging
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from cells.drawn_smears import NUCLEUS, RED_CELL, draw
from conftest import encode
from leukosmear.datasets.figure import FigureDataset
from leukosmear.datasets.image_folder import ImageFolder
from leukosmear.features import measuring
from leukosmear.parameters import CellsFigureParameters, FeatureParameters
from leukosmear.pipelines.baselines import nodes
from leukosmear.pipelines.baselines.figures import draw_cells
from leukosmear.pipelines.baselines.nodes import make_features
from leukosmear.schemas import Cells

PARAMETERS = FeatureParameters(
    size=224, aspect_ratio=4 / 3, interpolation="bilinear", corner_columns=4, corner_rows=2, histogram_bins=8, workers=1
)
FIGURE = CellsFigureParameters(images_per_class=2, seed=0)


def squeezed(image: np.ndarray) -> bytes:
    """A frame of 4:3 saved as a square."""
    return encode(Image.fromarray(image).resize((224, 224), Image.Resampling.BICUBIC))


@pytest.fixture
def smears() -> tuple[ImageFolder, pd.DataFrame]:
    """Two cells, none, one at the edge and one whole, and a broken file; all but the first have a scale bar."""
    images = {
        "A/two": squeezed(draw((NUCLEUS, 80, 100, 12, 12), (NUCLEUS, 150, 200, 12, 12))),
        "A/none": squeezed(draw((RED_CELL, 100, 100, 12, 12))),
        "B/edge": squeezed(draw((NUCLEUS, 0, 100, 14, 14), (NUCLEUS, 100, 60, 12, 12))),
        "B/broken": b"no image",
    }

    def reader(data: bytes) -> Callable[[], bytes]:
        return lambda: data

    files = {f"{name}.png": reader(data) for name, data in images.items()}
    table = pd.DataFrame({"image_id": list(images), "file_name": list(files)}).assign(width=224, height=224)
    table["label"] = table["image_id"].str[0]
    for side, place in (("left", 180), ("top", 190), ("right", 224), ("bottom", 224)):
        table[f"bar_{side}"] = pd.array([pd.NA, place, place, place], dtype="Int64")
    return ImageFolder(classes=("A", "B"), files=files), table


def test_all_tables_are_of_all_images_in_their_order(smears) -> None:
    cells, *tables = make_features(*smears, PARAMETERS)
    Cells.validate(cells)
    assert cells["image_id"].tolist() == ["A/two", "A/two", "B/edge", "B/edge"]
    for table in tables:
        assert table["image_id"].tolist() == ["A/two", "A/none", "B/edge", "B/broken"]
        assert next(iter(table.columns)) == "image_id"
    cell_features, background, scale_bar, histogram = tables
    assert cell_features["n_cells"].tolist()[:3] == [2, 0, 2]
    assert background.shape == (4, 1 + 6)
    assert scale_bar.shape == (4, 1 + 4 * 2 * 3)
    assert histogram.shape == (4, 1 + 8 * 3)


def test_aspect_is_restored_and_shapes_at_the_edge_do_not_count(smears) -> None:
    cells, cell_features, *_ = make_features(*smears, PARAMETERS)
    whole = cells[~cells["at_edge"]]
    assert len(whole) == 3
    assert (whole["shape_elongation"] < 1.08).all()
    assert whole["shape_area"].tolist() == pytest.approx([np.pi * 12**2] * 3, rel=0.12)
    edge = cell_features.set_index("image_id").loc["B/edge"]
    assert (edge["shape_area_mean"], edge["shape_area_sd"]) == (whole["shape_area"].iloc[2], 0)


def test_a_failed_image_is_named_with_its_reason_and_has_missing_values(smears, caplog) -> None:
    with caplog.at_level(logging.INFO, logger="leukosmear"):
        _, *tables = make_features(*smears, PARAMETERS)
    for table in tables:
        assert table.iloc[3, 1:].isna().all()
    assert (
        "Could not measure B/broken, its values are missing: not an image in a format that can be read" in caplog.text
    )
    # No cell is something else than not measured.
    assert tables[0]["n_cells"].isna().tolist() == [False, False, False, True]
    assert tables[0].loc[1].iloc[2:].isna().all()
    assert tables[1].loc[1].notna().all()


def test_numerics_that_trip_cost_one_image(smears, caplog, monkeypatch: pytest.MonkeyPatch) -> None:
    actual = measuring.measure_cells

    def trip(rgb, segmentation, hidden):
        if segmentation.n_cells == 0:
            raise np.linalg.LinAlgError("singular matrix")
        return actual(rgb, segmentation, hidden)

    monkeypatch.setattr(measuring, "measure_cells", trip)
    _, features, *_ = make_features(*smears, PARAMETERS)
    assert features["n_cells"].isna().tolist() == [False, True, False, True]
    assert "A/none, its values are missing: LinAlgError: singular matrix" in caplog.text


def test_gone_files_fail_and_if_all_do_it_is_an_error(smears) -> None:
    folder, table = smears
    nothing = ImageFolder(classes=folder.classes, files={})
    with pytest.raises(ValueError, match=r"(?s)Found none among the 4 .*A/two: the file is gone.*data_validation"):
        make_features(nothing, table, PARAMETERS)


def test_the_number_of_processes_does_not_change_the_result(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from leukosmear.datasets.image_folder import ImageFolderDataset

    folder = ImageFolderDataset(path=str(project / "data/01_raw/sample")).load()
    names = sorted(folder.files)[::7]  # 35: more than one batch
    table = pd.DataFrame({"image_id": names, "file_name": names}).assign(width=224, height=224)
    table[["bar_left", "bar_top", "bar_right", "bar_bottom"]] = 180, 185, 224, 224
    small = PARAMETERS.model_copy(update={"size": 64})
    alone = make_features(folder, table, small)
    monkeypatch.setattr(nodes, "_WORTH_A_PROCESS", 1)
    for one, other in zip(alone, make_features(folder, table, small.model_copy(update={"workers": 2})), strict=True):
        pd.testing.assert_frame_equal(one, other)


def test_cells_are_drawn_with_classes_and_counts(smears, tmp_path: Path) -> None:
    folder, table = smears
    counts = pd.DataFrame({"image_id": table["image_id"], "n_cells": [2, 0, 1, np.nan]})
    figure = draw_cells(folder, table, counts, PARAMETERS, FIGURE)
    titles = sorted(axes.get_title(loc="left") for axes in figure.axes if axes.get_title(loc="left"))
    assert titles == ["A: 2 cells (two)", "A: no cell (none)", "B: 2 cells (edge)"]
    FigureDataset(filepath=str(tmp_path / "cells.png")).save(figure)
    with Image.open(io.BytesIO((tmp_path / "cells.png").read_bytes())) as picture:
        assert picture.width > 1000
