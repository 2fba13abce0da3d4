"""The same parts of every image are masked: all that a bar covers in any."""

import pandas as pd

from leukosmear.scale_bars import Box, Region, masked_regions


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
