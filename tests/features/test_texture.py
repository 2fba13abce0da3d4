import numpy as np
import pytest
from skimage.feature import graycomatrix, graycoprops, local_binary_pattern

from leukosmear.features.texture import LEVELS, N_PATTERNS, count_pairs, measure_glcm, measure_lbp

ANGLES = [0, np.pi / 2, np.pi / 4, 3 * np.pi / 4]  # in the order of the module

# The image of Haralick et al. (1973), figure 3, whose matrices are printed there.
HARALICK = np.array([[0, 0, 1, 1], [0, 0, 1, 1], [0, 2, 2, 2], [2, 2, 3, 3]])


def everywhere(image: np.ndarray) -> np.ndarray:
    return np.ones(image.shape, np.int32)


@pytest.mark.parametrize(
    ("angle", "printed"),
    [
        (0, [[4, 2, 1, 0], [2, 4, 0, 0], [1, 0, 6, 1], [0, 0, 1, 2]]),
        (1, [[6, 0, 2, 0], [0, 4, 2, 0], [2, 2, 2, 2], [0, 0, 2, 0]]),
        (2, [[4, 1, 0, 0], [1, 2, 2, 0], [0, 2, 4, 1], [0, 0, 1, 0]]),
        (3, [[2, 1, 3, 0], [1, 2, 1, 0], [3, 1, 0, 2], [0, 0, 2, 0]]),
    ],
    ids=["0 degrees", "90 degrees", "45 degrees", "135 degrees"],
)
def test_pairs_are_those_that_haralick_printed(angle: int, printed: list[list[int]]) -> None:
    counts = count_pairs(HARALICK, everywhere(HARALICK), 1)
    assert counts[0, angle, :4, :4].tolist() == printed
    assert counts[0, angle].sum() == np.sum(printed)


def test_measures_by_hand() -> None:
    """Two columns of levels 0 and 1 (grey 0 and 8): horizontal pairs differ, vertical ones are equal."""
    grey = np.array([[0, 8], [0, 8]], np.uint8)
    texture = {name: values[0] for name, values in measure_glcm(grey, everywhere(grey), 1).items()}
    # Angles 0, 45 and 135 degrees: p(0, 1) = p(1, 0) = 1/2; 90 degrees: p(0, 0) = p(1, 1) = 1/2.
    assert texture["angular_second_moment"] == pytest.approx(0.5)
    assert texture["contrast"] == pytest.approx(3 / 4)
    assert texture["correlation"] == pytest.approx((-1 * 3 + 1) / 4)
    assert texture["variance"] == pytest.approx(0.25)
    assert texture["inverse_difference_moment"] == pytest.approx((0.5 * 3 + 1) / 4)
    assert texture["sum_average"] == pytest.approx(1)
    assert texture["sum_variance"] == pytest.approx(1 / 4)  # 0 or 2 at 90 degrees, always 1 otherwise
    assert texture["sum_entropy"] == pytest.approx(1 / 4)
    assert texture["entropy"] == pytest.approx(1)
    assert texture["difference_variance"] == pytest.approx(0)
    assert texture["difference_entropy"] == pytest.approx(0)
    # A pixel tells its neighbour exactly: one bit.
    assert texture["information_correlation_1"] == pytest.approx(-1)
    assert texture["information_correlation_2"] == pytest.approx(np.sqrt(1 - np.exp(-2 * np.log(2))))


@pytest.mark.parametrize(
    ("name", "prop"),
    [
        ("contrast", "contrast"),
        ("correlation", "correlation"),
        ("angular_second_moment", "ASM"),
        ("inverse_difference_moment", "homogeneity"),
    ],
)
def test_measures_of_a_full_rectangle_are_those_of_scikit_image(name: str, prop: str) -> None:
    grey = np.random.default_rng(0).integers(60, 120, (12, 15), np.uint8)
    matrices = graycomatrix(grey // 8, [1], ANGLES, LEVELS, symmetric=True, normed=True)
    assert measure_glcm(grey, everywhere(grey), 1)[name][0] == pytest.approx(graycoprops(matrices, prop).mean())


def test_what_is_outside_of_a_region_does_not_count() -> None:
    generator = np.random.default_rng(0)
    grey = generator.integers(0, 256, (20, 30), np.uint8)
    labels = np.zeros(grey.shape, np.int32)
    labels[2:12, 3:13], labels[2:12, 13:25] = 1, 2  # they touch
    alone = grey[2:12, 3:13]
    for measure in (measure_glcm, measure_lbp):
        among, single = measure(grey, labels, 2), measure(alone, everywhere(alone), 1)
        assert {name: values[0] for name, values in among.items()} == pytest.approx(
            {name: values[0] for name, values in single.items()}
        )


def test_an_even_region_has_no_texture() -> None:
    grey = np.full((5, 5), 100, np.uint8)
    texture = {name: values[0] for name, values in measure_glcm(grey, everywhere(grey), 1).items()}
    assert texture["angular_second_moment"] == texture["correlation"] == 1
    assert texture["contrast"] == texture["entropy"] == texture["information_correlation_1"] == 0


def test_regions_too_small_for_a_texture_have_missing_values() -> None:
    grey = np.arange(36, dtype=np.uint8).reshape(6, 6)
    labels = np.zeros((6, 6), np.int32)
    labels[0, 0], labels[2:5, 2:5] = 1, 3  # and nothing is 2
    glcm, lbp = measure_glcm(grey, labels, 3), measure_lbp(grey, labels, 3)
    assert np.isnan(glcm["contrast"]).tolist() == [True, True, False]
    assert np.isnan(lbp["00"]).tolist() == [True, True, False]


def test_patterns_by_hand() -> None:
    """In the middle of 3 x 3 pixels is the only inner one: a pit, brighter on all sides, or a peak."""
    pit, peak = np.full((3, 3), 9, np.uint8), np.zeros((3, 3), np.uint8)
    pit[1, 1], peak[1, 1] = 0, 9
    all_brighter, all_darker = 57, 0  # of `nri_uniform`
    for image, pattern in ((pit, all_brighter), (peak, all_darker)):
        shares = measure_lbp(image, everywhere(image), 1)
        assert shares[f"{pattern:02d}"][0] == 1
        assert sum(values[0] for values in shares.values()) == 1


def test_patterns_of_a_full_rectangle_are_those_of_scikit_image() -> None:
    grey = np.random.default_rng(0).integers(0, 256, (60, 80), np.uint8)  # so many that every pattern occurs
    codes = local_binary_pattern(grey, 8, 1, "nri_uniform")[1:-1, 1:-1].astype(int)
    shares = measure_lbp(grey, everywhere(grey), 1)
    expected = np.bincount(codes.ravel(), minlength=N_PATTERNS) / codes.size
    assert (expected > 0).all()
    np.testing.assert_allclose([values[0] for values in shares.values()], expected)
