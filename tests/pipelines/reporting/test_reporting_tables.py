from pathlib import Path

import pandas as pd
import pytest
from pydantic import ValidationError

from conftest import configuration
from leukosmear.pipelines.reporting.nodes import report_classification, score_model, tabulate_classes
from leukosmear.pipelines.reporting.parameters import PaperFigures, ReportingParameters
from leukosmear.pipelines.reporting.tables import (
    compare_classes,
    compare_scores,
    tabulate_models,
    tabulate_table_1,
)

ROOT = Path(__file__).parents[3]
CONF = configuration("local")["parameters"]
PAPER = PaperFigures(**CONF["paper"])


def reporting(**changes: object) -> ReportingParameters:
    return ReportingParameters(**(CONF["reporting"] | changes))


def score(model: str, right: int, wrong: int, *, seconds: float = 1.0, n_parameters: int | None = 10):
    """A model that takes `wrong` of its images of Pre for Early; one image of Early, right, in each split."""
    rows = [("Early", 0.9)] + [("Pre", 0.2)] * right + [("Pre", 0.7)] * wrong
    predictions = pd.DataFrame(
        [
            {
                "image_id": f"{split}-{i}",
                "split": split,
                "label": label,
                "p_Early": p_early,
                "p_Pre": 1 - p_early,
            }
            for split in ("validation", "test")
            for i, (label, p_early) in enumerate(rows)
        ]
    )
    training = {
        "model": model,
        "family": "network",
        "architecture": "two layers",
        "n_parameters": n_parameters,
        "epochs_run": 2,
        "best_epoch": 1,
        "train_seconds": seconds,
        "images_per_second": 5.0,
        "latency_ms": 2.0,
        "accelerator": "CPU",
        "n_train": 4,
    }
    return score_model(predictions, training, 1234, 0.95)


class TestOneModel:
    metrics = score("paper_cnn", right=7, wrong=2)

    def test_scores_both_splits_and_keeps_what_is_known(self):
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
    table = tabulate_models(reporting(**changes), *metrics)
    assert table["model"].tolist() == order
    best = table.set_index("model").loc["best"]
    assert (best["test_accuracy"], best["ci_high"], best["n_test"]) == (1.0, 1.0, 10)
    assert best["ci_low"] == pytest.approx(0.7225, abs=1e-4)
    assert best["parameters"] is pd.NA
    assert best["bytes"] == 1234


def test_table_1_puts_the_paper_beside_ours():
    metrics = [score("paper_cnn", 6, 3), score("compact_cnn", 9, 0), score("knn", 3, 6), score("other", 9, 0)]
    table = tabulate_table_1(reporting(), PAPER, *metrics)
    assert table["printed_as"].tolist()[:4] == ["Nesnet50", "KNN", "Densenet", "Proposed"]
    assert table["model"].tolist() == ["resnet50", "knn", "densenet121", "paper_cnn", "compact_cnn"]
    assert table["paper_percent"].tolist() == [59.8, 65.42, 79.58, 92.16, pd.NA]
    rows = table.set_index("model")
    assert rows.loc["paper_cnn", "ours_percent"] == pytest.approx(70)
    assert rows.loc["paper_cnn", "ours_percent_low"] < 70 < rows.loc["paper_cnn", "ours_percent_high"]
    assert pd.isna(rows.loc["resnet50", "ours_percent"])
    assert rows.loc["resnet50", "n_test"] is pd.NA


