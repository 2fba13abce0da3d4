import keras
import numpy as np
import pytest

from leukosmear.augmentation.layer import Augmentation
from leukosmear.parameters import AugmentationParameters

NOTHING = {
    "rotation": 0,
    "width_shift": 0,
    "height_shift": 0,
    "shear": 0,
    "zoom": 0,
    "horizontal_flip": False,
    "fill_mode": "constant",
}


def dot(row: int, column: int, size: int = 9) -> np.ndarray:
    """One image, black with a white pixel."""
    image = np.zeros((1, size, size, 3), np.float32)
    image[0, row, column] = 255
    return image


def brightest(image: np.ndarray) -> tuple[int, int]:
    row, column = np.unravel_index(image[0, ..., 0].argmax(), image.shape[1:3])
    return int(row), int(column)


def augment(images: np.ndarray, training: bool = True, seed: int = 3, **amounts: object) -> np.ndarray:
    layer = Augmentation(AugmentationParameters(**{**NOTHING, **amounts}), seed=seed)
    return keras.ops.convert_to_numpy(layer(images, training=training))


def test_nothing_changes_outside_of_training() -> None:
    images = np.random.default_rng(0).integers(0, 256, (2, 9, 9, 3), np.uint8)
    changed = augment(images, training=False, rotation=90, horizontal_flip=True)
    np.testing.assert_array_equal(changed, images)
    assert changed.dtype == np.float32


def test_nothing_changes_when_all_amounts_are_zero() -> None:
    images = np.random.default_rng(0).integers(0, 256, (2, 9, 9, 3), np.uint8)
    np.testing.assert_allclose(augment(images), images, atol=0.01)


@pytest.mark.parametrize(("flip", "axis"), [("horizontal_flip", 1), ("vertical_flip", 0)])
def test_half_of_the_images_are_mirrored_about_the_centre(flip: str, axis: int) -> None:
    places = [brightest(image[None]) for image in augment(np.repeat(dot(1, 1), 200, 0), **{flip: True})]
    along = [place[axis] for place in places]
    assert set(along) == {1, 7}
    assert 60 < along.count(7) < 140
    assert {place[1 - axis] for place in places} == {1}


@pytest.mark.parametrize(("amount", "axis"), [("width_shift", 2), ("height_shift", 1)])
def test_shifts_move_along_one_axis_and_stay_within_the_limit(amount: str, axis: int) -> None:
    moved = augment(np.repeat(dot(10, 10, 21), 100, 0), **{amount: 0.2})
    centre = (moved[..., 0] * np.arange(21)[:, None]).sum((1, 2)) / moved[..., 0].sum((1, 2))
    along_columns = (moved[..., 0] * np.arange(21)).sum((1, 2)) / moved[..., 0].sum((1, 2))
    moving, still = (along_columns, centre) if axis == 2 else (centre, along_columns)
    np.testing.assert_allclose(still, 10, atol=0.01)
    assert np.abs(moving - 10).max() <= 0.2 * 21 + 0.01
    assert moving.std() > 1


def test_rotation_keeps_the_distance_from_the_centre() -> None:
    rotated = augment(np.repeat(dot(10, 16, 21), 50, 0), rotation=180)
    weights = rotated[..., 0] / rotated[..., 0].sum((1, 2), keepdims=True)
    rows = (weights * np.arange(21)[:, None]).sum((1, 2)) - 10
    columns = (weights * np.arange(21)).sum((1, 2)) - 10
    np.testing.assert_allclose(np.hypot(rows, columns), 6, atol=0.6)
    assert (columns < -3).any()
    assert (rows > 3).any()


def test_zoom_changes_size_and_shear_slants() -> None:
    square = np.zeros((60, 41, 41, 3), np.float32)
    square[:, 15:26, 15:26] = 1
    areas = augment(square, zoom=0.3)[..., 0].sum((1, 2))
    assert areas.min() < 100 < 121 < 140 < areas.max()
    slanted = augment(square, shear=40)
    top, bottom = slanted[:, 17, :, 0], slanted[:, 23, :, 0]
    columns = np.arange(41)
    lean = (bottom * columns).sum(1) / bottom.sum(1) - (top * columns).sum(1) / top.sum(1)
    assert lean.min() < -1 < 1 < lean.max()


@pytest.mark.parametrize(("fill_mode", "value"), [("constant", 0), ("nearest", 9)])
def test_fill_mode_decides_what_lies_beyond_the_edge(fill_mode: str, value: float) -> None:
    image = np.full((40, 9, 9, 3), 9, np.float32)
    assert augment(image, width_shift=0.9, fill_mode=fill_mode).min() == pytest.approx(value)


def test_same_seed_same_changes() -> None:
    images = dot(2, 1)
    amounts = {"rotation": 90, "width_shift": 0.2, "zoom": 0.2}
    np.testing.assert_array_equal(augment(images, **amounts), augment(images, **amounts))
    assert (augment(images, **amounts) != augment(images, **amounts, seed=4)).any()


def test_randomness_is_the_state_of_one_generator() -> None:
    """What a checkpoint has to keep."""
    layer = Augmentation(AugmentationParameters(**{**NOTHING, "rotation": 90}), seed=3)
    before = keras.ops.convert_to_numpy(layer.seed_generator.state)
    first, second = layer(dot(2, 1), training=True), layer(dot(2, 1), training=True)
    assert not np.array_equal(first, second)
    layer.seed_generator.state.assign(before)
    np.testing.assert_array_equal(layer(dot(2, 1), training=True), first)


def test_layer_can_be_rebuilt_from_its_configuration() -> None:
    layer = Augmentation(AugmentationParameters(**{**NOTHING, "rotation": 5, "cut_outs": 2}), seed=7)
    rebuilt = Augmentation.from_config(layer.get_config())
    assert (rebuilt.parameters, rebuilt.seed, rebuilt.name) == (layer.parameters, 7, layer.name)


def test_output_is_float32_whatever_the_precision() -> None:
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_float16")
    try:
        assert augment(dot(2, 1), rotation=90).dtype == np.float32
    finally:
        keras.config.set_dtype_policy(before)
