import pytest

from evaluation.scored_models import EVALUATION, deal, predict, score
from leukosmear.evaluation import compare_models
from leukosmear.evaluation.tables import (
    accuracy_interval,
    largest_share,
    pairs_of,
    report_classification,
    tabulate_classes,
    tabulate_comparison,
)


class TestOneModel:
    metrics = score("paper_cnn", right=7, wrong=2)

    def test_scores_both_sides_and_keeps_what_is_known(self):
        assert self.metrics["file_bytes"] == 1234
        assert self.metrics["training"]["latency_ms"] == 2.0
        assert self.metrics["validation"]["n"] == self.metrics["test"]["n"] == 10
        assert self.metrics["test"]["accuracy"] == pytest.approx(0.8)

    def test_table_per_class_counts_as_the_paper_does(self):
        table = tabulate_classes(self.metrics).set_index("class")
        early = table.loc["Early"]
        # Three images are predicted as Early, one of them rightly; in truth there is one.
        assert early[["total", "accurately_predicted", "missed", "n_images"]].tolist() == [3, 1, 2, 1]
        assert early["accuracy_percent"] == pytest.approx(100 / 3)
        assert early["recall_percent"] == 100
        assert table.loc["Pre", "accuracy_percent"] == 100
        assert table.loc["Pre", "recall_percent"] == pytest.approx(700 / 9)
        # Wilson, 7 of 9, by hand with z = 1.96: (7/9 + 0.21342 -+ 0.32101 * ...) as scipy gives it.
        assert table.loc["Pre", ["recall_percent_low", "recall_percent_high"]].tolist() == pytest.approx(
            [45.26, 93.68], abs=0.01
        )

    def test_classification_report_has_classes_then_averages(self):
        report = report_classification(self.metrics).set_index("class")
        assert report.index.tolist() == ["Early", "Pre", "macro average", "weighted average"]
        assert report.loc["macro average", "precision"] == pytest.approx((1 / 3 + 1) / 2)
        assert report.loc["weighted average", "recall"] == pytest.approx(0.8)
        assert report["support"].tolist() == [1, 9, 10, 10]


def test_interval_comes_from_acquisitions_where_there_are_mistakes():
    interval, drawn = accuracy_interval(score("knn", 6, 3))
    assert drawn == "acquisitions"
    assert interval[0] < 0.7 < interval[1]


def test_pairs_of_models_are_rows():
    predictions = {"cnn": predict(7, 2), "guess": predict(0, 9)}
    comparison = compare_models(predictions, "test", deal(), EVALUATION)
    (pair,) = tabulate_comparison(comparison).to_dict("records")
    assert (pair["model_a"], pair["model_b"]) == ("cnn", "guess")
    assert (pair["only_a_right"], pair["only_b_right"]) == (7, 0)
    assert pair["p_value"] == pytest.approx(2 * 0.5**7)


def test_pairs_of_a_model_are_turned_so_that_it_comes_first():
    pair = {"model_a": "a", "model_b": "b", "only_a_right": 3, "only_b_right": 1, "p_value_holm": 0.5}
    pair |= {"difference": 0.2, "difference_interval": [-0.1, 0.4]}
    others = pair | {"model_b": "c"}
    turned = {"other": "a", "only_this": 1, "only_other": 3, "difference": -0.2, "low": -0.4, "high": 0.1}
    assert pairs_of("b", {"pairs": [pair, others]}) == [turned | {"p_value_holm": 0.5}]
    assert [one["other"] for one in pairs_of("a", {"pairs": [pair, others | {"difference_interval": None}]})] == [
        "b",
        "c",
    ]


def test_always_naming_the_largest_class_is_right_as_often_as_it_is_large():
    assert largest_share(deal()) == 0.9  # nine of ten are Pre
