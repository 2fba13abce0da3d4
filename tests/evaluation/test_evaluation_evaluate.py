import json
import math

import numpy as np
import pandas as pd
import pytest
import sklearn.metrics

from evaluation.predicted_tables import random_predictions, table
from leukosmear.evaluation import evaluate, precision_recall_curves, roc_curves, take_side

# Six images: a is right twice and taken for b once, b is right once and taken for c once, c is right once.
BY_HAND = table(
    [
        ("test", "a", (0.8, 0.1, 0.1)),
        ("test", "a", (0.5, 0.3, 0.2)),
        ("test", "a", (0.2, 0.7, 0.1)),
        ("test", "b", (0.1, 0.6, 0.3)),
        ("test", "b", (0.1, 0.4, 0.5)),
        ("test", "c", (0.25, 0.25, 0.5)),
        ("validation", "a", (1.0, 0.0, 0.0)),
    ]
)


class TestByHand:
    scores = evaluate(BY_HAND, "test")

    def test_counts_only_the_split(self):
        assert (self.scores["n"], self.scores["n_right"]) == (6, 4)
        assert self.scores["accuracy"] == pytest.approx(4 / 6)
        assert evaluate(BY_HAND, "validation")["n"] == 1

    def test_confusion_matrix_has_true_classes_in_rows(self):
        assert self.scores["classes"] == ["a", "b", "c"]
        assert self.scores["confusion_matrix"] == [[2, 1, 0], [0, 1, 1], [0, 0, 1]]

    @pytest.mark.parametrize(
        ("name", "precision", "recall", "specificity", "f1", "auc"),
        [
            # AUC of a: its 0.8, 0.5, 0.2 against 0.1, 0.1, 0.25: 8 of 9 pairs in order.
            pytest.param("a", 1.0, 2 / 3, 1.0, 4 / 5, 8 / 9, id="a"),
            # b: 0.6, 0.4 against 0.1, 0.3, 0.7, 0.25: 6 of 8.
            pytest.param("b", 1 / 2, 1 / 2, 3 / 4, 1 / 2, 6 / 8, id="b"),
            # c: 0.5 against 0.1, 0.2, 0.1, 0.3, 0.5, whose last ties and counts half: 4.5 of 5.
            pytest.param("c", 1 / 2, 1.0, 4 / 5, 2 / 3, 4.5 / 5, id="c"),
        ],
    )
    def test_each_class(self, name, precision, recall, specificity, f1, auc):
        scores = self.scores["per_class"][name]
        found = [scores[key] for key in ("precision", "recall", "specificity", "f1", "auc")]
        assert found == pytest.approx([precision, recall, specificity, f1, auc])

    @pytest.mark.parametrize(
        ("name", "npv", "average_precision"),
        [
            # By falling probability: a a . a . . for a, then . b b . . . for b and [c .] . . . . for c, whose two tie.
            pytest.param("a", 3 / 4, (1 / 1 + 2 / 2 + 3 / 4) / 3, id="a"),
            pytest.param("b", 3 / 4, (1 / 2 + 2 / 3) / 2, id="b"),
            pytest.param("c", 4 / 4, 1 / 2, id="c"),
        ],
    )
    def test_each_class_by_its_negatives_and_by_its_ranks(self, name, npv, average_precision):
        scores = self.scores["per_class"][name]
        assert [scores["npv"], scores["average_precision"]] == pytest.approx([npv, average_precision])

    def test_chance_corrected(self):
        # 4 of 6 right; rows 3, 2, 1 and columns 2, 2, 2 agree by chance in (3 * 2 + 2 * 2 + 1 * 2) / 36 = 1/3.
        assert self.scores["cohen_kappa"] == pytest.approx((4 / 6 - 1 / 3) / (1 - 1 / 3))
        # Covariances times 36: 6 * 4 - 12 = 12; 36 - 14 = 22 of truth, 36 - 12 = 24 of prediction.
        assert self.scores["mcc"] == pytest.approx(12 / math.sqrt(22 * 24))

    def test_averages(self):
        macro, weighted = self.scores["macro"], self.scores["weighted"]
        assert macro["precision"] == pytest.approx((1 + 1 / 2 + 1 / 2) / 3)
        assert macro["recall"] == pytest.approx((2 / 3 + 1 / 2 + 1) / 3)
        assert macro["f1"] == pytest.approx((4 / 5 + 1 / 2 + 2 / 3) / 3)
        assert weighted["precision"] == pytest.approx((3 * 1 + 2 / 2 + 1 / 2) / 6)
        assert weighted["recall"] == pytest.approx(4 / 6)
        assert weighted["f1"] == pytest.approx((3 * 4 / 5 + 2 / 2 + 2 / 3) / 6)
        assert self.scores["balanced_accuracy"] == macro["recall"]
        assert self.scores["macro_auc"] == pytest.approx((8 / 9 + 6 / 8 + 4.5 / 5) / 3)
        assert self.scores["macro_average_precision"] == pytest.approx((11 / 12 + 7 / 12 + 1 / 2) / 3)

    def test_cross_entropy(self):
        product = 0.8 * 0.5 * 0.2 * 0.6 * 0.4 * 0.5
        assert self.scores["cross_entropy"] == pytest.approx(-math.log(product) / 6)

    def test_intervals_are_those_of_the_counts(self):
        low, high = self.scores["accuracy_interval"]
        # Specificity of a, 3 of 3: from 3 / (3 + 1.96^2). Negative predictive value, 3 of 4, has 3/4 inside.
        assert self.scores["per_class"]["a"]["specificity_interval"] == pytest.approx([0.4385, 1.0], abs=5e-5)
        npv_low, npv_high = self.scores["per_class"]["a"]["npv_interval"]
        assert npv_low < 3 / 4 < npv_high < 1
        assert low < 4 / 6 < high
        assert self.scores["per_class"]["c"]["recall_interval"][1] == 1.0
        narrower = evaluate(BY_HAND, "test", confidence=0.5)["accuracy_interval"]
        assert low < narrower[0] < narrower[1] < high

    def test_nothing_is_undefined(self):
        assert self.scores["undefined"] == []


