import numpy as np
import pytest
from scipy.ndimage import map_coordinates

from leukosmear.augmentation.affine import affine_maps, resample
from leukosmear.parameters import AugmentationParameters

PARAMETERS = AugmentationParameters(
    rotation=90, width_shift=0.5, height_shift=0.25, shear=45, zoom=0.5, horizontal_flip=True, vertical_flip=True,
    fill_mode="nearest",
)  # fmt: skip


def numbers(**given: float) -> np.ndarray:
    """One row of random numbers: nothing turned, sheared, zoomed, moved or mirrored but for what is given."""
    names = ["rotation", "shear", "zoom_x", "zoom_y", "shift_x", "shift_y", "mirror_x", "mirror_y"]
    defaults = dict.fromkeys(names, 0.0) | {"mirror_x": 1.0, "mirror_y": 1.0}
    return np.array([list((defaults | given).values())], np.float32)


@pytest.mark.parametrize(
    ("drawn", "x", "y"),
    [
        pytest.param({}, 1, 1, id="nothing"),
        pytest.param({"rotation": 1}, 4, 2, id="a quarter turn"),
        pytest.param({"shear": 1}, 1 + 2 * 0.5**0.5, 3 - 2 * 0.5**0.5, id="shear by 45 degrees"),
        pytest.param({"zoom_x": 1}, 0.5, 1, id="two thirds as wide"),
        pytest.param({"zoom_y": -1}, 1, 2, id="twice as high"),
        pytest.param({"shift_x": 1}, 4, 1, id="by half the width"),
        pytest.param({"shift_y": -1}, 1, -0.75, id="by a quarter of the height"),
        pytest.param({"mirror_x": -1}, 3, 1, id="left and right"),
        pytest.param({"mirror_y": -1}, 1, 5, id="top and bottom"),
        pytest.param({"rotation": 1, "zoom_y": -1}, 3, 2, id="zoom before rotation"),
    ],
)
def test_map_says_where_a_pixel_comes_from(drawn: dict[str, float], x: float, y: float) -> None:
    """What is shown at (1, 1) of an image 5 pixels wide and 7 high, whose centre is (2, 3)."""
    width = 6 if "shift_x" in drawn else 5
    a, b, c, d, e, f = np.asarray(affine_maps(numbers(**drawn), 7, width, PARAMETERS))[0]
    assert (a + b + c, d + e + f) == pytest.approx((x, y), abs=1e-5)


@pytest.mark.parametrize(
    ("fill_mode", "mode"),
    [("nearest", "nearest"), ("reflect", "reflect"), ("wrap", "grid-wrap"), ("constant", "grid-constant")],
)
def test_resampling_agrees_with_scipy(fill_mode: str, mode: str) -> None:
    generator = np.random.default_rng(0)
    images = generator.integers(0, 256, (4, 9, 12, 3), np.uint8)
    maps = np.asarray(affine_maps(generator.uniform(-1, 1, (4, 8)).astype(np.float32), 9, 12, PARAMETERS))
    rows, columns = np.mgrid[:9, :12].astype(np.float32)
    expected = np.empty(images.shape)
    for image, (a, b, c, d, e, f), result in zip(images.astype(np.float32), maps, expected, strict=True):
        places = [d * columns + e * rows + f, a * columns + b * rows + c]
        for channel in range(3):
            result[..., channel] = map_coordinates(image[..., channel], places, order=1, mode=mode)
    np.testing.assert_allclose(resample(images, maps, fill_mode), expected, atol=0.02)
