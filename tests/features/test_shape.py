import numpy as np
import pytest
from skimage.draw import ellipse
from skimage.measure import regionprops

from leukosmear.features.shape import border_pixels, centroids, measure_shape


def regions() -> np.ndarray:
    """A disc of radius 15, an ellipse of radii 10 and 20, a square of 9 that touches a square of 5."""
    labels = np.zeros((120, 120), np.int32)
    labels[ellipse(30, 30, 15, 15)] = 1
    labels[ellipse(30, 85, 10, 20)] = 2
    labels[70:79, 20:29] = 3
    labels[72:77, 29:34] = 4
    return labels


def test_a_disc_is_round() -> None:
    shape = measure_shape(regions(), regions())
    assert shape["area"][0] == pytest.approx(np.pi * 15**2, rel=0.03)
    assert shape["equivalent_diameter"][0] == pytest.approx(30, rel=0.02)
    for name in ("form_factor", "roundness", "elongation", "convexity", "solidity"):
        assert shape[name][0] == pytest.approx(1, abs=0.08), name
    assert shape["eccentricity"][0] < 0.1
    assert shape["nucleus_to_cell_ratio"][0] == 1


def test_an_ellipse_has_its_axes() -> None:
    shape = {name: values[1] for name, values in measure_shape(regions(), regions()).items()}
    assert shape["major_axis"] == pytest.approx(40, rel=0.03)
    assert shape["minor_axis"] == pytest.approx(20, rel=0.03)
    assert shape["elongation"] == pytest.approx(2, rel=0.03)
    assert shape["eccentricity"] == pytest.approx(np.sqrt(3) / 2, abs=0.01)
    assert shape["extent"] == pytest.approx(np.pi / 4, rel=0.07)
    assert shape["roundness"] == pytest.approx(0.5, rel=0.05)
    assert shape["largest_diameter"] == pytest.approx(40, rel=0.03)


def test_a_square_by_hand() -> None:
    shape = {name: values[2] for name, values in measure_shape(regions(), regions()).items()}
    assert shape["area"] == shape["convex_area"] == 81
    assert shape["solidity"] == shape["extent"] == 1
    assert shape["convex_perimeter"] == 36  # of the pixels' outer edges
    assert shape["perimeter"] == 32  # through the centres of the outermost pixels
    assert shape["form_factor"] == pytest.approx(4 * np.pi * 81 / 32**2)
    assert shape["largest_diameter"] == pytest.approx(9 * np.sqrt(2))
    # The variance of 9 pixels in a row is (9^2 - 1) / 12, and each is itself 1 wide: 81 / 12.
    assert shape["major_axis"] == shape["minor_axis"] == pytest.approx(4 * np.sqrt(81 / 12))


@pytest.mark.parametrize(("name", "attribute"), [("area", "area"), ("perimeter", "perimeter"), ("extent", "extent")])
def test_measures_are_those_of_scikit_image_also_where_regions_touch(name: str, attribute: str) -> None:
    generator = np.random.default_rng(0)
    labels = np.where(
        generator.random((40, 60)) < 0.85, generator.integers(1, 4, (4, 6)).repeat(10, 0).repeat(10, 1), 0
    )
    labels = labels.astype(np.int32)
    expected = [getattr(region, attribute) for region in regionprops(labels)]
    np.testing.assert_allclose(measure_shape(labels, labels)[name], expected)


def test_ratio_to_the_cytoplasm_is_missing_without_one() -> None:
    nuclei = np.zeros((20, 40), np.int32)
    nuclei[5:9, 5:9], nuclei[5:9, 25:29] = 1, 2
    cells = nuclei.copy()
    cells[5:11, 5:9] = 1
    shape = measure_shape(nuclei, cells)
    assert shape["cytoplasm_area"].tolist() == [8, 0]
    assert shape["nucleus_to_cytoplasm_ratio"][0] == 2
    assert np.isnan(shape["nucleus_to_cytoplasm_ratio"][1])
    assert shape["nucleus_to_cell_ratio"].tolist() == [pytest.approx(2 / 3), 1]


def test_no_region_gives_no_rows() -> None:
    nothing = np.zeros((8, 8), np.int32)
    assert {values.shape for values in measure_shape(nothing, nothing).values()} == {(0,)}


def test_centres_and_borders() -> None:
    x, y = centroids(regions())
    assert (x[2], y[2]) == (24, 74)
    border = np.zeros((120, 120), bool)
    border[border_pixels(regions())] = True
    assert border[70:79, 20:29].sum() == 32
    assert border[74, 28]  # to the touching square
