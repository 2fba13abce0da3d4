import numpy as np
import pandas as pd
import pytest

from leukosmear.figures import class_colours, new_figure
from leukosmear.pipelines.reporting.figures import (
    draw_confusion_matrix,
    draw_roc,
    draw_table_1,
    draw_training_curves,
)


def texts(axes) -> list[str]:
    return [text.get_text() for text in axes.texts]


def test_confusion_matrix_shows_counts_and_shares_of_rows():
    test = {"classes": ["a", "b", "c"], "confusion_matrix": [[3, 1, 0], [0, 5, 0], [0, 0, 0]]}
    axes = draw_confusion_matrix({"test": test}).axes[0]
    assert texts(axes) == ["3\n75.0%", "1\n25.0%", "0", "0", "5\n100.0%", "0", *["\u2013"] * 3]
    assert [label.get_text() for label in axes.get_xticklabels()] == ["a", "b", "c"]
    assert [label.get_text() for label in axes.get_yticklabels()] == [
        "a  (n = 4)",
        "b  (n = 5)",
        "c  (n = 0)",
    ]
    shown = axes.images[0].get_array()
    assert shown[0].tolist() == [0.75, 0.25, 0.0]
    assert shown.mask[2].all()


def test_roc_names_the_area_or_the_reason_why_there_is_none():
    predictions = pd.DataFrame(
        {
            "image_id": list("1234"),
            "split": "test",
            "label": ["a", "a", "b", "b"],
            "p_a": [0.8, 0.3, 0.4, 0.1],
            "p_b": [0.1, 0.7, 0.6, 0.9],
            "p_c": [0.1, 0.0, 0.0, 0.0],
        }
    )
    figure = draw_roc(predictions)
    legend = [text.get_text() for text in figure.legends[0].get_texts()]
    assert legend == ["a: AUC 0.750", "b: AUC 0.750", "c: undefined: the split has no image of this class"]
    curve = figure.axes[0].lines[1]
    assert (curve.get_xdata()[0], curve.get_ydata()[0]) == (0, 0)
    assert (curve.get_xdata()[-1], curve.get_ydata()[-1]) == (1, 1)


@pytest.mark.parametrize("epochs", [1, 7])
@pytest.mark.parametrize("best_epoch", [1, None])
def test_training_curves_have_five_panels_with_both_splits(epochs, best_epoch):
    history = pd.DataFrame({"epoch": range(1, epochs + 1)})
    names = ("accuracy", "loss", "precision", "recall", "f1")
    for position, name in enumerate(names):
        history[f"train_{name}"] = position / 10
        history[f"validation_{name}"] = position / 10 + 0.05
    figure = draw_training_curves(history, {"best_epoch": best_epoch})
    panels = figure.axes[:5]
    assert [axes.get_title(loc="left") for axes in panels] == [
        "Accuracy",
        "Loss",
        "Precision",
        "Recall",
        "F1",
    ]
    for position, axes in enumerate(panels):
        train, validation = axes.lines[:2]
        assert train.get_ydata().tolist() == [position / 10] * epochs
        assert validation.get_ydata().tolist() == [position / 10 + 0.05] * epochs
        assert len(axes.lines) == (2 if best_epoch is None else 3)
    labels = [text.get_text() for text in figure.axes[5].get_legend().get_texts()]
    assert labels == ["train", "validation", *([] if best_epoch is None else ["kept: epoch 1"])]


def test_table_1_figure_leaves_out_what_is_missing():
    table = pd.DataFrame(
        {
            "classifier": ["KNN", "ours only", "paper only"],
            "paper_percent": pd.array([65.42, None, 79.58], dtype="Float64"),
            "ours_percent": [70.0, 90.0, None],
            "ours_percent_low": [60.0, 85.0, None],
            "ours_percent_high": [80.0, 95.0, None],
        }
    )
    axes = draw_table_1(table).axes[0]
    ours, paper = axes.lines
    np.testing.assert_array_equal(ours.get_xdata(), [70, 90, np.nan])
    np.testing.assert_array_equal(paper.get_xdata(), [65.42, np.nan, 79.58])
    assert [label.get_text() for label in axes.get_yticklabels()] == table["classifier"].tolist()


def test_colours_are_distinct_and_stay_with_their_position():
    names = [f"name {i}" for i in range(40)]
    many = class_colours(names)
    assert len(set(many.values())) == 40
    assert all(len(colour) == 7 and colour.startswith("#") for colour in many.values())
    assert class_colours(names[:3]) == {name: many[name] for name in names[:3]}


def test_style_holds_for_axes_and_leaves_matplotlib_alone():
    import matplotlib

    before = dict(matplotlib.rcParams)
    axes = new_figure(3, 2).subplots()
    title = axes.set_title("title", loc="left")
    assert title.get_weight() == "bold"
    assert not axes.spines["top"].get_visible()
    assert dict(matplotlib.rcParams) == before
