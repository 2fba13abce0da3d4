import pytest

from leukosmear.evaluation import wilson_interval


@pytest.mark.parametrize(
    ("successes", "n", "confidence", "low", "high"),
    [
        # The test set of the paper: 455 of 493.
        pytest.param(455, 493, 0.95, 0.896, 0.943, id="the paper's test set"),
        # By hand with z = 1.96: centre (0.5 + 0.19208) / 1.38416 = 0.5, half-width 0.2634.
        pytest.param(5, 10, 0.95, 0.2366, 0.7634, id="half of ten"),
        # z^2 / (n + z^2) = 3.8415 / 13.8415.
        pytest.param(0, 10, 0.95, 0.0, 0.2775, id="none of ten"),
        pytest.param(10, 10, 0.95, 0.7225, 1.0, id="all of ten"),
        # z = 1 at 68.27 %: (2/3 + 1/6 -+ sqrt(2/27 + 1/36)) / (4/3).
        pytest.param(2, 3, 0.6826895, 0.38567, 0.86433, id="one standard error"),
    ],
)
def test_against_values_worked_by_hand(successes, n, confidence, low, high):
    assert wilson_interval(successes, n, confidence) == pytest.approx((low, high), abs=5e-4)


@pytest.mark.parametrize(("successes", "n"), [(0, 0), (-1, 3), (4, 3)])
def test_refuses_impossible_counts(successes, n):
    with pytest.raises(ValueError, match=f"found successes={successes} and n={n}"):
        wilson_interval(successes, n)
