import pandas as pd
import pytest

from conftest import configuration
from evaluation.scored_models import score
from leukosmear.paper.printed import PaperFigures
from leukosmear.paper.tables import compare_classes, compare_scores, tabulate_table_1, tabulate_table_2

PAPER = PaperFigures(**configuration("local")["parameters"]["paper"])


def test_table_1_puts_the_paper_beside_ours():
    metrics = [score("paper_cnn", 6, 3), score("compact_cnn", 9, 0), score("knn", 3, 6), score("other", 9, 0)]
    table = tabulate_table_1(["compact_cnn"], PAPER, *metrics)
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
    metrics = score("paper_cnn", 7, 2)

    def test_classes_of_both_sides_are_listed_and_missing_sides_are_empty(self):
        table = compare_classes(PAPER, self.metrics).set_index("class")
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

    def test_scores_in_the_text_have_ours_beside_them(self):
        table = compare_scores(PAPER, self.metrics).set_index("figure")
        assert table.loc["test accuracy", "paper"] == 0.9229208827018738
        assert table.loc["test accuracy", "ours"] == pytest.approx(0.8)
        assert table.loc["recall of Pre", "ours"] == pytest.approx(7 / 9)
        assert table.loc["AUC of Class 1", "ours"] is pd.NA
