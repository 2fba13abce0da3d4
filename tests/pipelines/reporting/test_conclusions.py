import pytest

from evaluation.scored_models import score
from leukosmear.pipelines.reporting.conclusions import (
    conclude_from_controls,
    is_apart,
    read_clinically,
)


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


def test_clinical_reading_counts_images():
    text = read_clinically("knn", score("knn", 7, 2)["clinical"])
    assert "knn calls 9 of 9 test images of disease positive and misses 0" in text.replace("\u00a0", " ")
    assert "no negative class" in read_clinically("knn", None)
