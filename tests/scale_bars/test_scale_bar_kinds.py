"""Scale bars are told apart where their marks differ, and only there."""

from leukosmear.scale_bars import find_scale_bar, name_kinds
from scale_bars.drawn_bars import FIVE, TWO, as_jpeg, draw, field


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
