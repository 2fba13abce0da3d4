"""Scale bars are found wherever they are drawn, and nothing else is taken for one."""

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from leukosmear.scale_bars import find_scale_bar, name_kinds
from scale_bars.drawn_bars import FIELD, INKS, as_jpeg, draw, field


def assert_around(box, left, top, right, bottom, margin):
    """A box holds all of a rectangle, and at most some pixels more on each side."""
    assert left - margin <= box.left <= left
    assert top - margin <= box.top <= top
    assert right <= box.right <= right + margin
    assert bottom <= box.bottom <= bottom + margin


@pytest.mark.parametrize("ink", INKS)
def test_a_bar_is_found_in_each_ink(ink):
    bar = find_scale_bar(as_jpeg(draw(field(), 180, 200, ink)))

    assert bar.colour == ink
    assert_around(bar.box, 180, 200, 214, 213, margin=4)


@pytest.mark.parametrize(
    ("left", "top"),
    [(180, 200), (10, 200), (10, 8), (182, 8), (95, 203)],
    ids=["bottom right", "bottom left", "top left", "top right", "bottom middle"],
)
def test_a_bar_is_found_all_along_the_border(left, top):
    bar = find_scale_bar(draw(field(), left, top, "red"))

    assert_around(bar.box, left, top, left + 34, top + 13, margin=4)


@pytest.mark.parametrize(("size", "scale"), [((640, 480), 2), ((1280, 960), 4)], ids=["640 x 480", "1280 x 960"])
def test_a_bar_is_found_in_large_images(size, scale):
    left, top = size[0] - 40 * scale, size[1] - 18 * scale
    bar = find_scale_bar(draw(field(size), left, top, "black", scale=scale))

    assert_around(bar.box, left, top, left + 34 * scale, top + 13 * scale, margin=4 * scale)


def test_the_white_box_around_a_bar_belongs_to_it():
    bar = find_scale_bar(as_jpeg(draw(field(), 180, 200, paper=True)))

    assert_around(bar.box, 178, 198, 216, 215, margin=3)


def test_a_bar_cut_by_the_border_is_found():
    bar = find_scale_bar(draw(field((250, 224)), 200, 205, paper=True)[:, :224])

    assert bar.box.right == 224
    assert bar.box.left <= 198


@pytest.mark.parametrize("seed", range(8))
def test_a_field_without_a_bar_has_none(seed):
    assert find_scale_bar(as_jpeg(field(seed=seed))) is None


def dark_nucleus():
    image = field()
    image[200:, 190:] = (40, 15, 90)
    return image


def dark_vignette():
    image = field()
    y, x = np.mgrid[:224, :224]
    image[np.hypot(y - 112, x - 112) > 125] = 0
    return image


def black_frame():
    image = field()
    image[-3:] = image[:3] = 0
    return image


def red_stain():
    return (field().astype(float) * (0.95, 0.55, 0.5)).astype(np.uint8)


@pytest.mark.parametrize("image", [dark_nucleus, dark_vignette, black_frame, red_stain], ids=lambda make: make.__name__)
def test_what_is_dark_or_red_in_a_corner_is_no_bar(image):
    assert find_scale_bar(image()) is None


def test_a_bar_in_the_middle_of_an_image_is_none():
    assert find_scale_bar(draw(field(), 95, 100)) is None


@pytest.mark.parametrize("scale", [1, 2], ids=["224 x 224", "448 x 448"])
def test_a_bar_is_found_where_much_of_the_image_has_its_colour(scale):
    # three quarters are black, which is more than is looked at pixel by pixel; the rest is a field with a black bar
    image = np.zeros((224 * scale, 224 * scale, 3), np.uint8)
    image[150 * scale :, 40 * scale :] = FIELD

    bar = find_scale_bar(draw(image, 180 * scale, 200 * scale, scale=scale))

    assert_around(bar.box, 180 * scale, 200 * scale, 214 * scale, 213 * scale, margin=4 * scale)


@pytest.mark.parametrize("image", [np.zeros((8, 8), np.uint8), np.zeros((8, 8, 3))], ids=["grey", "float"])
def test_an_array_that_is_no_rgb_image_is_refused(image):
    with pytest.raises(ValueError, match=r"Expected a uint8 array of shape \(height, width, 3\); found"):
        find_scale_bar(image)


def test_images_smaller_than_a_bar_have_none():
    assert find_scale_bar(np.full((3, 3, 3), 200, np.uint8)) is None


def test_the_bars_of_the_sample_are_those_that_were_drawn(project):
    truth = pd.read_csv(project / "data" / "01_raw" / "sample_truth.csv")
    images = [
        np.asarray(Image.open(project / "data" / "01_raw" / "sample" / f"{name}.jpg")) for name in truth["image_id"]
    ]

    bars = [find_scale_bar(image) for image in images]

    names = pd.Series(name_kinds(bars))
    assert "none" not in set(names)
    assert names.nunique() == truth["scale_bar"].nunique() == len(set(zip(truth["scale_bar"], names, strict=True))) == 4
    # all are drawn into a corner of 40 x 40 pixels; a red cell below may touch a red bar
    reach_out = [bar.ink.left < 184 or bar.ink.top < 184 for bar in bars]
    assert sum(reach_out) <= 2


def test_the_bars_of_the_real_images_are_found_and_nothing_else(real_images):
    """Every eighth image: its four kinds of bar, and no bar where the rows that hold it are cut away."""
    names = sorted(real_images.glob("*/*.jpg"))[::8]
    images = [np.asarray(Image.open(name).convert("RGB")) for name in names]

    bars = [find_scale_bar(image) for image in images]
    false = sum(find_scale_bar(image[:180]) is not None for image in images)

    counts = pd.crosstab(pd.Series([name.parent.name for name in names]), pd.Series(name_kinds(bars)))
    assert sum(bar is None for bar in bars) <= 0.002 * len(bars)
    assert false <= 0.005 * len(images)
    assert all(bar.ink.left >= 190 and bar.ink.top >= 200 for bar in bars)
    n_kinds = (counts > 0).sum(axis=1)
    assert n_kinds.to_dict() == {"Benign": 4, "Early": 2, "Pre": 2, "Pro": 1}
    assert counts.shape[1] == 4
