import json

import numpy as np
import pytest
import sklearn.metrics
from pydantic import ValidationError

from evaluation.predicted_tables import PARAMETERS, random_predictions, split_of
from leukosmear.evaluation import take_side
from leukosmear.evaluation.bootstrap import bootstrap
from leukosmear.evaluation.clinical import choose_threshold, read_clinically
from leukosmear.evaluation.resampling import Groups, find_groups
from leukosmear.evaluation.severity import cost_matrix, weigh_mistakes
from leukosmear.parameters import MistakeCosts


def images(*rows):
    """A split of classes negative, mild and grave, from (label, probability of negative, of mild)."""
    probabilities = [(label, (n, m, max(0.0, 1 - n - m))) for label, n, m in rows]
    return split_of(probabilities, classes=["negative", "mild", "grave"])


def read(validation, test, **changes):
    parameters = PARAMETERS.model_copy(update={"min_groups": 2, **changes})
    return read_clinically(validation, test, find_groups(test.image_ids, None), "negative", parameters)


# P(mild or grave): negatives 0.1, 0.4, 0.8; positives 0.3, 0.6, 0.7, 0.9.
SCORE = np.array([0.1, 0.4, 0.8, 0.3, 0.6, 0.7, 0.9])
POSITIVE = np.array([False, False, False, True, True, True, True])


class TestThreshold:
    @pytest.mark.parametrize(
        ("rule", "target", "threshold"),
        [
            # All four positives have to be called: from 0.3 on, halfway down to 0.1.
            pytest.param("target_sensitivity", 1.0, 0.2, id="all"),
            pytest.param("target_sensitivity", 0.76, 0.2, id="more than three of four"),
            # Three of four: from 0.6 on, halfway down to 0.4, which lets two of three negatives through.
            pytest.param("target_sensitivity", 0.75, 0.5, id="three of four"),
            # From 0.9 on would let all negatives through and find one positive of four.
            pytest.param("target_sensitivity", 0.25, 0.85, id="one of four"),
            # 3/4 + 2/3 is more than 1 + 1/3 and 1/4 + 1.
            pytest.param("youden", 1.0, 0.5, id="Youden"),
        ],
    )
    def test_by_hand(self, rule, target, threshold):
        assert choose_threshold(SCORE, POSITIVE, rule, target) == pytest.approx(threshold)

    @pytest.mark.parametrize("rule", ["target_sensitivity", "youden"])
    def test_sides_apart_keep_a_margin(self, rule):
        score, positive = np.array([0.1, 0.2, 0.8, 0.9]), np.array([False, False, True, True])
        assert choose_threshold(score, positive, rule, 0.5) == pytest.approx(0.5)

    def test_of_equals_the_most_sensitive(self):
        # 1 + 0 and 1/2 + 1/2.
        score, positive = np.array([0.2, 0.4, 0.6, 0.6]), np.array([True, False, True, False])
        assert choose_threshold(score, positive, "youden", 1.0) == 0.0

    def test_all_alike_calls_all(self):
        assert choose_threshold(np.full(4, 0.7), np.array([True, False, True, False]), "youden", 1.0) == 0.0

    def test_neighbouring_numbers_stay_apart(self):
        # One has an even last bit, so that half of them rounds down to the negative's score in one of two cases.
        for low in (1 - 2**-53, 1 - 2**-52):
            score = np.array([low, np.nextafter(low, 2)])
            assert choose_threshold(score, np.array([False, True]), "youden", 1.0) == score[1]

    def test_youden_agrees_with_scikit_learn(self):
        rng = np.random.default_rng(2)
        score, positive = rng.random(200), rng.random(200) < 0.5
        threshold = choose_threshold(score, positive, "youden", 1.0)
        false_alarms, sensitivity, _ = sklearn.metrics.roc_curve(positive, score)
        ours = (score >= threshold)[positive].mean() - (score >= threshold)[~positive].mean()
        assert ours == pytest.approx((sensitivity - false_alarms).max())


class TestReading:
    validation = images(("negative", 0.9, 0.1), ("negative", 0.8, 0.1), ("mild", 0.6, 0.3), ("grave", 0.2, 0.2))
    # At the threshold, halfway between 0.2 and 0.4: negative right, called; mild called though most probably
    # negative; grave missed.
    test = images(
        ("negative", 0.75, 0.2),
        ("negative", 0.6, 0.1),
        ("mild", 0.55, 0.4),
        ("mild", 0.1, 0.1),
        ("grave", 0.9, 0.1),
    )
    result = read(validation, test)

    def test_validation_chooses(self):
        assert self.result["threshold"] == pytest.approx(0.3)
        assert self.result["negative_class"] == "negative"
        assert self.result["positive_classes"] == ["mild", "grave"]
        validation = self.result["validation"]
        assert (validation["sensitivity"], validation["specificity"]) == (1.0, 1.0)

    def test_counts_at_the_threshold(self):
        found = self.result["test"]
        names = ("true_positives", "false_negatives", "true_negatives", "false_positives")
        assert [found[name] for name in names] == [2, 1, 1, 1]
        shares = [found[name] for name in ("sensitivity", "specificity", "ppv", "npv")]
        assert shares == pytest.approx([2 / 3, 1 / 2, 2 / 3, 1 / 2])
        # Wilson at 1 of 2: 1/2 -+ 1.96 / 2 / sqrt(2 + 1.96^2).
        assert found["specificity_interval"] == pytest.approx([0.0945, 0.9055], abs=5e-5)

    def test_counts_by_the_most_probable_class(self):
        found = self.result["test_by_class"]
        names = ("true_positives", "false_negatives", "true_negatives", "false_positives")
        assert [found[name] for name in names] == [1, 2, 2, 0]

    def test_area(self):
        # Positives 0.45, 0.9, 0.1 against 0.25 and 0.4: four of six pairs in order.
        assert self.result["auc"] == pytest.approx({"validation": 1.0, "test": 4 / 6})

    def test_severity(self):
        # Two diseases taken for negative, one mild taken for grave.
        severity = self.result["severity"]
        assert severity["weighted_confusion_matrix"] == [[0, 0, 0], [1.0, 0, 0.1], [1.0, 0, 0]]
        assert severity["mean_cost"] == pytest.approx(2.1 / 5)
        low, high = severity["mean_cost_interval"]
        assert low < 2.1 / 5 < high

    def test_is_strict_json(self):
        assert json.loads(json.dumps(self.result, allow_nan=False)) == self.result


