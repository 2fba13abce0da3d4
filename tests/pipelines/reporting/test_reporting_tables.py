from pathlib import Path

import pandas as pd
import pytest
from pydantic import ValidationError

from conftest import as_split, configuration
from leukosmear.paper.tables import (
    compare_classes,
    compare_scores,
    tabulate_table_1,
    tabulate_table_2,
)
from leukosmear.parameters import EvaluationParameters
from leukosmear.pipelines.reporting.conclusions import conclude_from_controls, is_apart, read_clinically
from leukosmear.pipelines.reporting.nodes import (
    compare_all_models,
    report_classification,
    score_model,
    tabulate_classes,
    tabulate_comparison,
)
from leukosmear.pipelines.reporting.parameters import PaperFigures, ReportingParameters
from leukosmear.pipelines.reporting.tables import accuracy_interval, tabulate_controls, tabulate_models
from leukosmear.splitting import hash_split

ROOT = Path(__file__).parents[3]
CONF = configuration("local")["parameters"]
PAPER = PaperFigures(**CONF["paper"])
EVALUATION = EvaluationParameters(**(CONF["evaluation"] | {"resamples": 200, "negative_class": "Early"}))


def reporting(**changes: object) -> ReportingParameters:
    return ReportingParameters(**(CONF["reporting"] | changes))


def predict(right: int, wrong: int) -> pd.DataFrame:
    """A model that takes `wrong` of its images of Pre for Early; one image of Early, right, in each split."""
    rows = [("Early", 0.9)] + [("Pre", 0.2)] * right + [("Pre", 0.7)] * wrong
    return pd.DataFrame(
        [
            {
                **{"protocol": "random", "fold": 0, "seed": 0},
                "image_id": f"{side}-{i}",
                "side": side,
                "label": label,
                "p_Early": p_early,
                "p_Pre": 1 - p_early,
            }
            for side in ("validation", "test")
            for i, (label, p_early) in enumerate(rows)
        ]
    )


def manifest(n: int = 10, images_per_acquisition: int = 1) -> pd.DataFrame:
    rows = [(f"{split}-{i}", split, "Early" if i == 0 else "Pre") for split in ("validation", "test") for i in range(n)]
    table = pd.DataFrame(rows, columns=["image_id", "side", "label"])
    session = table.groupby("side").cumcount() // images_per_acquisition
    return as_split(table, acquisition_id=table["side"] + session.astype(str))


def score(model: str, right: int, wrong: int, *, seconds: float = 1.0, n_parameters: int | None = 10):
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
        "split_sha256": hash_split(manifest(1 + right + wrong)),
    }
    return score_model(predict(right, wrong), manifest(1 + right + wrong), training, 1234, EVALUATION)


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
    table = tabulate_models(reporting(**changes), PAPER, *metrics)
    assert table["model"].tolist() == order
    best = table.set_index("model").loc["best"]
    assert (best["test_accuracy"], best["ci_high"], best["n_test"]) == (1.0, 1.0, 10)
    assert best["ci_low"] == pytest.approx(0.7225, abs=1e-4)  # Wilson's, since the bootstrap of 10 of 10 has no width
    assert best["interval_over"] == "images"
    assert best["parameters"] is pd.NA
    assert best["bytes"] == 1234


def test_interval_comes_from_acquisitions_where_there_are_mistakes():
    interval, drawn = accuracy_interval(score("knn", 6, 3))
    assert drawn == "acquisitions"
    assert interval[0] < 0.7 < interval[1]


def test_validation_chooses_and_never_a_control():
    metrics = [score("control_background", 9, 0), score("knn", 7, 2), score("paper_cnn", 6, 3)]
    table = tabulate_models(reporting(), PAPER, *metrics).set_index("model")
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
    models = tabulate_models(reporting(), PAPER, *metrics)
    comparison = compare_all_models(manifest(), EVALUATION, **predictions)
    table = tabulate_controls(reporting(), models, comparison, manifest()).set_index("model")
    assert table.index.tolist() == ["control_background", "control_permuted"]  # the others were not trained
    assert table["chosen"].unique().tolist() == ["paper_cnn"]
    assert table["chance"].tolist() == [0.9, 0.9]  # nine of ten are Pre
    assert table["chosen_more"].tolist() == pytest.approx([-0.1, 0.7])
    pairs = tabulate_comparison(comparison).set_index(["model_a", "model_b"])
    assert pairs.loc[("paper_cnn", "control_permuted"), ["only_a_right", "only_b_right"]].tolist() == [7, 0]
    assert pairs.loc[("paper_cnn", "control_permuted"), "p_value"] == pytest.approx(2 * 0.5**7)


