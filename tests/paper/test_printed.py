import pytest
from pydantic import ValidationError

from conftest import configuration
from leukosmear.models import MODELS
from leukosmear.paper.printed import PaperFigures

CONF = configuration("local")["parameters"]["paper"]
PAPER = PaperFigures(**CONF)


def test_every_row_of_the_papers_tables_has_its_model():
    table_1, table_2 = ([row.model for row in table] for table in (PAPER.table_1, PAPER.table_2))
    roles = {role: {model.name for model in MODELS if model.role == role} for role in ("Table 1", "Table 2")}
    (own,) = (model.name for model in MODELS if model.role == "the paper\u2019s")
    assert (table_1[-1], table_2[-1]) == (own, own)
    assert set(table_1[:-1]) == roles["Table 1"]
    assert set(table_2[:-1]) == roles["Table 2"]


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
            PaperFigures(**(CONF | {"n_tests": 493}))
        with pytest.raises(ValidationError, match="less than or equal to 100"):
            PaperFigures(**(CONF | {"mean_of_classes_percent": 9228}))