class TestBesideThePaper:
    metrics = (score("compact_cnn", 9, 0), score("paper_cnn", 7, 2))

    def test_classes_of_both_sides_are_listed_and_missing_sides_are_empty(self):
        table = compare_classes(reporting(), PAPER, *self.metrics).set_index("class")
        assert table.index.tolist() == ["Early", "Pre", "Benign", "Pro"]
        pre = table.loc["Pre"]
        assert pre[["paper_total", "paper_accurately_predicted", "paper_missed"]].tolist() == [168, 143, 26]
        assert pre["paper_accuracy_percent"] == 85.12
        assert pre["paper_accuracy_percent_low"] < 85.12 < pre["paper_accuracy_percent_high"]
        assert pre[["total", "accurately_predicted", "missed", "n_images"]].tolist() == [7, 7, 0, 9]
        assert table.loc["Benign", "total"] is pd.NA

    def test_scores_in_the_text_have_the_proposed_models_beside_them(self):
        table = compare_scores(reporting(), PAPER, *self.metrics).set_index("figure")
        assert table.loc["test accuracy", "paper"] == 0.9229208827018738
        assert table.loc["test accuracy", "ours"] == pytest.approx(0.8)
        assert table.loc["recall of Pre", "ours"] == pytest.approx(7 / 9)
        assert table.loc["AUC of Class 1", "ours"] is pd.NA

    @pytest.mark.parametrize("compare", [compare_classes, compare_scores])
    def test_a_proposed_model_that_was_not_trained_is_an_error(self, compare):
        with pytest.raises(ValueError, match=r"model 'vit' .* found \['compact_cnn', 'paper_cnn'\]"):
            compare(reporting(proposed_model="vit"), PAPER, *self.metrics)


class TestPrintedFigures:
    """What `errors` claims about the paper follows from the figures beside it."""

    def test_accuracies_imply_the_sizes_of_the_splits(self):
        assert PAPER.text.test_accuracy == pytest.approx(455 / PAPER.n_test, abs=1e-7)
        assert PAPER.text.validation_accuracy == pytest.approx(449 / 486, abs=1e-7)

    def test_accuracy_per_class_is_right_over_total(self):
        for row in PAPER.per_class:
            assert row.accuracy_percent == pytest.approx(100 * row.accurately_predicted / row.total, abs=0.006)
        mean = sum(row.accuracy_percent for row in PAPER.per_class) / len(PAPER.per_class)
        assert mean == pytest.approx(PAPER.mean_of_classes_percent, abs=0.006)

    def test_only_the_row_of_pre_does_not_add_up(self):
        wrong = [row for row in PAPER.per_class if row.accurately_predicted + row.missed != row.total]
        assert [row.class_name for row in wrong] == [PAPER.text.scores_of_class] == ["Pre"]
        assert PAPER.text.precision == pytest.approx(143 / 168)
        assert PAPER.text.recall == pytest.approx(143 / 149)

    def test_the_rows_of_pre_and_early_are_probably_exchanged(self):
        """A stratified 70/15/15 split that rounds down gives the printed sizes, and 149 test images to Early alone."""
        classes = {"Benign": 504, "Early": 985, "Pre": 963, "Pro": 804}
        held_out = {name: n - int(0.7 * n) - int(0.15 * n) for name, n in classes.items()}
        assert held_out == {"Benign": 77, "Early": 149, "Pre": 145, "Pro": 122}
        assert sum(held_out.values()) == PAPER.n_test
        right = {row.class_name: row.accurately_predicted for row in PAPER.per_class}
        recalls = [f"{right[name]} of {held_out[name]}" for name in ("Benign", "Early", "Pre")]
        assert all(recall in " ".join(PAPER.errors) for recall in recalls)
        assert right["Pro"] == held_out["Pro"]

    def test_a_misspelt_or_impossible_figure_is_an_error(self):
        with pytest.raises(ValidationError, match="n_tests"):
            PaperFigures(**(CONF["paper"] | {"n_tests": 493}))
        with pytest.raises(ValidationError, match="less than or equal to 100"):
            PaperFigures(**(CONF["paper"] | {"mean_of_classes_percent": 9228}))


def test_real_data_set_overrides_only_known_parameters():
    real = ReportingParameters(**configuration("taleqani")["parameters"]["reporting"])
    assert not real.synthetic
    assert real.notes != reporting().notes
    assert reporting().synthetic
