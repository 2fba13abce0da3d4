"""Accuracies under several protocols of the split, and what may be concluded from them."""

import pandas as pd
import pytest

from conftest import as_split
from leukosmear.pipelines.reporting.protocols import compare_protocols, draw_protocols, summarise_protocol

SPLIT = as_split(
    pd.DataFrame(
        {
            "image_id": list("12345678"),
            "label": "A",
            "acquisition_id": ["a", "a", "b", "c", "d", "a", "e", "e"],
            "side": ["train"] * 4 + ["validation"] + ["test"] * 3,
        }
    )
)
INVENTORY = SPLIT.assign(file_name=SPLIT["image_id"], sha256="abc", status="accepted", smear_id=None)
RECORD = {
    "code": "c0de",
    "versions": {"keras": "3"},
    "parameters": {"split": {"seed": 0, "folds": 7}, "cnn": {"training": {"epochs": 24}}, "protocol": "random"},
}


def summarise(protocol, *models, inventory=INVENTORY, record=RECORD, fold=0):
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
    leakage = {"test": {"same_field": {"share": 0.25}, "same_acquisition": {"share": 1 / 3}}}
    split = SPLIT.assign(protocol=protocol, fold=fold)
    return summarise_protocol(split, leakage, table, {"confidence": 0.95}, inventory, record)


def compare(current, *others, inventory=INVENTORY):
    stored = {f"{one['protocol']}/fold{one['fold']}-seed{one['seed']}": one for one in (current, *others)}
    return compare_protocols(current, {name: lambda one=one: one for name, one in stored.items()}, inventory)


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
    del older["fingerprint"]
    comparison = compare(summarise("random", ("cnn", "further", 0.9, 0.05)), older)
    assert comparison["left_out"] == {"acquisition": "another version of leukosmear"}
    assert [one["protocol"] for one in comparison["protocols"]] == ["random"]


def other_parameters(**changes):
    parameters = {"split": {"seed": 0, "folds": 7}, "cnn": {"training": {"epochs": 24}}} | changes
    return {"record": RECORD | {"parameters": parameters}}


@pytest.mark.parametrize(
    ("made_of", "reason"),
    [
        ({"inventory": INVENTORY.assign(sha256="other")}, "other images"),
        ({"inventory": INVENTORY.assign(acquisition_id="a")}, "other images"),
        ({"inventory": INVENTORY.assign(stream_id="a")}, "other images"),
        ({"record": RECORD | {"code": "another"}}, "other code"),
        ({"record": RECORD | {"versions": {"keras": "4"}}}, "other versions: keras"),
        (other_parameters(cnn={"training": {"epochs": 2}}), "other parameters: cnn.training.epochs"),
        (
            other_parameters(split={"seed": 0, "folds": 3}, images={"size": 8}),
            "other parameters: split.folds, images.size",
        ),
        ({"record": RECORD | {"code": "", "versions": {}}}, "other code; other versions: keras"),
    ],
    ids=["files", "acquisitions", "streams", "code", "versions", "epochs", "size and folds", "two things"],
)
def test_results_that_differ_in_more_than_the_split_are_left_out(made_of, reason, caplog):
    by_image = summarise("random", ("cnn", "further", 0.9, 0.05))
    comparison = compare(by_image, summarise("acquisition", ("cnn", "further", 0.5, 0.1), **made_of))
    assert [one["protocol"] for one in comparison["protocols"]] == ["random"]
    assert comparison["left_out"] == {"acquisition": reason}
    assert comparison["conclusions"] == []
    assert "Results of protocol acquisition are left out" in caplog.text


def test_what_names_the_split_makes_no_difference():
    same = {"split": {"seed": 0, "folds": 7, "protocol": "acquisition", "fold": 3}, "protocol": "acquisition"}
    by_acquisition = summarise("acquisition", ("cnn", "further", 0.5, 0.1), **other_parameters(**same))
    assert compare(summarise("random", ("cnn", "further", 0.9, 0.05)), by_acquisition)["left_out"] == {}


def test_other_folds_and_seeds_of_another_protocol_are_not_compared():
    fold = summarise("acquisition", ("cnn", "further", 0.5, 0.1), fold=1)
    comparison = compare(summarise("random", ("cnn", "further", 0.9, 0.05)), fold)
    assert [one["protocol"] for one in comparison["protocols"]] == ["random"]
    comparison = compare(fold, summarise("random", ("cnn", "further", 0.9, 0.05)))
    assert [(one["protocol"], one["fold"]) for one in comparison["protocols"]] == [("random", 0), ("acquisition", 1)]


def test_smears_are_recommended_where_they_are_known():
    others = [summarise(name, ("cnn", "further", 0.9, 0.05)) for name in ("acquisition", "leave_stream_out")]
    current = summarise("random", ("cnn", "further", 0.9, 0.05))
    assert compare(current, *others)["missing"] is None
    assert compare(current, *others, inventory=INVENTORY.assign(smear_id="a"))["missing"] == "leave_smear_out"


def test_model_that_one_protocol_lacks_is_drawn_where_it_is():
    by_image = summarise("random", ("cnn", "further", 0.9, 0.05), ("background", "control", 0.8, 0.1))
    by_acquisition = summarise("acquisition", ("new", "further", 0.7, 0.05), ("cnn", "further", 0.6, 0.1))
    comparison = compare(by_image, by_acquisition)
    assert [row["model"] for row in comparison["models"]] == ["cnn", "background", "new"]
    axes = draw_protocols(comparison).axes[0]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["cnn", "new", "background"]
    handles, labels = axes.get_legend_handles_labels()
    marks = {
        label: marks.get_offsets()[:, 0].compressed().tolist() for marks, label in zip(handles, labels, strict=True)
    }
    assert marks == {"random": [0.9, 0.8], "acquisition": [0.6, 0.7]}
