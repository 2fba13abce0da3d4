import numpy as np
import pandas as pd

from leukosmear.paper.figures import draw_beside_paper


def test_figure_beside_the_paper_leaves_out_what_is_missing():
    table = pd.DataFrame(
        {
            "classifier": ["KNN", "ours only", "paper only"],
            "paper_percent": pd.array([65, None, 80], dtype="Float64"),
            "ours_percent": [70.0, 90.0, None],
            "ours_percent_low": [60.0, 85.0, None],
            "ours_percent_high": [80.0, 95.0, None],
        }
    )
    axes = draw_beside_paper(table).axes[0]
    _, ours, paper = axes.collections
    np.testing.assert_array_equal(ours.get_offsets()[:, 0].filled(np.nan), [0.7, 0.9, np.nan])
    np.testing.assert_array_equal(paper.get_offsets()[:, 0].filled(np.nan), [0.65, np.nan, 0.8])
    assert [text.get_text() for text in axes.texts] == ["not trained in this run"]
