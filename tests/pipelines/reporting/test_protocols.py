"""Accuracies under several protocols of the split, and what may be concluded from them."""

import pandas as pd
import pytest

from leukosmear.pipelines.reporting.protocols import compare_protocols, draw_protocols, summarise_protocol

MANIFEST = pd.DataFrame(
    {
        "split": ["train"] * 4 + ["validation"] + ["test"] * 3,
        "acquisition_id": ["a", "a", "b", "c", "d", "a", "e", "e"],
    }
)
CONCLUSIONS = {"confidence": 0.95, "data_sha256": "abc"}


def summarise(protocol, *models, data="abc"):
    """The summary of models given as name, role, accuracy and half the width of its interval; the first is chosen."""
    columns = ["model", "role", "test_accuracy", "half"]
    table = pd.DataFrame(models, columns=columns)
    table = table.assign(
        ci_low=table["test_accuracy"] - table["half"],
        ci_high=table["test_accuracy"] + table["half"],
        chosen=[True] + [False] * (len(models) - 1),
        interval_over="acquisitions",
        further=1,
    )
    side = {"same_field": {"share": 0.25}, "same_acquisition": {"share": 1 / 3}}
    return summarise_protocol(
        MANIFEST, {"protocol": protocol, "test": side}, table, CONCLUSIONS | {"data_sha256": data}
    )


def compare(current, *others):
    return compare_protocols(current, {one["protocol"]: lambda one=one: one for one in (current, *others)})


def test_summary_counts_images_and_acquisitions():
    summary = summarise("random", ("cnn", "further", 0.9, 0.05))
    counted = {key: summary[key] for key in ("n_train", "n_test", "train_acquisitions", "test_acquisitions")}
    assert counted == {"n_train": 4, "n_test": 3, "train_acquisitions": 3, "test_acquisitions": 2}
    assert summary["effective_test_acquisitions"] == pytest.approx(9 / 5)  # of one image and of two
    assert summary["same_acquisition_share"] == pytest.approx(1 / 3)
    assert "further" not in summary["models"][0]


def test_few_acquisitions_prove_nothing():
    by_image, by_acquisition = (summarise(name, ("cnn", "further", 0.9, 0.05)) for name in ("random", "acquisition"))
    (sentence,) = compare(by_acquisition, by_image)["conclusions"]
    assert "worth 1.8 of equal size. So few cannot show how much accuracy comes from recognising acq" in sentence


@pytest.mark.parametrize(
    ("accuracy", "half", "meaning"),
    [
        pytest.param(0.70, 0.05, "The intervals do not meet: part of the higher figure comes from", id="lower"),
        pytest.param(0.85, 0.05, "It is lower, but the intervals overlap", id="perhaps lower"),
        pytest.param(0.95, 0.05, "So no accuracy is seen to come from recognising acquisitions", id="not lower"),
    ],
)
def test_conclusion_is_decided_by_the_figures(accuracy, half, meaning):
    by_image = summarise("random", ("cnn", "further", 0.9, 0.05), ("knn", "Table 1", 0.6, 0.1))
    by_acquisition = summarise("acquisition", ("cnn", "further", accuracy, half), ("knn", "Table 1", 0.5, 0.1))
    by_acquisition["effective_test_acquisitions"] = 10
    (sentence,) = compare(by_acquisition, by_image)["conclusions"]
    assert meaning in sentence
    assert ": 2 acquisitions, worth 10.0 of equal size." in sentence
    assert f"and {100 * accuracy:.1f}\u00a0% (" in sentence
    n_lower = 1 if accuracy > 0.9 else 2
    assert sentence.endswith(f"Models and controls that are less accurate there: {n_lower} of 2.")


@pytest.mark.parametrize(
    ("changed", "doubt"),
    [
        pytest.param({"effective_test_acquisitions": 2}, "but these are few", id="few"),
        pytest.param({"interval_over": "images"}, "takes images as independent", id="another kind of interval"),
    ],
)
def test_a_fall_that_intervals_do_not_vouch_for_is_doubted(changed, doubt):
    by_image = summarise("random", ("cnn", "further", 0.9, 0.05))
    by_acquisition = summarise("acquisition", ("cnn", "further", 0.5, 0.05))
    by_acquisition["effective_test_acquisitions"] = 10
    by_acquisition.update(changed)
    by_acquisition["models"][0].update(changed)
    (sentence,) = compare(by_acquisition, by_image)["conclusions"]
    assert doubt in sentence
    assert "cannot be told" in sentence


def test_order_is_that_of_the_documentation_whichever_ran_last():
    streams = summarise("leave_stream_out", ("cnn", "further", 0.5, 0.1))
    by_image = summarise("random", ("cnn", "further", 0.9, 0.05))
    comparison = compare(streams, by_image)
    assert [one["protocol"] for one in comparison["protocols"]] == ["random", "leave_stream_out"]
    assert comparison["current"] == "leave_stream_out"
    assert comparison["missing"] == "acquisition"
    assert "recognising how a series of images was taken" in comparison["conclusions"][0]


def test_results_of_another_version_are_left_out():
    older = summarise("acquisition", ("cnn", "further", 0.9, 0.05))
    del older["effective_test_acquisitions"]
    comparison = compare(summarise("random", ("cnn", "further", 0.9, 0.05)), older)
    assert comparison["left_out"] == ["acquisition"]
    assert [one["protocol"] for one in comparison["protocols"]] == ["random"]


def test_results_of_other_images_are_left_out(caplog):
    by_image = summarise("random", ("cnn", "further", 0.9, 0.05))
    comparison = compare(by_image, summarise("acquisition", ("cnn", "further", 0.5, 0.1), data="other"))
    assert [one["protocol"] for one in comparison["protocols"]] == ["random"]
    assert comparison["left_out"] == ["acquisition"]
    assert comparison["conclusions"] == []
    assert "Results split by acquisition are of other images" in caplog.text


def test_model_that_one_protocol_lacks_is_drawn_where_it_is():
    by_image = summarise("random", ("cnn", "further", 0.9, 0.05), ("background", "control", 0.8, 0.1))
    by_acquisition = summarise("acquisition", ("new", "further", 0.7, 0.05), ("cnn", "further", 0.6, 0.1))
    comparison = compare(by_image, by_acquisition)
    assert [row["model"] for row in comparison["models"]] == ["cnn", "background", "new"]
    axes = draw_protocols(comparison).axes[0]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["cnn", "new", "background"]
    marks = {line.get_label(): list(line.get_xdata()) for line in axes.get_lines()}
    assert marks == {"random": pytest.approx([90, 80]), "acquisition": pytest.approx([60, 70])}
