import numpy as np
import pandas as pd
import pytest
import sklearn.metrics

from evaluation.predicted_tables import PARAMETERS, random_predictions, split_of
from leukosmear.evaluation import curve_bands, ratios_with_intervals, take_side
from leukosmear.evaluation.bands import _read_curves
from leukosmear.evaluation.resampling import Groups


def read(score: list[float], is_positive: list[bool], weights: list[int], at: list[float]) -> dict[str, list[float]]:
    groups = Groups("image_id", np.arange(len(score)), len(score))
    curves = _read_curves(np.array(score), np.array(is_positive), groups, np.array(at))
    return {name: values[0].tolist() for name, values in curves(np.array([weights], float)).items()}


def test_curves_worked_out_by_hand():
    # In order: found, false alarm, found, false alarm.
    values = read([0.9, 0.8, 0.7, 0.1], [True, False, True, False], [1, 1, 1, 1], [0, 0.25, 0.5, 0.75, 1])
    assert values["sensitivity"] == [0.5, 0.5, 1, 1, 1]
    assert values["precision"] == pytest.approx([1, 1, 1, 2 / 3, 2 / 3])


def test_ties_make_a_slanting_line():
    values = read([0.5, 0.5, 0.1], [True, False, False], [1, 1, 1], [0, 0.25, 0.5, 1])
    assert values["sensitivity"] == [0, 0.5, 1, 1]
    assert values["precision"] == [0.5, 0.5, 0.5, 0.5]


def test_images_that_are_not_drawn_do_not_count_and_others_count_twice():
    values = read([0.9, 0.8, 0.7, 0.1], [False, True, True, False], [0, 1, 2, 1], [0, 0.5, 1])
    assert values["sensitivity"] == [1, 1, 1]
    assert values["precision"] == [1, 1, 1]


def test_a_draw_without_the_class_is_undefined():
    values = read([0.9, 0.1], [True, False], [0, 2], [0, 1])
    assert np.isnan(values["sensitivity"] + values["precision"]).all()


def test_curves_are_those_of_scikit_learn():
    generator = np.random.default_rng(0)
    score, truth = generator.integers(0, 20, 60) / 20, generator.random(60) < 0.4
    at = np.linspace(0, 1, 41)
    values = read(score.tolist(), truth.tolist(), [1] * 60, at.tolist())
    rates, recall, _ = sklearn.metrics.roc_curve(truth, score, drop_intermediate=False)
    highest = [max(recall[rates <= place + 1e-9]) for place in at]  # at the steps themselves
    on_step = [np.isclose(rates, place).any() for place in at]
    np.testing.assert_allclose(np.array(values["sensitivity"])[on_step], np.array(highest)[on_step])
    between = np.interp(at, rates, recall)
    np.testing.assert_allclose(np.array(values["sensitivity"])[~np.array(on_step)], between[~np.array(on_step)])


def test_bands_hold_the_curve_and_widen_where_images_are_not_evidence_of_their_own():
    predictions = random_predictions(200, ["a", "b"], seed=1)
    copies = pd.concat([predictions.query("side == 'test'")] * 5, ignore_index=True)
    copies["image_id"] = [f"image-{i}" for i in range(len(copies))]
    test = take_side(copies, "test")
    rates, recall, _ = sklearn.metrics.roc_curve(test.truth == 0, test.probabilities[:, 0])
    groups = pd.DataFrame({"image_id": test.image_ids, "acquisition_id": [str(i % 200) for i in range(1000)]})
    widths = []
    for known in (None, groups):
        roc, precision_recall = curve_bands(test, known, PARAMETERS)
        band = roc["a"]
        curve = np.interp(band.at, rates, recall)
        assert (band.low <= curve + 0.02).all()
        assert (curve <= band.high + 0.02).all()
        assert (precision_recall["b"].low <= precision_recall["b"].high).all()
        widths.append((band.high - band.low).mean())
    # Five copies of each image halve the width (1 / sqrt(5)), unless they count as one.
    assert widths[0] / widths[1] == pytest.approx(5**-0.5, rel=0.25)


def test_no_band_for_a_class_without_images_nor_for_one_group():
    test = split_of([("a", (0.8, 0.1, 0.1)), ("b", (0.3, 0.6, 0.1)), ("a", (0.5, 0.4, 0.1))])
    roc, precision_recall = curve_bands(test, None, PARAMETERS)
    assert np.isnan(roc["c"].low).all()
    assert np.isnan(precision_recall["c"].high).all()
    one_group = pd.DataFrame({"image_id": test.image_ids, "acquisition_id": "x", "field_id": "x"})
    assert np.isnan(curve_bands(test, one_group, PARAMETERS)[0]["a"].low).all()


def test_ratios_with_intervals():
    ids = tuple(f"image-{i}" for i in range(40))
    values = np.column_stack([np.arange(40) % 2, np.ones(40), np.ones(40)]).astype(float)
    below = np.column_stack([np.ones(40), np.full(40, 4), np.zeros(40)])
    mean, same, undefined = ratios_with_intervals(values, below, ids, None, PARAMETERS)
    assert mean[0] == 0.5
    assert 0.3 < mean[1][0] < 0.5 < mean[1][1] < 0.7
    assert same == (0.25, None)  # no draw differs
    assert undefined == (None, None)
