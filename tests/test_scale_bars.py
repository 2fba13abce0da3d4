"""Scale bars: found wherever they are drawn, told apart, hidden; and nothing else taken for one."""

import io

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from leukosmear.scale_bars import Box, Region, fill_boxes, find_scale_bar, masked_regions, name_kinds

FIELD = (226, 222, 234)
INKS = {"black": (10, 10, 10), "red": (200, 30, 40), "green": (0, 200, 0), "cyan": (0, 230, 230), "blue": (0, 0, 250)}
# two digits of 7 x 5 dots: what tells "200" from "500"
TWO = ("01110", "10001", "00001", "00110", "01000", "10000", "11111")
FIVE = ("11111", "10000", "11110", "00001", "00001", "10001", "01110")


def field(size=(224, 224), seed=0):
    """A field with red cells and nuclei, slightly noisy, of some width and height."""
    width, height = size
    generator = np.random.default_rng(seed)
    y, x = np.mgrid[:height, :width]
    image = np.full((height, width, 3), FIELD, dtype=float)
    unit = min(size) / 224
    for colour, radius in (((180, 175, 195), 11), ((180, 175, 195), 9), ((70, 30, 140), 14), ((95, 60, 165), 10)) * 4:
        centre = generator.uniform(0, 1, 2) * (height, width)
        inside = np.hypot(y - centre[0], x - centre[1]) < radius * unit
        image[inside] = colour
    return np.clip(image + generator.normal(0, 2, image.shape), 0, 255).astype(np.uint8)


def draw(image, left, top, ink="black", digit=TWO, scale=1, paper=False):
    """Draw a bar of 34 x 13 units with its top left corner somewhere; returns a new image."""
    mark = np.zeros((13, 34), dtype=bool)
    mark[11, :] = mark[9:, 0] = mark[9:, -1] = True
    for start, dots in ((8, digit), (14, TWO), (20, FIVE)):
        mark[0:7, start : start + 5] = [[dot == "1" for dot in row] for row in dots]
    mark = np.kron(mark, np.ones((scale, scale), dtype=bool))
    result = image.copy()
    if paper:
        edge = 2 * scale
        result[max(top - edge, 0) : top + len(mark) + edge, max(left - edge, 0) : left + mark.shape[1] + edge] = 255
    result[top : top + len(mark), left : left + mark.shape[1]][mark] = INKS[ink]
    return result


def as_jpeg(image):
    """What is left of an image after JPEG."""
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "JPEG", quality=95)
    return np.asarray(Image.open(buffer))


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


@pytest.mark.parametrize("image", [np.zeros((8, 8), np.uint8), np.zeros((8, 8, 3))], ids=["grey", "float"])
def test_an_array_that_is_no_rgb_image_is_refused(image):
    with pytest.raises(ValueError, match=r"Expected a uint8 array of shape \(height, width, 3\); found"):
        find_scale_bar(image)


def test_images_smaller_than_a_bar_have_none():
    assert find_scale_bar(np.full((3, 3, 3), 200, np.uint8)) is None


def kinds(images):
    return name_kinds([find_scale_bar(as_jpeg(image)) for image in images])


def test_the_same_mark_has_the_same_kind_whatever_lies_below():
    names = kinds([draw(field(seed=seed), 180, 200, "red") for seed in range(12)])

    # JPEG stores colours at half the resolution: red spreads by a pixel
    assert set(names) == {"red 35 px"}


def test_marks_that_differ_in_a_digit_are_two_kinds():
    digits = [TWO, FIVE, TWO, FIVE, FIVE, TWO]
    names = kinds([draw(field(seed=i), 180, 200, digit=digit, paper=True) for i, digit in enumerate(digits)])

    assert {name for name, digit in zip(names, digits, strict=True) if digit is TWO}.isdisjoint(
        name for name, digit in zip(names, digits, strict=True) if digit is FIVE
    )
    assert set(names) == {"black 34 px a", "black 34 px b"}


def test_kinds_do_not_depend_on_the_order_of_images():
    images = [draw(field(seed=i), 180, 200, digit=(TWO, FIVE)[i % 2], paper=True) for i in range(6)] + [field()]

    assert kinds(images) == kinds(images[::-1])[::-1]


def test_colours_and_places_are_kinds_of_their_own():
    images = [draw(field(), 180, 200), draw(field(), 180, 200, "red"), draw(field(), 20, 200), field()]

    assert name_kinds([find_scale_bar(image) for image in images]) == [
        "black 34 px a",
        "red 34 px",
        "black 34 px b",
        "none",
    ]


def test_images_without_bars_are_named_so():
    assert name_kinds([None, None]) == ["none", "none"]
    assert name_kinds([]) == []


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


def test_a_box_without_surroundings_is_refused():
    with pytest.raises(ValueError, match="covers all of it"):
        fill_boxes(np.zeros((20, 20, 3), np.uint8), [Box(0, 0, 20, 20)])


def inventory(*rows):
    columns = ["width", "height", "bar_left", "bar_top", "bar_right", "bar_bottom"]
    return pd.DataFrame(rows, columns=columns).astype("Int64")


def test_regions_cover_all_bars_and_join_those_that_overlap():
    table = inventory(
        (200, 100, 150, 80, 190, 90),
        (400, 200, 340, 170, 400, 200),
        (200, 100, None, None, None, None),
        (200, 100, 10, 5, 40, 10),
    )

    regions = masked_regions(table)

    assert regions == [Region(0.05, 0.05, 0.2, 0.1), Region(0.75, 0.8, 1.0, 1.0)]
    assert [region.box(200, 100) for region in regions] == [Box(10, 5, 40, 10), Box(150, 80, 200, 100)]


def test_regions_that_meet_only_once_joined_are_joined():
    # the third touches neither of the first two, but the rectangle around both
    table = inventory((100, 100, 0, 0, 20, 20), (100, 100, 10, 10, 40, 40), (100, 100, 30, 0, 38, 8))

    assert masked_regions(table) == [Region(0.0, 0.0, 0.4, 0.4)]


def test_without_bars_nothing_is_masked():
    assert masked_regions(inventory((100, 100, None, None, None, None))) == []


def test_a_region_covers_every_pixel_that_it_touches():
    assert Region(0.105, 0.5, 0.295, 1.0).box(100, 50) == Box(10, 25, 30, 50)


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
