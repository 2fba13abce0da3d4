"""What is taken from the image files, once."""

import hashlib
import io
import logging
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from cells.drawn_smears import NUCLEUS, RED_CELL, draw
from conftest import encode
from leukosmear import decoding
from leukosmear.datasets.figure import FigureDataset
from leukosmear.datasets.image_folder import ImageFolder, ImageFolderDataset
from leukosmear.features import FeatureRecipe, measured_image
from leukosmear.parameters import (
    CellsFigureParameters,
    FeatureParameters,
    FrameParameters,
    ImageParameters,
    PixelFeatureParameters,
)
from leukosmear.pipelines.preprocessing import images as nodes
from leukosmear.pipelines.preprocessing.cells_figure import draw_cells
from leukosmear.preparation import Preparations
from leukosmear.schemas import Cells

FRAME = FrameParameters(aspect_ratio=4 / 3)
IMAGES = ImageParameters(size=32, interpolation="bilinear", images_per_partition=2, workers=1)
FEATURES = FeatureParameters(size=224, corner_columns=4, corner_rows=2, histogram_bins=8)
PIXELS = PixelFeatureParameters(size=2)
FIGURE = CellsFigureParameters(images_per_class=2, seed=0)

Smears = tuple[ImageFolder, pd.DataFrame]


def squeezed(image: np.ndarray) -> bytes:
    """A frame of 4:3 saved as a square."""
    return encode(Image.fromarray(image).resize((224, 224), Image.Resampling.BICUBIC))


def make(smears: Smears, images: ImageParameters = IMAGES, features: FeatureParameters = FEATURES) -> dict:
    """Make all partitions, as the catalog does."""
    folder, accepted = smears
    plan = nodes.plan_images(accepted, FRAME, images, features)
    made = nodes.make_model_images(folder, accepted, plan, images, features, FIGURE)
    arrays = {name: part() for name, part in made.items()}
    return {name: (lambda name=name: arrays[name]) for name in arrays}


def gathered(partitions: dict, name: str) -> dict[str, np.ndarray]:
    return {
        image_id: values
        for load in partitions.values()
        for image_id, values in zip(load()["image_id"], load()[name], strict=True)
    }


@pytest.fixture
def smears() -> Smears:
    """Two cells, none, and one at the edge beside a whole one; all but the first have a scale bar."""
    images = {
        "A/two": squeezed(draw((NUCLEUS, 80, 100, 12, 12), (NUCLEUS, 150, 200, 12, 12))),
        "A/none": squeezed(draw((RED_CELL, 100, 100, 12, 12))),
        "B/edge": squeezed(draw((NUCLEUS, 0, 100, 14, 14), (NUCLEUS, 100, 60, 12, 12))),
    }

    def reader(data: bytes) -> Callable[[], bytes]:
        return lambda: data

    files = {f"{name}.png": reader(data) for name, data in images.items()}
    table = pd.DataFrame({"image_id": list(images), "file_name": list(files)}).assign(width=224, height=224)
    table["label"] = table["image_id"].str[0]
    table["sha256"] = [hashlib.sha256(data).hexdigest() for data in images.values()]
    for side, place in (("left", 180), ("top", 190), ("right", 224), ("bottom", 224)):
        table[f"bar_{side}"] = pd.array([pd.NA, place, place], dtype="Int64")
    return ImageFolder(classes=("A", "B"), files=files), table


def test_each_file_is_decoded_once_and_its_cells_found_once(smears: Smears, monkeypatch: pytest.MonkeyPatch) -> None:
    done: Counter[str] = Counter()

    def counted(module, name: str) -> None:
        actual = getattr(module, name)
        monkeypatch.setattr(module, name, lambda *given: done.update([name]) or actual(*given))

    counted(decoding, "_upright_rgb")
    counted(measured_image, "segment_cells")
    partitions = make(smears)
    nodes.make_features(partitions, smears[1], PIXELS)
    draw_cells(partitions, smears[1], FRAME, FIGURE)
    assert done == {"_upright_rgb": 3, "segment_cells": 3}


def test_images_are_dealt_to_the_partitions_in_turn() -> None:
    """Files are listed class by class; each partition is to have images of every class."""
    names = [f"{label}/{index}.png" for label in "ABC" for index in range(4)]
    data = encode(Image.new("RGB", (8, 8), "white"))
    accepted = pd.DataFrame({"image_id": [name[:-4] for name in names], "file_name": names, "width": 8, "height": 8})
    accepted = accepted.assign(label=accepted["image_id"].str[0], sha256=hashlib.sha256(data).hexdigest())
    accepted[["bar_left", "bar_top", "bar_right", "bar_bottom"]] = pd.NA
    folder = ImageFolder(("A", "B", "C"), dict.fromkeys(names, lambda: data))
    plan = nodes.plan_images(accepted, FRAME, IMAGES, FEATURES)
    four = IMAGES.model_copy(update={"images_per_partition": 4})
    made = nodes.make_model_images(folder, accepted, plan, four, FEATURES, FIGURE)
    image_ids = [part()["image_id"].tolist() for part in made.values()]
    assert image_ids == [["A/0", "A/3", "B/2", "C/1"], ["A/1", "B/0", "B/3", "C/2"], ["A/2", "B/1", "C/0", "C/3"]]


