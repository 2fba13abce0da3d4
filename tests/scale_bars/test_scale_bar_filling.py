"""What is filled looks like what surrounds it, and nothing else changes."""

import numpy as np
import pytest
from PIL import Image

from leukosmear.scale_bars import Box, Region, fill_regions, find_scale_bar
from scale_bars.drawn_bars import draw, field


def fill_boxes(rgb: np.ndarray, boxes: list[Box]) -> np.ndarray:
    """A copy of one image with boxes filled."""
    height, width = rgb.shape[:2]
    image = Image.fromarray(rgb.copy())
    fill_regions(
        [image], [Region(box.left / width, box.top / height, box.right / width, box.bottom / height) for box in boxes]
    )
    return np.asarray(image)


def test_a_constant_background_is_continued():
    image = np.full((40, 40, 3), (10, 120, 250), np.uint8)
    image[25:, 20:] = 0

    assert (fill_boxes(image, [Box(20, 25, 40, 40)]) == (10, 120, 250)).all()


@pytest.mark.parametrize(
    "box", [Box(60, 70, 100, 100), Box(0, 0, 30, 20), Box(40, 40, 60, 60)], ids=["corner", "other corner", "middle"]
)
def test_a_gradient_is_continued(box):
    y, x = np.mgrid[:100, :100]
    gradient = np.stack([x + y, 50 + x, 200 - y], axis=2).astype(np.uint8)
    hidden = gradient.copy()
    hidden[box.slices] = 0

    filled = fill_boxes(hidden, [box])

    assert np.abs(filled.astype(int) - gradient).max() <= 1


def test_boxes_of_one_place_are_filled_from_each_image_alone():
    box = Box(20, 25, 40, 40)
    grey, blue = np.full((40, 40, 3), 90, np.uint8), np.full((40, 40, 3), (10, 20, 250), np.uint8)

    assert (fill_boxes(grey, [box]) == 90).all()
    assert (fill_boxes(blue, [box]) == (10, 20, 250)).all()
    # the same place in an image of another size has other surroundings
    assert (fill_boxes(np.full((60, 50, 3), 30, np.uint8), [box]) == 30).all()


def test_a_cell_beside_a_box_fades_inside():
    image = np.full((60, 60, 3), 220, np.uint8)
    image[30:50, 10:29] = (70, 30, 140)
    image[28:, 29:] = 0

    filled = fill_boxes(image, [Box(29, 28, 60, 60)])

    # three pixels deep into the box less than half of the cell is left, twelve pixels deep nothing
    assert filled[40, 29:32].min() > 30
    assert np.abs(filled[28:, 41:].astype(int) - 220).max() <= 12


def test_filling_changes_nothing_else_and_no_input():
    image = draw(field(), 180, 200, paper=True)
    before = image.copy()
    box = find_scale_bar(image).box

    filled = fill_boxes(image, [box])

    assert (image == before).all()
    outside = np.ones((224, 224), dtype=bool)
    outside[box.slices] = False
    assert (filled[outside] == image[outside]).all()
    assert find_scale_bar(filled) is None
    assert (fill_boxes(image, [box]) == filled).all()


def test_many_images_are_filled_as_each_alone():
    generator = np.random.default_rng(0)
    sizes = [(60, 80), (64, 48), (60, 80), (2, 2)]
    arrays = [generator.integers(0, 256, (height, width, 3), np.uint8) for height, width in sizes]
    regions = [Region(0.7, 0.6, 1, 1), Region(0, 0, 0.2, 0.1)]
    images = [Image.fromarray(array.copy()) for array in arrays]

    fill_regions(images, regions)

    for image, array in zip(images, arrays, strict=True):
        boxes = [region.box(image.width, image.height) for region in regions]
        assert (np.asarray(image) == fill_boxes(array, boxes)).all()
        assert (np.asarray(image) != array).any()


def test_a_box_without_surroundings_is_refused():
    with pytest.raises(ValueError, match="covers all of it"):
        fill_boxes(np.zeros((20, 20, 3), np.uint8), [Box(0, 0, 20, 20)])
