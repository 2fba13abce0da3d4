import numpy as np
import pandas as pd
import pytest

from conftest import partitions
from leukosmear.figures import class_colours, model_colours, new_figure
from leukosmear.parameters import EvaluationParameters
from leukosmear.pipelines.reporting.curves import draw_curves, draw_reliability, draw_training_curves
from leukosmear.pipelines.reporting.figures import draw_confusion_matrix, draw_mistakes, find_mistakes
from leukosmear.pipelines.reporting.overview import draw_accuracies, draw_agreement, draw_beside_paper, draw_costs


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
    shown = axes.collections[0].get_array()
    assert shown[0].tolist() == [0.75, 0.25, 0.0]
    assert shown.mask[2].all()


PREDICTIONS = pd.DataFrame(
    {
        "image_id": list("1234"),
        "split": "test",
        "label": ["a", "a", "b", "b"],
        "p_a": [0.8, 0.3, 0.4, 0.1],
        "p_b": [0.1, 0.7, 0.6, 0.9],
        "p_c": [0.1, 0.0, 0.0, 0.0],
    }
)


def test_curves_name_the_areas_or_the_reason_why_there_is_none():
    nothing = {"auc": None, "average_precision": None}
    bootstrap = {"a": {"auc": [0.5, 1.0], "average_precision": None}, "b": nothing, "c": nothing}
    manifest = PREDICTIONS[["image_id"]]
    evaluation = EvaluationParameters(seed=0, resamples=100)
    figure = draw_curves(PREDICTIONS, {"bootstrap": {"per_class": bootstrap}}, manifest, evaluation)
    legend = [text.get_text() for text in figure.legends[0].get_texts()]
    assert legend == [
        "a: AUC 0.750 (0.500 to 1.000), average precision 0.833",
        "b: AUC 0.750, average precision 0.833",
        "c: AUC undefined: the split has no image of this class",
    ]
    roc, precision = figure.axes
    curve = roc.lines[1]
    assert (curve.get_xdata()[0], curve.get_ydata()[0]) == (0, 0)
    assert (curve.get_xdata()[-1], curve.get_ydata()[-1]) == (1, 1)
    assert max(precision.lines[0].get_xdata()) == 1


def test_reliability_draws_bins_with_images_only():
    empty = {"low": 0, "high": 0.5, "n": 0, "confidence": None, "accuracy": None}
    full = [{"low": 0.5, "high": 1, "n": 4, "confidence": 0.8, "accuracy": 0.5}]
    before = {"expected_calibration_error": 0.3, "reliability": [empty, *full]}
    after = {"expected_calibration_error": 0.01, "reliability": [empty, *full]}
    figure = draw_reliability({"calibration": {"temperature": 1.5, "test": {"before": before, "after": after}}})
    legend = [text.get_text() for text in figure.legends[0].get_texts()]
    assert legend == ["as they are: expected error 0.300", "scaled by the temperature 1.50: expected error 0.010"]
    assert figure.axes[0].lines[1].get_xydata().tolist() == [[0.8, 0.5]]


def test_mistakes_are_the_surest_first():
    reporting = type("Parameters", (), {"worst_mistakes": 1})()
    mistakes = find_mistakes(reporting, net=PREDICTIONS, sure=PREDICTIONS.assign(p_b=[0.1, 0.7, 0.6, 0.9]))
    assert mistakes.to_dict("records")[0] == {
        "model": "net",
        "image_id": "2",
        "label": "a",
        "predicted": "b",
        "probability": 0.7,
        "probability_of_label": 0.3,
    }
    assert mistakes["model"].tolist() == ["net", "sure"]


def test_mistakes_are_drawn_with_both_probabilities_and_none_is_said():
    mistakes = pd.DataFrame(
        [("net", "A/2", "a", "b", 0.7, 0.3)],
        columns=["model", "image_id", "label", "predicted", "probability", "probability_of_label"],
    )
    pixels = np.zeros((2, 6, 8, 3), np.uint8)
    models = pd.DataFrame({"model": ["net", "right"]})
    figures = draw_mistakes(mistakes, partitions(pixels, ["A/1", "A/2"]), models)
    assert texts(figures["net"].axes[0]) == ["2\nis a: 30.0%\ntaken for b: 70.0%"]
    assert len(figures["net"].axes[0].images) == 1
    assert texts(figures["right"].axes[0]) == ["No mistake on the test images."]


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