def test_pixels_regions_and_features_are_those_of_the_preparations(smears: Smears) -> None:
    folder, accepted = smears
    partitions = make(smears)
    preparations = Preparations.model_validate(nodes.plan_images(accepted, FRAME, IMAGES, FEATURES))
    _, *tables = nodes.make_features(partitions, accepted, PIXELS)
    names = ("cell_features", "background_features", "scale_bar_features", "histogram_features", "pixel_features")
    for image_id, pixels in gathered(partitions, "pixels").items():
        data = folder.files[f"{image_id}.png"]()
        np.testing.assert_array_equal(preparations.model_images.apply(data), pixels)
        for name, table in zip(names, tables, strict=True):
            recipe = FeatureRecipe(table=name, features=FEATURES, pixel_features=PIXELS)
            measured = recipe.measure(data, recipe.choose(preparations))
            row = table.set_index("image_id").loc[image_id]
            assert list(measured) == list(row.index)
            np.testing.assert_allclose(list(measured.values()), row.to_numpy(float), rtol=1e-12, atol=1e-12)


def test_all_tables_are_of_all_images_in_their_order(smears: Smears) -> None:
    cells, *tables = nodes.make_features(make(smears), smears[1], PIXELS)
    Cells.validate(cells)
    assert cells["image_id"].tolist() == ["A/two", "A/two", "B/edge", "B/edge"]
    assert [table["image_id"].tolist() for table in tables] == [["A/two", "A/none", "B/edge"]] * 5
    assert tables[0]["n_cells"].tolist() == [2, 0, 2]
    assert [table.shape[1] - 1 for table in tables[1:]] == [6, 4 * 2 * 3, 8 * 3, 2 * 2 * 3]


def test_aspect_is_restored_and_shapes_at_the_edge_do_not_count(smears: Smears) -> None:
    cells, cell_features, *_ = nodes.make_features(make(smears), smears[1], PIXELS)
    whole = cells[~cells["at_edge"]]
    assert len(whole) == 3
    assert (whole["shape_elongation"] < 1.08).all()
    assert whole["shape_area"].tolist() == pytest.approx([np.pi * 12**2] * 3, rel=0.12)
    edge = cell_features.set_index("image_id").loc["B/edge"]
    assert (edge["shape_area_mean"], edge["shape_area_sd"]) == (whole["shape_area"].iloc[2], 0)


def test_numerics_that_trip_cost_one_image(smears: Smears, caplog, monkeypatch: pytest.MonkeyPatch) -> None:
    actual = measured_image.measure_cells

    def trip(rgb, found, hidden):
        if found.n_cells == 0:
            raise np.linalg.LinAlgError("singular matrix")
        return actual(rgb, found, hidden)

    monkeypatch.setattr(measured_image, "measure_cells", trip)
    with caplog.at_level(logging.WARNING, logger="leukosmear"):
        _, *tables = nodes.make_features(make(smears), smears[1], PIXELS)
    assert tables[0]["n_cells"].isna().tolist() == [False, True, False]
    assert all(table.iloc[1, 1:].isna().all() for table in tables[:4])
    assert "A/none, its values are missing: LinAlgError: singular matrix" in caplog.text

    monkeypatch.setattr(measured_image, "measure_cells", lambda *_: 1 / 0)
    with pytest.raises(ValueError, match=r"(?s)Found none among the 3 .*A/two: ZeroDivisionError"):
        nodes.make_features(make(smears), smears[1], PIXELS)


def test_the_number_of_processes_does_not_change_the_result(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = ImageFolderDataset(path=str(project / "data/01_raw/sample")).load()
    names = sorted(folder.files)[::7]  # 35: more than one batch
    table = pd.DataFrame({"image_id": names, "file_name": names}).assign(width=224, height=224)
    table["label"] = table["image_id"].str[0]
    table["sha256"] = [hashlib.sha256(folder.files[name]()).hexdigest() for name in names]
    table[["bar_left", "bar_top", "bar_right", "bar_bottom"]] = 180, 185, 224, 224
    small = FEATURES.model_copy(update={"size": 64})
    one = IMAGES.model_copy(update={"images_per_partition": 40})
    (alone,) = make((folder, table), one, small).values()
    monkeypatch.setattr(nodes, "_WORTH_A_PROCESS", 1)
    (beside,) = make((folder, table), one.model_copy(update={"workers": 2}), small).values()
    assert alone().keys() == beside().keys()
    for name, values in alone().items():
        np.testing.assert_array_equal(values, beside()[name])


def test_cells_are_drawn_with_classes_and_counts(smears: Smears, tmp_path: Path) -> None:
    figure = draw_cells(make(smears), smears[1], FRAME, FIGURE)
    titles = sorted(axes.get_title(loc="left") for axes in figure.axes if axes.get_title(loc="left"))
    assert titles == ["A: 2 cells (two)", "A: no cell (none)", "B: 2 cells (edge)"]
    FigureDataset(filepath=str(tmp_path / "cells.png")).save(figure)
    with Image.open(io.BytesIO((tmp_path / "cells.png").read_bytes())) as picture:
        assert picture.width > 1000
