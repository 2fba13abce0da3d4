import pandas as pd
import pytest

from leukosmear.figures.curves import draw_curves, draw_reliability, draw_training_curves
from leukosmear.parameters import EvaluationParameters

PREDICTIONS = pd.DataFrame(
    {
        "protocol": "random",
        "fold": 0,
        "seed": 0,
        "image_id": list("1234"),
        "side": "test",
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
        "c: AUC undefined: the side has no image of this class",
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


@pytest.mark.parametrize("epochs", [1, 7])
@pytest.mark.parametrize("best_epoch", [1, None])
def test_training_curves_have_five_panels_with_both_sides(epochs, best_epoch):
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