@pytest.mark.parametrize("classes", [["sick", "well"], list("abcd"), [f"class {i}" for i in range(11)]])
def test_agrees_with_scikit_learn(classes):
    predictions = random_predictions(400, classes, seed=len(classes)).query("side == 'test'")
    scores = evaluate(predictions, "test")
    truth = predictions["label"].to_numpy()
    probabilities = predictions[[f"p_{name}" for name in classes]].to_numpy()
    predicted = np.array(classes)[probabilities.argmax(axis=1)]
    one_hot = truth[:, None] == np.array(classes)

    assert scores["confusion_matrix"] == sklearn.metrics.confusion_matrix(truth, predicted, labels=classes).tolist()
    assert scores["accuracy"] == pytest.approx(sklearn.metrics.accuracy_score(truth, predicted))
    assert scores["balanced_accuracy"] == pytest.approx(sklearn.metrics.balanced_accuracy_score(truth, predicted))
    assert scores["cross_entropy"] == pytest.approx(
        sklearn.metrics.log_loss(one_hot.argmax(axis=1), probabilities, labels=range(len(classes)))
    )
    assert scores["cohen_kappa"] == pytest.approx(sklearn.metrics.cohen_kappa_score(truth, predicted))
    assert scores["mcc"] == pytest.approx(sklearn.metrics.matthews_corrcoef(truth, predicted))
    for average in ("macro", "weighted"):
        theirs = sklearn.metrics.precision_recall_fscore_support(truth, predicted, average=average)
        assert [scores[average][key] for key in ("precision", "recall", "f1")] == pytest.approx(theirs[:3])
    theirs = sklearn.metrics.precision_recall_fscore_support(truth, predicted, labels=classes)
    for index, name in enumerate(classes):
        ours = scores["per_class"][name]
        assert [ours[key] for key in ("precision", "recall", "f1", "support")] == pytest.approx(
            [column[index] for column in theirs]
        )
        negatives = sklearn.metrics.recall_score(truth != name, predicted != name)
        assert ours["specificity"] == pytest.approx(negatives)
        area = sklearn.metrics.roc_auc_score(one_hot[:, index], probabilities[:, index])
        assert ours["auc"] == pytest.approx(area)
        average = sklearn.metrics.average_precision_score(one_hot[:, index], probabilities[:, index])
        assert ours["average_precision"] == pytest.approx(average)
        npv = sklearn.metrics.precision_score(truth != name, predicted != name)
        assert ours["npv"] == pytest.approx(npv)


class TestClassWithoutImages:
    predictions = table([("test", "a", (0.8, 0.1, 0.1)), ("test", "b", (0.5, 0.4, 0.1))])
    scores = evaluate(predictions, "test")

    def test_its_figures_are_none_with_a_reason_each(self):
        absent = self.scores["per_class"]["c"]
        assert absent["support"] == 0
        assert absent["specificity"] == 1.0
        for figure in (
            "precision",
            "precision_interval",
            "recall",
            "recall_interval",
            "f1",
            "auc",
            "average_precision",
        ):
            assert absent[figure] is None
        reasons = {item["figure"]: item["reason"] for item in self.scores["undefined"] if item["class"] == "c"}
        assert reasons == {
            "precision": "no image was predicted as this class",
            "recall": "the side has no image of this class",
            "f1": "the side has no image of this class, and no image was predicted as this class",
            "auc": "the side has no image of this class",
            "average_precision": "the side has no image of this class",
        }

    def test_averages_leave_it_out_and_count_what_was_missed(self):
        # a: precision 1/2, recall 1; b, never predicted: 0 and 0.
        assert self.scores["macro"] == pytest.approx({"precision": 1 / 4, "recall": 1 / 2, "f1": 1 / 3})
        assert self.scores["macro_auc"] == pytest.approx(1.0)

    def test_agrees_with_scikit_learn_on_the_classes_present(self):
        truth, predicted = ["a", "b"], ["a", "a"]
        theirs = sklearn.metrics.precision_recall_fscore_support(
            truth, predicted, labels=["a", "b"], average="macro", zero_division=0.0
        )
        assert list(self.scores["macro"].values()) == pytest.approx(theirs[:3])

    def test_is_strict_json(self):
        assert json.loads(json.dumps(self.scores, allow_nan=False)) == self.scores

    def test_its_curves_are_empty(self):
        scored = take_side(self.predictions, "test")
        roc, precision_recall = roc_curves(scored)["c"], precision_recall_curves(scored)["c"]
        assert len(roc.false_positive_rate) == len(roc.true_positive_rate) == 0
        assert len(precision_recall.precision) == len(precision_recall.recall) == 0
        assert roc.auc is precision_recall.average_precision is None


