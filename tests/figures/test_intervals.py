import numpy as np
import pytest

from leukosmear.figures import new_figure
from leukosmear.figures.intervals import Series, draw_intervals, place_in_groups


def test_rows_lie_from_top_to_bottom_with_their_intervals_and_gaps_where_there_is_no_value():
    axes = new_figure(4, 2).subplots()
    ours = Series([0.5, 0.75], [0.25, np.nan], [1.0, np.nan], label="ours", colour=["#ff0000", "#0000ff"])
    theirs = Series([np.nan, 0.2], label="theirs", marker="D", hollow=True, shift=0.25)
    draw_intervals(axes, ["first", "second"], [ours, theirs])
    intervals, filled, hollow = axes.collections
    assert intervals.get_segments()[0].tolist() == [[0.25, 0], [1.0, 0]]
    assert filled.get_offsets().tolist() == [[0.5, 0], [0.75, 1]]
    assert filled.get_facecolors().tolist() == [[1, 0, 0, 1], [0, 0, 1, 1]]
    assert hollow.get_offsets()[1].tolist() == [0.2, 1.25]
    assert hollow.get_facecolors().tolist() == [[1, 1, 1, 1]]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["first", "second"]
    assert axes.get_ylim() == (1.6, -0.6)
    assert axes.xaxis.get_major_formatter()(0.5) == "50%"
    assert axes.get_legend_handles_labels()[1] == ["ours", "theirs"]


@pytest.mark.parametrize(("gap", "places"), [(1.0, [0, 1, 3, 4]), (0.5, [0, 1, 2.5, 3.5])])
def test_groups_lie_apart(gap, places):
    assert place_in_groups(["a", "a", "b", "b"], gap).tolist() == places
