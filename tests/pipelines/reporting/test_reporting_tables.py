import pandas as pd
import pytest

from conftest import configuration
from evaluation.scored_models import EVALUATION, deal, predict, score
from leukosmear.models import Control
from leukosmear.pipelines.reporting.nodes import compare_all_models
from leukosmear.pipelines.reporting.parameters import ReportingParameters
from leukosmear.pipelines.reporting.tables import tabulate_controls, tabulate_models

CONTROLS = {
    "control_background": Control("shortcut", "the background"),
    "control_permuted": Control("permuted", "the cells"),
}
ROLES = dict.fromkeys(("best", "middle", "worst"), "further") | dict.fromkeys(CONTROLS, "control")
ROLES |= {"knn": "Table 1", "paper_cnn": "the paper\u2019s"}


def reporting(**changes: object) -> ReportingParameters:
    return ReportingParameters(**(configuration("local")["parameters"]["reporting"] | changes))


@pytest.mark.parametrize(
    ("changes", "order"),
    [
        pytest.param({}, ["best", "middle", "worst"], id="as shipped: best first"),
        pytest.param({"sort_by": "train_seconds", "descending": False}, ["worst", "middle", "best"], id="fastest"),
        pytest.param({"sort_by": "parameters", "descending": True}, ["middle", "worst", "best"], id="largest"),
    ],
)
def test_table_of_models_is_sorted_as_configured(changes, order):
    metrics = [
        score("middle", 6, 3, seconds=2.0, n_parameters=20),
        score("worst", 1, 8, seconds=1.0),
        score("best", 9, 0, seconds=3.0, n_parameters=None),
    ]
    table = tabulate_models(ROLES, reporting(**changes), *metrics)
    assert table["model"].tolist() == order
    best = table.set_index("model").loc["best"]
    assert (best["test_accuracy"], best["ci_high"], best["n_test"]) == (1.0, 1.0, 10)
    assert best["ci_low"] == pytest.approx(0.7225, abs=1e-4)  # Wilson's, since the bootstrap of 10 of 10 has no width
    assert best["interval_over"] == "images"
    assert best["parameters"] is pd.NA
    assert best["bytes"] == 1234


def test_validation_chooses_and_never_a_control():
    metrics = [score("control_background", 9, 0), score("knn", 7, 2), score("paper_cnn", 6, 3)]
    table = tabulate_models(ROLES, reporting(), *metrics).set_index("model")
    assert table.index[table["chosen"]].tolist() == ["knn"]
    assert table["role"].to_dict() == {
        "control_background": "control",
        "knn": "Table 1",
        "paper_cnn": "the paper\u2019s",
    }
    # Pre is disease: of 9 images knn finds all at the threshold that finds 99 % on validation.
    assert table.loc["knn", "sensitivity"] == 1.0


def test_controls_are_held_against_the_chosen_model():
    predictions = {"paper_cnn": predict(7, 2), "control_background": predict(8, 1), "control_permuted": predict(0, 9)}
    metrics = [score("paper_cnn", 7, 2), score("control_background", 8, 1), score("control_permuted", 0, 9)]
    models = tabulate_models(ROLES, reporting(), *metrics)
    comparison = compare_all_models(deal(), EVALUATION, **predictions)
    table = tabulate_controls(CONTROLS, models, comparison, deal()).set_index("model")
    assert table.index.tolist() == ["control_background", "control_permuted"]
    assert table["chosen"].unique().tolist() == ["paper_cnn"]
    assert table["chance"].tolist() == [0.9, 0.9]  # nine of ten are Pre
    assert table["chosen_more"].tolist() == pytest.approx([-0.1, 0.7])


def test_real_data_set_overrides_only_known_parameters():
    real = ReportingParameters(**configuration("taleqani")["parameters"]["reporting"])
    assert not real.synthetic
    assert real.notes != reporting().notes
