import math

import numpy as np
import pytest
import sklearn.metrics

from evaluation.predicted_tables import random_predictions, split_of
from leukosmear.evaluation import take_side
from leukosmear.evaluation.calibration import (
    MAX_TEMPERATURE,
    MIN_TEMPERATURE,
    calibrate,
    fit_temperature,
    scale,
    score_calibration,
)


class TestByHand:
    truth = np.array([0, 0, 1, 1])
    probabilities = np.array([[0.9, 0.1], [0.8, 0.2], [0.4, 0.6], [0.6, 0.4]])
    scores = score_calibration(truth, probabilities, bins=5)

    def test_log_loss(self):
        assert self.scores["log_loss"] == pytest.approx(-math.log(0.9 * 0.8 * 0.6 * 0.4) / 4)

    def test_brier_score_adds_up_over_the_classes(self):
        assert self.scores["brier_score"] == pytest.approx(2 * (0.1**2 + 0.2**2 + 0.4**2 + 0.6**2) / 4)

    def test_expected_calibration_error(self):
        # (0.4, 0.6]: 0.6 and 0.6, one right; (0.6, 0.8]: 0.8, right; (0.8, 1]: 0.9, right.
        assert self.scores["expected_calibration_error"] == pytest.approx((2 * 0.1 + 0.2 + 0.1) / 4)

    def test_bins(self):
        bins = self.scores["reliability"]
        assert [one["n"] for one in bins] == [0, 0, 2, 1, 1]
        assert bins[2] == pytest.approx({"low": 0.4, "high": 0.6, "n": 2, "confidence": 0.6, "accuracy": 0.5})
        assert bins[0]["confidence"] is bins[0]["accuracy"] is None


def test_a_row_that_sums_to_a_little_more_than_one_is_in_the_last_bin():
    scores = score_calibration(np.array([0]), np.array([[1.0000001, 0.0]]), bins=3)
    assert [one["n"] for one in scores["reliability"]] == [0, 0, 1]


@pytest.mark.parametrize("classes", [["sick", "well"], list("abcde")], ids=["two", "five"])
def test_agrees_with_scikit_learn(classes):
    scored = take_side(random_predictions(300, classes, seed=1), "test")
    scores = score_calibration(scored.truth, scored.probabilities, bins=15)
    labels = list(range(len(classes)))
    assert scores["log_loss"] == pytest.approx(
        sklearn.metrics.log_loss(scored.truth, scored.probabilities, labels=labels)
    )
    theirs = sklearn.metrics.brier_score_loss(scored.truth, scored.probabilities, labels=labels, scale_by_half=False)
    assert scores["brier_score"] == pytest.approx(theirs)


class TestTemperature:
    def test_scaling_by_hand(self):
        # A temperature of 1/2 squares the odds, 2 takes their root.
        assert scale(np.array([[0.75, 0.25]]), 0.5) == pytest.approx(np.array([[0.9, 0.1]]))
        assert scale(np.array([[0.9, 0.1]]), 2.0) == pytest.approx(np.array([[0.75, 0.25]]))

    def test_scaling_by_one_changes_nothing(self):
        probabilities = np.array([[0.7, 0.2, 0.1]])
        assert scale(probabilities, 1.0) == pytest.approx(probabilities)

    @pytest.mark.parametrize(
        ("said", "right", "temperature"),
        [
            # 3 of 4 right have odds of 3: said odds of 9 need a temperature of 2, said odds of sqrt(3) one of 1/2.
            pytest.param(0.9, 3, 2.0, id="too sure"),
            pytest.param(math.sqrt(3) / (1 + math.sqrt(3)), 3, 0.5, id="not sure enough"),
            pytest.param(0.75, 3, 1.0, id="just right"),
            pytest.param(0.9, 4, MIN_TEMPERATURE, id="always right"),
            pytest.param(0.9, 0, MAX_TEMPERATURE, id="always wrong"),
        ],
    )
    def test_fit_by_hand(self, said, right, temperature):
        truth = np.array([0] * right + [1] * (4 - right))
        probabilities = np.tile([said, 1 - said], (4, 1))
        assert fit_temperature(truth, probabilities) == pytest.approx(temperature, rel=1e-4)

    def test_where_nothing_does_better_it_is_one(self):
        assert fit_temperature(np.array([0, 1]), np.full((2, 2), 0.5)) == 1.0

    def test_zero_probabilities_are_scaled_too(self):
        # Of four, one is wrong with certainty: odds of 1 / epsilon are brought down to 3.
        truth, probabilities = np.array([0, 0, 0, 1]), np.tile([1.0, 0.0], (4, 1))
        assert fit_temperature(truth, probabilities) == MAX_TEMPERATURE
        assert scale(probabilities, 32.8084)[0, 0] == pytest.approx(0.75, abs=1e-5)


class TestCalibrate:
    validation = split_of([("a", (0.9, 0.1))] * 3 + [("b", (0.9, 0.1))], classes="ab")
    test = split_of([("a", (0.9, 0.1)), ("b", (0.1, 0.9))], classes="ab")
    result = calibrate(validation, test, bins=10)

    def test_validation_sets_the_temperature_and_test_is_only_scored(self):
        assert self.result["temperature"] == pytest.approx(2.0, rel=1e-4)
        assert not self.result["at_bound"]
        # Test was right throughout at 0.9, and is held to 0.75 all the same.
        assert self.result["test"]["before"]["log_loss"] == pytest.approx(-math.log(0.9))
        assert self.result["test"]["after"]["log_loss"] == pytest.approx(-math.log(0.75), abs=1e-4)
        assert self.result["test"]["after"]["expected_calibration_error"] == pytest.approx(0.25, abs=1e-4)

    def test_validation_never_gets_worse(self):
        scores = self.result["validation"]
        assert scores["before"]["expected_calibration_error"] == pytest.approx(0.15)
        assert scores["after"]["expected_calibration_error"] == pytest.approx(0.0, abs=1e-4)
        assert scores["after"]["log_loss"] < scores["before"]["log_loss"]

    def test_a_bound_is_named(self):
        assert calibrate(self.test, self.test)["at_bound"]
