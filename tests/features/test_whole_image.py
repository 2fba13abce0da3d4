import numpy as np
import pytest
from PIL import Image

from cells.drawn_smears import FIELD, NUCLEUS, RED_CELL, SHAPE, draw
from leukosmear.cells import segment_cells
from leukosmear.features import pixels_as_features
from leukosmear.features.whole_image import corner_of, measure_background, measure_corner, measure_histogram
from leukosmear.parameters import PixelFeatureParameters
from leukosmear.scale_bars import Region

NOTHING = np.zeros(SHAPE, bool)


def test_background_leaves_out_stained_cells_and_what_is_hidden() -> None:
    image = draw((NUCLEUS, 80, 150, 12, 12), (NUCLEUS, 40, 40, 3, 3))
    hidden = NOTHING.copy()
    hidden[200:, 250:] = True
    image[hidden] = 0
    background = measure_background(image, segment_cells(image, hidden), hidden)
    assert background == {
        "red_mean": FIELD[0], "red_sd": 0, "green_mean": FIELD[1], "green_sd": 0, "blue_mean": FIELD[2], "blue_sd": 0,
    }  # fmt: skip


def test_background_keeps_red_cells() -> None:
    image = draw((NUCLEUS, 80, 150, 12, 12), (RED_CELL, 180, 100, 20, 20))
    background = measure_background(image, segment_cells(image), NOTHING)
    assert background["red_mean"] < FIELD[0]
    assert background["red_sd"] > 0


def test_background_is_missing_where_nothing_is_left() -> None:
    image = draw()
    assert np.isnan(list(measure_background(image, segment_cells(image), ~NOTHING).values())).all()


def test_corner_is_the_rectangle_around_all_bars() -> None:
    assert corner_of([Region(0.0, 0.9, 0.1, 1.0), Region(0.8, 0.8, 1.0, 0.95)]) == Region(0.0, 0.8, 1.0, 1.0)
    assert corner_of([]) == Region(0.8, 0.84, 1.0, 1.0)


def test_corner_is_averaged_unmasked() -> None:
    pixels = np.zeros((10, 10, 3), np.uint8)
    pixels[8:, 6:8, 0] = 100
    pixels[8, 8:, 1] = 50
    corner = measure_corner(Image.fromarray(pixels), Region(0.6, 0.8, 1.0, 1.0), columns=2, rows=1)
    assert corner == {
        "row0_column0_red": 100, "row0_column0_green": 0, "row0_column0_blue": 0,
        "row0_column1_red": 0, "row0_column1_green": 25, "row0_column1_blue": 0,
    }  # fmt: skip


@pytest.mark.parametrize(("bins", "last"), [(8, 7), (3, 2), (256, 255)])
def test_histogram_counts_shares(bins: int, last: int) -> None:
    pixels = np.zeros((2, 2, 3), np.uint8)
    pixels[0, 0] = 255, 0, 0
    histogram = measure_histogram(pixels, bins)
    assert len(histogram) == 3 * bins
    assert histogram["red_bin0"] == 0.75
    assert histogram[f"red_bin{last}"] == 0.25
    assert histogram["green_bin0"] == 1


def test_histogram_has_the_limits_of_numpys() -> None:
    levels = np.repeat(np.arange(256, dtype=np.uint8), 3).reshape(16, 16, 3)
    for bins in (5, 7, 8):
        expected = np.histogram(np.arange(256), bins, (0, 256))[0] / 256
        found = [measure_histogram(levels, bins)[f"blue_bin{k}"] for k in range(bins)]
        np.testing.assert_allclose(found, expected)


def test_pixel_features_are_averages_with_names(two_colours) -> None:
    partitions, _ = two_colours
    features = pixels_as_features(partitions, PixelFeatureParameters(size=2))
    assert list(features.columns[:4]) == [
        "image_id",
        "row0_column0_red",
        "row0_column0_green",
        "row0_column0_blue",
    ]
    assert features.shape == (16, 1 + 2 * 2 * 3)
    pixels = partitions["0000000"]()["pixels"][0]
    assert features["row1_column0_blue"][0] == pytest.approx(pixels[8:, :8, 2].mean(), abs=1)
