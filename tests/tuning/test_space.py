"""What may be searched, and how values get into the parameters."""

import optuna
import pytest
from pydantic import ValidationError

from conftest import configuration
from leukosmear.parameters import AugmentationParameters, NetworkParameters, TrainingParameters
from leukosmear.parameters.tuning import SearchedParameter, TuningParameters
from leukosmear.tuning.space import Blocks, check, configured, nest, put, suggest
from tuning.tuned_studies import BLOCKS, SPACE, tuning


@pytest.mark.parametrize(
    ("searched", "stored", "value"),
    [
        pytest.param({"low": 0.001, "high": 0.1, "log": True}, 0.0123456, 0.0123, id="range, to three digits"),
        pytest.param({"low": 4, "high": 8}, 5, 5, id="whole numbers"),
        pytest.param({"choices": [16, 32]}, 32, 32, id="choice"),
        pytest.param({"choices": [[2, 4], [4, 8]]}, "[4, 8]", [4, 8], id="choice of lists"),
        pytest.param(
            {"choices": [{"zoom": 0.0}, {"zoom": 0.2}]}, '{"zoom": 0.2}', {"zoom": 0.2}, id="choice of blocks"
        ),
    ],
)
def test_study_chooses_values_of_the_kind_that_is_searched(searched, stored, value):
    parameter = SearchedParameter(path="training.any", **searched)
    chosen = suggest(parameter, optuna.trial.FixedTrial({"training.any": stored}))
    assert chosen == value
    assert type(chosen) is type(value)


@pytest.mark.parametrize(
    ("searched", "message"),
    [
        ({"path": "training.epochs"}, "Expected `low` and `high`, or `choices`"),
        ({"path": "training.epochs", "low": 1}, "Expected `low` and `high`, or `choices`"),
        ({"path": "training.epochs", "low": 1, "high": 3, "choices": [1]}, "Expected `low` and `high`, or `choices`"),
        ({"path": "training.epochs", "low": 3, "high": 1}, "Expected `low` below `high`. Found 3 and 1"),
        ({"path": "training.epochs", "low": 0.0, "high": 1.0, "log": True}, "above 0 for `log`"),
        ({"path": "training.epochs", "choices": [1, 1]}, "Expected each of `choices` once"),
        ({"path": "evaluation.resamples", "low": 1, "high": 3}, "String should match pattern"),
    ],
)
def test_search_that_cannot_be_is_refused(searched, message):
    with pytest.raises(ValidationError, match=message):
        SearchedParameter(**searched)


def test_search_ends_and_has_each_path_once():
    with pytest.raises(ValidationError, match="Expected `trials` or `minutes`"):
        tuning(trials=None)
    with pytest.raises(ValidationError, match=r"Found training\.batch_size again"):
        tuning(space=[*SPACE, {"path": "training.batch_size", "choices": [1, 2]}])


@pytest.mark.parametrize("order", [1, -1], ids=["block first", "block last"])
def test_values_get_to_their_places_whatever_comes_first(order):
    block = {"zoom": 0.3, "shear": 0}
    values = {"augmentation": block, "augmentation.rotation": 90, "network.options.filters": [2], "training.epochs": 7}
    values = dict(list(values.items())[::order])
    changed = put(BLOCKS, values)
    augmentation = changed.augmentation
    assert (augmentation.zoom, augmentation.shear, augmentation.rotation, augmentation.width_shift) == (
        0.3,
        0,
        90,
        0.05,
    )
    assert changed.network.options == {"filters": [2], "dropout": 0.0}
    assert (changed.training.epochs, changed.training.batch_size) == (7, 8)
    assert BLOCKS.training.epochs == 1
    assert block == {"zoom": 0.3, "shear": 0}


def test_nested_values_are_what_a_configuration_has():
    assert nest({"a.b": 1, "c": {"d": 2}, "c.e": 3}) == {"a": {"b": 1}, "c": {"d": 2, "e": 3}}


@pytest.mark.parametrize(
    ("searched", "problem"),
    [
        pytest.param({"path": "training.learning_rte", "low": 0.1, "high": 0.2}, "learning_rte", id="path"),
        pytest.param({"path": "training.label_smoothing", "low": 0.0, "high": 1.0}, "less than 1", id="end of a range"),
        pytest.param({"path": "network.options.width", "choices": [1, 2]}, "does not take the options", id="option"),
        pytest.param({"path": "augmentation", "choices": [{}, {"zoon": 0.1}]}, "zoon", id="block"),
    ],
)
def test_what_the_network_does_not_take_is_refused_before_any_training(searched, problem):
    with pytest.raises(ValueError, match=rf"(?s)Expected `tuning\.space` to hold.*{problem}"):
        check(BLOCKS, tuning(space=[searched]), (16, 16, 3), 2)


def test_configured_parameters_are_found_in_the_space():
    space = [
        *SPACE,
        {"path": "augmentation.rotation", "low": 0, "high": 90},
        {"path": "training.weight_decay", "low": 0.1, "high": 0.2},  # configured as 0
        {"path": "augmentation", "choices": [{}, {"zoom": 0.1, "shear": 5}, {"zoom": 0.2}]},
        {"path": "augmentation.vertical_flip", "choices": [0, False]},
    ]
    assert configured(BLOCKS, tuning(space=space)) == {
        "training.learning_rate": 0.01,
        "training.batch_size": 8,
        "network.options.filters": "[4]",
        "augmentation.rotation": 15,
        "augmentation": '{"zoom": 0.1, "shear": 5}',
        "augmentation.vertical_flip": False,
    }


def shipped_search(environment: str) -> tuple[Blocks, TuningParameters]:
    parameters = configuration(environment)["parameters"]
    shipped = TuningParameters(**parameters["tuning"])
    blocks = Blocks(
        NetworkParameters(**parameters[shipped.model]["network"]),
        TrainingParameters(**parameters[shipped.model]["training"]),
        AugmentationParameters(**parameters["augmentation"]),
    )
    return blocks, shipped


def test_shipped_space_is_taken_by_its_network():
    check(*shipped_search("local"), (32, 32, 3), 4)


@pytest.mark.parametrize("environment", ["local", "taleqani"])
def test_shipped_space_holds_what_is_configured(environment):
    blocks, shipped = shipped_search(environment)
    assert set(configured(blocks, shipped)) == {searched.path for searched in shipped.space}
