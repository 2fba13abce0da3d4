import math

import pandas as pd
import pytest

from leukosmear.pages.formatting import (
    MISSING,
    count,
    decimal,
    duration,
    file_size,
    percent,
    percent_interval,
)


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (percent(455 / 493), "92.3 %"),
        (percent(0.5, 0), "50 %"),
        (percent_interval(0.8962, 0.943), "89.6 to 94.3 %"),
        (count(3256), "3,256"),
        (count(3256.0), "3,256"),
        (decimal(0.20259), "0.203"),
        (file_size(999), "999 B"),
        (file_size(1000), "1.0 kB"),
        (file_size(999_960), "1.0 MB"),
        (file_size(94_812_333), "94.8 MB"),
        (file_size(2.5e12), "2500.0 GB"),
        (duration(0.42), "0.42 s"),
        (duration(12.34), "12.3 s"),
        (duration(59.97), "1 min 0 s"),
        (duration(200), "3 min 20 s"),
        (duration(7501), "2 h 5 min"),
    ],
)
def test_writes_numbers_as_people_read_them(found, expected):
    assert found.replace("\u00a0", " ") == expected


@pytest.mark.parametrize("write", [percent, count, decimal, file_size, duration])
@pytest.mark.parametrize("value", [None, math.nan, pd.NA])
def test_missing_is_a_dash(write, value):
    assert write(value) == MISSING
    assert percent_interval(value, 0.5) == percent_interval(0.5, value) == MISSING
