import json

import pytest

from evaluation.predicted_tables import PARAMETERS, manifest, random_predictions, table
from leukosmear.evaluation import evaluate, evaluate_model

CLASSES = list("abc")
PREDICTIONS = random_predictions(60, CLASSES, seed=0)


@pytest.mark.parametrize("classes", [["sick", "well"], CLASSES, [f"class {i}" for i in range(11)]], ids=len)
def test_any_number_of_classes_is_strict_json(classes):
    predictions = random_predictions(60, classes, seed=1)
    parameters = PARAMETERS.model_copy(update={"negative_class": classes[-1]})
    result = evaluate_model(predictions, manifest(predictions, 2), parameters)
    assert result["test"] == evaluate(predictions, "test", 0.95)
    assert result["validation"] == evaluate(predictions, "validation", 0.95)
    assert result["bootstrap"]["resampling"]["n_groups"] == 30
    assert result["clinical"]["negative_class"] == classes[-1]
    assert result["undefined"] == []
    assert json.loads(json.dumps(result, allow_nan=False)) == result


def test_validation_chooses_and_test_is_only_scored():
    """Another test split changes neither temperature nor threshold; another validation split does."""
    parameters = PARAMETERS.model_copy(update={"threshold_rule": "youden"})

    def choices(predictions):
        result = evaluate_model(predictions, None, parameters)
        return result["calibration"]["temperature"], result["clinical"]["threshold"]

    is_test, chosen = PREDICTIONS["side"] == "test", choices(PREDICTIONS)
    fewer = PREDICTIONS.groupby("side").head(30).index
    assert choices(PREDICTIONS[~is_test | PREDICTIONS.index.isin(fewer)]) == chosen
    changed = choices(PREDICTIONS[is_test | PREDICTIONS.index.isin(fewer)])
    assert changed[0] != chosen[0]
    assert changed[1] != chosen[1]


def test_one_image_of_each_split():
    rows = [("test", "b", (0.2, 0.7, 0.1)), ("validation", "b", (0.2, 0.7, 0.1))]
    result = evaluate_model(table(rows), None, PARAMETERS)
    assert result["test"]["accuracy"] == 1.0
    assert result["bootstrap"]["overall"]["accuracy"] is None
    assert result["clinical"]["threshold"] is None
    assert json.loads(json.dumps(result, allow_nan=False)) == result


@pytest.mark.parametrize(
    ("negative_class", "reason"),
    [
        pytest.param(None, "no class is said to mean no disease", id="not named"),
        pytest.param("healthy", "the data set has no class healthy", id="not there"),
    ],
)
def test_without_a_negative_class_there_is_no_clinical_reading(negative_class, reason):
    parameters = PARAMETERS.model_copy(update={"negative_class": negative_class})
    result = evaluate_model(PREDICTIONS, None, parameters)
    assert result["clinical"] is None
    (undefined,) = result["undefined"]
    assert undefined["figure"] == "clinical reading"
    assert undefined["reason"].startswith(reason)
    assert undefined["reason"].endswith("its classes are a, b, c")


def test_both_splits_are_needed():
    with pytest.raises(ValueError, match="side 'validation'"):
        evaluate_model(PREDICTIONS.query("side == 'test'"), None, PARAMETERS)
