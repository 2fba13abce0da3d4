import numpy as np
import pytest
from scipy.stats import skew
from skimage.color import rgb2hsv, rgb2lab

from leukosmear.features.colour import measure_colour


def test_moments_by_hand() -> None:
    rgb = np.zeros((1, 5, 3), np.uint8)
    rgb[0, :4, 0] = (0, 0, 0, 8)  # mean 2, deviations -2, -2, -2, 6: squares 12 and 36, cubes -24 and 216
    rgb[0, 4] = 200
    colour = measure_colour(rgb, np.array([[1, 1, 1, 1, 0]], np.int32), 1)
    assert colour["red_mean"].tolist() == [2]
    assert colour["red_sd"][0] == pytest.approx(np.sqrt(48 / 4))
    assert colour["red_skewness"][0] == pytest.approx((192 / 4) / 12**1.5)
    assert colour["green_sd"][0] == colour["green_skewness"][0] == 0


def test_hue_of_ties_and_greys_is_that_of_scikit_image() -> None:
    levels = (0, 90, 255)
    rgb = np.array([[(red, green, blue) for red in levels for green in levels for blue in levels]], np.uint8)
    labels = np.arange(1, 28, dtype=np.int32)[np.newaxis]
    colour = measure_colour(rgb, labels, 27)
    for place, name in enumerate(("hue", "saturation", "value")):
        np.testing.assert_allclose(colour[f"{name}_mean"], rgb2hsv(rgb)[0, :, place], atol=1e-6)


def test_channels_of_two_regions_are_those_of_scikit_image_and_scipy() -> None:
    rgb = np.random.default_rng(0).integers(0, 256, (6, 9, 3), np.uint8)
    labels = np.zeros((6, 9), np.int32)
    labels[1:4, 2:5], labels[2:, 5:] = 2, 3  # and nothing is 1
    colour = measure_colour(rgb, labels, 3)
    assert len(colour) == 27
    for space, names in ((rgb2hsv(rgb), ("hue", "saturation", "value")), (rgb2lab(rgb), ("lightness", "a", "b"))):
        for place, name in enumerate(names):
            for region in (2, 3):
                pixels = space[labels == region][:, place]
                moments = [colour[f"{name}_{what}"][region - 1] for what in ("mean", "sd", "skewness")]
                assert moments == pytest.approx([pixels.mean(), pixels.std(), skew(pixels)], rel=1e-3, abs=1e-3)
    assert np.isnan(colour["red_mean"][0])
