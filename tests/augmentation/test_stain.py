import numpy as np
import pytest

from leukosmear.augmentation.stain import STAINS, restain
from leukosmear.parameters import AugmentationParameters

# Pixels with an amount of blue and of pink stain.
AMOUNTS = np.array([[0.0, 0.0], [0.5, 0.0], [0.0, 0.4], [0.3, 0.2]])


def pixels(amounts: np.ndarray) -> np.ndarray:
    """One image, a row of pixels, by the law of Beer and Lambert."""
    return (256 * 10 ** -(amounts @ STAINS[:2]) - 1).astype(np.float32)[None, None]


def changed(images: np.ndarray, drawn: list[float], factor: float = 0.0, shift: float = 0.0) -> np.ndarray:
    parameters = AugmentationParameters(
        rotation=0, width_shift=0, height_shift=0, shear=0, zoom=0, horizontal_flip=False, fill_mode="nearest",
        stain_factor=factor, stain_shift=shift,
    )  # fmt: skip
    return np.asarray(restain(images, np.array([drawn], np.float32), parameters))


def test_no_stain_is_no_colour() -> None:
    np.testing.assert_allclose(pixels(AMOUNTS[:1]), 255)


@pytest.mark.parametrize(
    ("drawn", "factors"),
    [([1, 0, 0, 0], [1.2, 1]), ([0, -1, 0, 0], [1, 0.8]), ([-0.5, 0.5, 1, 1], [0.9, 1.1]), ([0, 0, 1, 1], [1, 1])],
    ids=["more blue", "less pink", "both", "neither"],
)
def test_amounts_are_multiplied(drawn: list[float], factors: list[float]) -> None:
    np.testing.assert_allclose(
        changed(pixels(AMOUNTS), drawn, factor=0.2), pixels(AMOUNTS * factors), rtol=1e-3, atol=0.01
    )


def test_amounts_are_shifted_everywhere() -> None:
    amounts = AMOUNTS + 0.1  # so that none falls below zero
    got = changed(pixels(amounts), [1, 1, 1, -0.5], shift=0.1)
    np.testing.assert_allclose(got, pixels(amounts + np.array([0.1, -0.05])), rtol=1e-3, atol=0.01)


def test_each_image_has_its_own_stain_and_pixels_stay_in_range() -> None:
    images = np.repeat(np.random.default_rng(0).integers(0, 256, (1, 4, 4, 3)), 2, 0).astype(np.float32)
    parameters = AugmentationParameters(
        rotation=0, width_shift=0, height_shift=0, shear=0, zoom=0, horizontal_flip=False, fill_mode="nearest",
        stain_factor=0.9, stain_shift=0.9,
    )  # fmt: skip
    drawn = np.array([[1, 1, 1, 1], [-1, -1, -1, -1]], np.float32)
    dark, light = np.asarray(restain(images, drawn, parameters))
    assert dark.mean() < 50 < 200 < light.mean()
    assert dark.min() >= 0
    assert light.max() <= 255
