import numpy as np
import pandas as pd

from conftest import partitions
from leukosmear.pipelines.reporting.figures import draw_accuracies, draw_costs
from leukosmear.pipelines.reporting.mistakes import draw_mistakes, find_mistakes


def texts(axes) -> list[str]:
    return [text.get_text() for text in axes.texts]


PREDICTIONS = pd.DataFrame(
    {
        "image_id": list("1234"),
        "side": "test",
        "label": ["a", "a", "b", "b"],
        "p_a": [0.8, 0.3, 0.4, 0.1],
        "p_b": [0.1, 0.7, 0.6, 0.9],
        "p_c": [0.1, 0.0, 0.0, 0.0],
    }
)


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


def test_accuracies_are_drawn_best_first_and_controls_last():
    control = {"model": ["control"], "kind": "shortcut", "test_accuracy": 0.8, "chance": 0.25}
    axes = draw_accuracies(MODELS, pd.DataFrame(control)).axes[0]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["good", "bad", "control"]
    assert axes.get_yticks().tolist() == [0, 1, 2.6]
    lines = {line.get_label(): line.get_xdata()[0] for line in axes.lines}
    assert lines == {"always the largest class": 0.25, "best shortcut": 0.8}


def test_costs_share_the_rows_of_the_models():
    accuracy, size, latency = draw_costs(MODELS).axes
    assert [label.get_text() for label in accuracy.get_yticklabels()] == ["good", "control", "bad"]
    assert accuracy.collections[0].get_offsets().tolist() == [[0.9, 0], [0.8, 1], [0.4, 2]]
    assert size.collections[0].get_offsets().tolist() == [[2, 0], [1e-5, 1], [1, 2]]
    assert latency.collections[0].get_offsets()[:, 0].tolist() == [100, 10, 1]
    assert (size.get_xscale(), latency.get_xscale()) == ("log", "log")