class TestOneImage:
    scores = evaluate(table([("test", "a", (0.9, 0.05, 0.05))]), "test")

    def test_what_is_left(self):
        assert (self.scores["accuracy"], self.scores["balanced_accuracy"], self.scores["macro"]["f1"]) == (1, 1, 1)

    def test_without_another_class_there_is_no_specificity_no_area_and_no_chance(self):
        of_class = self.scores["per_class"]["a"]
        assert of_class["specificity"] is of_class["auc"] is of_class["npv"] is None
        reasons = {(item["class"], item["figure"]): item["reason"] for item in self.scores["undefined"]}
        for figure in ("macro_auc", "macro_average_precision", "cohen_kappa", "mcc"):
            assert self.scores[figure] is None
            assert reasons["all classes", figure]
        assert reasons["a", "specificity"] == reasons["a", "auc"] == "the side has no image of another class"
        assert reasons["a", "npv"] == "all images were predicted as this class"


def test_without_variety_there_is_a_kappa_but_no_correlation():
    # Both are predicted as a: half agree, and half would by chance. scikit-learn's correlation is 0 by definition then.
    scores = evaluate(table([("test", "a", (0.8, 0.1, 0.1)), ("test", "b", (0.8, 0.1, 0.1))]), "test")
    assert (scores["cohen_kappa"], scores["mcc"]) == (0.0, None)
    assert {"class": "all classes", "figure": "mcc"}.items() <= scores["undefined"][-1].items()


def test_precision_recall_curve_by_hand():
    # c: the 0.5 of c and that of b tie, so that the first step finds c at a precision of 1/2.
    curve = precision_recall_curves(take_side(BY_HAND, "test"))["c"]
    assert set(zip(curve.recall.tolist(), curve.precision.tolist(), strict=True)) >= {(1.0, 0.5), (0.0, 1.0)}
    assert curve.average_precision == pytest.approx(0.5)


def test_sure_mistake_costs_much_but_not_infinitely():
    scores = evaluate(table([("test", "a", (0.0, 1.0, 0.0))]), "test")
    assert scores["cross_entropy"] == pytest.approx(52 * math.log(2))


def test_ties_go_to_the_first_class():
    scores = evaluate(table([("test", "b", (0.5, 0.5, 0.0))]), "test")
    assert scores["confusion_matrix"][1] == [1, 0, 0]


def test_classes_stand_in_the_order_of_the_columns():
    predictions = table([("test", "b", (0.2, 0.8))], classes="ba").rename(columns={"p_a": "p_p_ a"})
    assert evaluate(predictions, "test")["classes"] == ["b", "p_ a"]


@pytest.mark.parametrize(
    ("predictions", "side", "message"),
    [
        pytest.param(BY_HAND, "train", r"side 'train', found \['test', 'validation'\]", id="no such split"),
        pytest.param(BY_HAND.drop(columns="label"), "test", "label", id="no labels"),
        pytest.param(BY_HAND.drop(columns=["p_a", "p_b"]), "test", "p_<class>", id="one class"),
        pytest.param(BY_HAND.replace("c", "d"), "test", r"\['d'\]", id="label without a column"),
        pytest.param(pd.concat([BY_HAND, BY_HAND]), "test", "image_id", id="repeated image"),
        pytest.param(BY_HAND.assign(p_a=0.1), "test", "sum to 1", id="not a distribution"),
        pytest.param(BY_HAND.assign(p_b=np.nan), "test", "sum to 1", id="missing probability"),
        pytest.param(BY_HAND.assign(p_a=1.5, p_b=-0.5, p_c=0.0), "test", r"\[0, 1\]", id="negative"),
    ],
)
def test_refuses_a_table_that_breaks_its_contract(predictions, side, message):
    with pytest.raises(ValueError, match=message):
        evaluate(predictions, side)