def test_figure_beside_the_paper_leaves_out_what_is_missing():
    table = pd.DataFrame(
        {
            "classifier": ["KNN", "ours only", "paper only"],
            "paper_percent": pd.array([65.42, None, 79.58], dtype="Float64"),
            "ours_percent": [70.0, 90.0, None],
            "ours_percent_low": [60.0, 85.0, None],
            "ours_percent_high": [80.0, 95.0, None],
        }
    )
    axes = draw_beside_paper(table).axes[0]
    ours, paper = axes.lines
    np.testing.assert_array_equal(ours.get_xdata(), [70, 90, np.nan])
    np.testing.assert_array_equal(paper.get_xdata(), [65.42, np.nan, 79.58])
    assert [label.get_text() for label in axes.get_yticklabels()] == table["classifier"].tolist()
    assert texts(axes) == ["not trained in this run"]


MODELS = pd.DataFrame(
    {
        "model": ["bad", "control", "good"],
        "role": ["further", "control", "further"],
        "test_accuracy": [0.4, 0.8, 0.9],
        "ci_low": [0.3, 0.7, 0.8],
        "ci_high": [0.5, 0.9, 1.0],
        "bytes": [1_000_000, 10, 2_000_000],
        "latency_ms": [1.0, 10.0, 100.0],
    }
)


@pytest.mark.parametrize("controls", [["control"], []])
def test_accuracies_are_drawn_best_first_and_controls_last(controls):
    table = pd.DataFrame(
        {"model": controls, "kind": "shortcut", "test_accuracy": [0.8] * len(controls), "chance": 0.25}
    )
    axes = draw_accuracies(MODELS, table).axes[0]
    names = [label.get_text() for label in axes.get_yticklabels()]
    assert names == (["good", "bad", "control"] if controls else ["good", "control", "bad"])
    lines = {line.get_label(): line.get_xdata()[0] for line in axes.lines if not line.get_label().startswith("_")}
    assert lines == ({"always the largest class": 25, "best shortcut": 80} if controls else {})


def test_costs_share_the_rows_of_the_models():
    accuracy, size, latency = draw_costs(MODELS).axes
    assert [label.get_text() for label in accuracy.get_yticklabels()] == ["good", "control", "bad"]
    assert accuracy.collections[0].get_offsets().tolist() == [[90, 0], [80, 1], [40, 2]]
    assert size.collections[0].get_offsets().tolist() == [[2, 0], [1e-5, 1], [1, 2]]
    assert latency.collections[0].get_offsets()[:, 0].tolist() == [100, 10, 1]
    assert (size.get_xscale(), latency.get_xscale()) == ("log", "log")


def test_agreement_shows_each_pair_once():
    kappa = [[1.0, 0.5, None], [0.5, 1.0, -0.1], [None, -0.1, 1.0]]
    axes = draw_agreement({"agreement": {"models": ["a", "b", "c"], "kappa": kappa}}).axes[0]
    assert texts(axes) == [".50", "\u2013", "-.10"]


def test_colours_are_distinct_and_stay_with_their_position():
    names = [f"name {i}" for i in range(40)]
    many = class_colours(names)
    assert len(set(many.values())) == 40
    assert all(len(colour) == 7 and colour.startswith("#") for colour in many.values())
    assert class_colours(names[:3]) == {name: many[name] for name in names[:3]}
    assert model_colours(["b", "a"]) == model_colours(["a", "b"])


def test_layout_is_worked_out_once(tmp_path):
    figure = new_figure(3, 2)
    figure.subplots().set_ylabel("label that needs room")
    figure.savefig(tmp_path / "one.png")
    place = figure.axes[0].get_position().bounds
    figure.savefig(tmp_path / "one.svg")
    assert figure.axes[0].get_position().bounds == place
    assert place[0] > 0.15  # the default of figures that nothing lays out is 0.125


def test_style_holds_for_axes_and_leaves_matplotlib_alone():
    import matplotlib

    before = dict(matplotlib.rcParams)
    axes = new_figure(3, 2).subplots()
    title = axes.set_title("title", loc="left")
    assert title.get_weight() == "bold"
    assert not axes.spines["top"].get_visible()
    assert dict(matplotlib.rcParams) == before
