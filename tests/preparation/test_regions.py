"""Cells and bars on the grid of the model images."""

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from cells.drawn_smears import CYTOPLASM, NUCLEUS, RED_CELL, draw
from conftest import encode
from leukosmear.attention.regions import BACKGROUND, CELL, SCALE_BAR
from leukosmear.datasets.image_folder import ImageFolder
from leukosmear.parameters import AttentionParameters, FeatureParameters, ImageParameters
from leukosmear.preparation.regions import choose_images, mark_regions

ATTENTION = AttentionParameters(images=100, images_per_class=1, seed=0)
IMAGES = ImageParameters(size=56, interpolation="bilinear", images_per_partition=8, workers=1)
FEATURES = FeatureParameters(
    size=224,
    aspect_ratio=298 / 224,
    interpolation="bilinear",
    corner_columns=4,
    corner_rows=4,
    histogram_bins=4,
    workers=1,
)


def test_cells_and_bars_are_marked_on_the_grid_of_the_model_images():
    drawn = draw((RED_CELL, 60, 220, 14, 14), (CYTOPLASM, 112, 100, 24, 24), (NUCLEUS, 112, 100, 18, 18))
    squeezed = Image.fromarray(drawn).resize((224, 224))
    folder = ImageFolder(("B",), {"B/1.png": lambda: encode(squeezed), "B/2.png": lambda: b"not read: it is in train"})
    bar = {"bar_left": [160, None], "bar_top": [200, None], "bar_right": [224, None], "bar_bottom": [224, None]}
    names = {"image_id": ["B/1", "B/2"], "file_name": ["B/1.png", "B/2.png"], "width": [224, 224], "height": [224, 224]}
    manifest = pd.DataFrame({"image_id": ["B/1", "B/2"], "label": "B", "side": ["test", "train"]})
    marked = mark_regions(folder, pd.DataFrame(names | bar), manifest, IMAGES, FEATURES, ATTENTION)
    assert marked["image_id"].tolist() == ["B/1"]
    regions = marked["regions"][0]
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


def test_of_many_test_images_each_class_gives_its_share():
    test = pd.DataFrame({"image_id": [f"i{i}" for i in range(30)], "label": ["A"] * 20 + ["B"] * 9 + ["C"]})
    few = AttentionParameters(images=10, images_per_class=1, seed=0)
    chosen = choose_images(test, few)
    assert test.set_index("image_id").loc[chosen, "label"].value_counts().to_dict() == {"A": 6, "B": 3, "C": 1}
    assert chosen == sorted(chosen, key=lambda name: int(name[1:]))
    assert choose_images(test, few) == chosen
    assert choose_images(test.iloc[:10], few) == [f"i{i}" for i in range(10)]
