import numpy as np
import pandas as pd
import pytest
from sklearn.utils.estimator_checks import check_estimator

from leukosmear.estimators.correlation_selection import CorrelationSelection, correlate_with_class

# Four images of each of two classes. With the class, the first two columns correlate by 1 and 0.5, the third not at
# all; with one another, the first two by 0.5.
LABELS = np.array(["A", "A", "A", "A", "B", "B", "B", "B"])
CLASS = np.array([0.0, 0, 0, 0, 1, 1, 1, 1])
HALF = np.array([0.0, 0, 0, 1, 0, 1, 1, 1])
OTHER = np.array([0.0, 1, 0, 0, 1, 1, 1, 0])  # by 0.5 with the class, too, and not at all with HALF
NOISE = np.array([0.0, 1, 0, 1, 0, 1, 0, 1])


def test_correlations_with_the_class_are_weighted_over_the_classes() -> None:
    features = np.column_stack([CLASS, HALF, NOISE, np.ones(8), -CLASS])
    np.testing.assert_allclose(correlate_with_class(features, LABELS), [1, 0.5, 0, 0, 1], atol=1e-12)
    # Three classes of 2, 1 and 1 images: the column is 1 for the first alone, so it correlates by 1 with that class,
    # and by 1 / sqrt(3) with each of the others: 1 / 2 + 2 / (4 * sqrt(3)).
    strength = correlate_with_class(np.array([[1.0], [1], [0], [0]]), np.array(["A", "A", "B", "C"]))
    assert strength == pytest.approx([0.5 + 0.5 / np.sqrt(3)])


@pytest.mark.parametrize(
    ("columns", "kept", "merit"),
    [
        # (1 + 0.5) / sqrt(2 + 2 * 0.5) = 0.87 is less than 1 alone.
        pytest.param([HALF, CLASS, NOISE], ["f1"], 1, id="a perfect feature needs no other"),
        # (0.5 + 0.5) / sqrt(2 + 2 * r): 0.5 where r is 1, and 0.71 where it is 0.
        pytest.param([HALF, 9 - HALF, NOISE], ["f0"], 0.5, id="one that says the same adds nothing"),
        pytest.param([NOISE, HALF, OTHER], ["f1", "f2"], 1 / np.sqrt(2), id="one that says something else adds"),
        pytest.param([np.ones(8), NOISE], ["f0"], 0, id="where nothing tells the class, the first is kept"),
    ],
)
def test_features_are_added_while_the_merit_rises(columns: list[np.ndarray], kept: list[str], merit: float) -> None:
    table = pd.DataFrame({f"f{index}": column for index, column in enumerate(columns)})
    selection = CorrelationSelection().fit(table, LABELS)
    assert list(selection.get_feature_names_out()) == kept
    assert selection.merit_ == pytest.approx(merit)
    assert selection.transform(table).shape == (8, len(kept))


def test_all_features_can_be_kept() -> None:
    assert CorrelationSelection().fit(np.column_stack([HALF, OTHER]), LABELS).support_.all()


def test_it_is_an_estimator_as_scikit_learn_wants_it() -> None:
    check_estimator(CorrelationSelection(), on_skip=None)