def test_small_probabilities_of_disease_are_not_rounded_away():
    validation = images(("negative", 1.0, 0.0), ("mild", 1.0, 1e-20))
    found = read(validation, validation)["validation"]
    assert (found["sensitivity"], found["specificity"]) == (1.0, 1.0)


class TestIntervals:
    predictions = random_predictions(150, ["negative", "mild", "grave"], seed=8)
    validation, test = take_side(predictions, "validation"), take_side(predictions, "test")
    parameters = PARAMETERS.model_copy(update={"threshold_rule": "youden"})
    groups = Groups("field_id", np.arange(150) // 3, 50)
    result = read_clinically(validation, test, groups, "negative", parameters)

    def test_lie_around_the_figures(self):
        points = {**self.result["test"], "auc": self.result["auc"]["test"]}
        assert self.result["bootstrap"].keys() == {"sensitivity", "specificity", "ppv", "npv", "auc"}
        for name, (low, high) in self.result["bootstrap"].items():
            assert low < points[name] < high, name
        assert self.result["undefined"] == []

    def test_agree_with_those_of_a_table_of_two_classes(self):
        """The resamples are the same, so that the intervals of a binary model are those of the bootstrap."""
        score = 1 - self.test.probabilities[:, 0]
        names = np.array(["negative", "positive"])
        rows = [
            (str(names[int(truth > 0)]), (float(s < self.result["threshold"]), float(s >= self.result["threshold"])))
            for truth, s in zip(self.test.truth, score, strict=True)
        ]
        theirs = bootstrap(split_of(rows, classes=list(names)), self.groups, PARAMETERS)["per_class"]["positive"]
        ours = self.result["bootstrap"]
        for name, figure in (("sensitivity", "recall"), ("specificity", "specificity"), ("ppv", "precision")):
            assert ours[name] == pytest.approx(theirs[figure])


class TestUndefined:
    both = images(("negative", 0.9, 0.1), ("mild", 0.2, 0.7))
    negatives = images(("negative", 0.9, 0.1))
    positives = images(("grave", 0.4, 0.1))

    def reasons(self, result):
        return {item["figure"]: item["reason"] for item in result["undefined"]}

    @pytest.mark.parametrize(
        ("validation", "missing"),
        [
            pytest.param(negatives, "no image is of a positive class", id="no disease"),
            pytest.param(positives, "no image is of the negative class", id="disease only"),
        ],
    )
    def test_no_threshold_without_both_sides_in_validation(self, validation, missing):
        result = read(validation, self.both)
        assert result["threshold"] is result["validation"] is result["test"] is result["auc"]["validation"] is None
        assert result["bootstrap"]["sensitivity"] is None
        assert result["test_by_class"]["sensitivity"] == 1.0
        reasons = self.reasons(result)
        assert reasons["threshold"] == f"validation: {missing}"
        assert reasons["AUC on validation"] == missing
        assert reasons["sensitivity (test)"] == "there is no threshold"

    def test_one_image_in_test(self):
        result = read(self.both, self.positives)
        assert result["test"]["sensitivity"] == 1.0
        assert result["test"]["specificity"] is result["auc"]["test"] is None
        assert set(result["bootstrap"].values()) == {None}
        reasons = self.reasons(result)
        assert reasons["specificity (test)"] == "no image is of the negative class"
        assert reasons["npv (test)"] == "no image was called negative"
        assert reasons["interval of sensitivity"] == "all images are of one group (image_id)"
        assert json.loads(json.dumps(result, allow_nan=False)) == result


class TestCosts:
    def test_matrix(self):
        costs = MistakeCosts(missed=1.0, false_alarm=0.3, confused=0.2)
        assert cost_matrix(3, 1, costs).tolist() == [[0, 1.0, 0.2], [0.3, 0, 0.3], [0.2, 1.0, 0]]

    def test_two_classes_confuse_no_subtypes(self):
        assert cost_matrix(2, 0, MistakeCosts()).tolist() == [[0, 0.25], [1.0, 0]]

    def test_no_mistake_costs_nothing(self):
        assert weigh_mistakes(images(("mild", 0.1, 0.8)), 0, MistakeCosts())["mean_cost"] == 0

    def test_a_miss_has_to_be_the_worst(self):
        with pytest.raises(ValidationError, match=r"Found 0.1, below 0.25. Raise it, or lower the others"):
            MistakeCosts(missed=0.1)