def control(accuracy: float, more: float, margin: float, **changes: object) -> dict:
    low, high = accuracy - 0.05, min(1.0, accuracy + 0.05)
    row = {"model": "control_background", "kind": "shortcut", "sees": "colour", "chance": 0.3, "chosen": "net"}
    row |= {"test_accuracy": accuracy, "ci_low": low, "ci_high": high, "chosen_more": more}
    return row | {"chosen_more_low": more - margin, "chosen_more_high": more + margin, "p_value_holm": 0.01} | changes


@pytest.mark.parametrize(
    ("row", "verdict"),
    [
        pytest.param(control(0.98, 0.01, 0.02), "net cannot be told from control_background", id="as good"),
        pytest.param(
            control(0.9, 0.08, 0.02), "The accuracy of net is 8.0 points (6.0 to 10.0) above that of", id="less good"
        ),
        pytest.param(control(0.9, -0.08, 0.02), "is 8.0 points above that of net", id="better"),
        pytest.param(control(0.32, 0.6, 0.05), "Not even control_background", id="no better than a guess"),
        pytest.param(
            control(0.9, 0.08, 0.0, chosen_more_low=None, chosen_more_high=None, p_value_holm=0.2),
            "net cannot be told from control_background, the best of these shortcuts: the difference is 8.0 points. So",
            id="no interval",
        ),
    ],
)
def test_sentence_on_shortcuts_follows_the_figures(row, verdict):
    listing, sentence = conclude_from_controls([row, control(0.25, 0.7, 0.01, model="other")])
    assert "control_background, which sees only colour, reaches" in listing
    assert listing.endswith("Always naming the largest class reaches 30.0\u00a0%.")
    assert verdict in sentence
    evidence = "no evidence that it looks at the form of cells" in sentence
    assert evidence == (not is_apart(row) or row["chosen_more"] < 0)


@pytest.mark.parametrize(
    ("accuracy", "verdict"),
    [(0.33, "nothing to learn"), (0.28, "nothing to learn"), (0.5, "no accuracy of this run can be")],
)
def test_permuted_labels_must_come_out_at_chance(accuracy, verdict):
    (sentence,) = conclude_from_controls([control(accuracy, 0.6, 0.05, kind="permuted")])
    assert verdict in sentence


def test_a_run_without_controls_says_so():
    assert conclude_from_controls([])[0].startswith("No control was trained in this run")


def test_clinical_reading_counts_images():
    text = read_clinically("knn", score("knn", 7, 2)["clinical"])
    assert "knn calls 9 of 9 test images of disease positive and misses 0" in text.replace("\u00a0", " ")
    assert "no negative class" in read_clinically("knn", None)


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


def test_table_2_keeps_citation_and_task_and_leaves_untrained_systems_empty():
    table = tabulate_table_2(PAPER, score("texture_svm_2016", 6, 3), score("paper_cnn", 9, 0)).set_index("model")
    assert len(table) == 7
    trained = table.loc["texture_svm_2016"]
    assert (trained["paper_percent"], trained["paper_n_test"], trained["n_test"]) == (93.8, 260, 10)
    assert trained["ours_percent"] == pytest.approx(70)
    assert "Texture features for the detection" in trained["citation"]
    assert trained["comparable"].startswith("with care: 2 classes here, too")
    assert table.loc["paper_cnn", "comparable"] == "no: 4 classes there, 2 here"
    assert table.loc["shape_ann_2015", "n_test"] is pd.NA
    assert pd.isna(table.loc["shape_ann_2015", "ours_percent"])
    assert table["citation"].notna().all()


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
        # What the paper calls the accuracy of Benign is 88.68 %; of its 77 images 47 were found.
        assert table.loc["Benign", ["paper_accuracy_percent", "paper_n_images"]].tolist() == [88.68, 77]
        assert table.loc["Benign", "paper_recall_percent"] == pytest.approx(4700 / 77)

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
        assert {row.class_name: (row.right, row.n_images) for row in PAPER.implied_recalls} == {
            name: (right[name], held_out[name]) for name in classes
        }
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
