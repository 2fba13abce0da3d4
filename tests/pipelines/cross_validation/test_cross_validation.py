from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.collections import PathCollection

from conftest import partitions
from leukosmear.evaluation.folds import partition_of, score_folds, tabulate_folds
from leukosmear.figures.cross_validation import draw_cross_validation
from leukosmear.parameters import (
    AugmentationParameters,
    EstimatorParameters,
    EvaluationParameters,
    NetworkParameters,
    SplitParameters,
    TrainingParameters,
)
from leukosmear.parameters.folds import CrossValidationParameters
from leukosmear.pipelines.cross_validation.nodes import cross_validate_estimator, cross_validate_network
from leukosmear.predictions import predictions_table
from leukosmear.schemas import Predictions
from leukosmear.splitting import deal_splits, list_folds

SPLIT = SplitParameters(protocol="acquisition", train=0.7, validation=0.15, folds=3, seed=0)
NEAREST = EstimatorParameters(
    estimator="sklearn.neighbors.KNeighborsClassifier", options={"n_neighbors": 1}, folds=2, seed=0
)
REFERENCE = CrossValidationParameters(reference="background")
EVALUATION = EvaluationParameters(
    confidence=0.9, resamples=200, seed=0, min_groups=2, min_groups_per_class=1, calibration_bins=5,
    negative_class=None, threshold_rule="youden", target_sensitivity=0.9,
    costs={"missed": 1, "false_alarm": 1, "confused": 1},
)  # fmt: skip


@pytest.fixture(scope="module")
def images() -> pd.DataFrame:
    """Two classes of six acquisitions, each of four images."""
    acquisitions = [f"{label}/{block}" for label in "AB" for block in range(6)]
    table = pd.DataFrame({"acquisition_id": np.repeat(acquisitions, 4)})
    table["label"] = table["acquisition_id"].str[0]
    table["image_id"] = [f"{name}-{index % 4}" for index, name in enumerate(table["acquisition_id"])]
    block = table["acquisition_id"].str[2:].astype(int)
    streams = table["label"] + np.where((table["label"] == "A") & (block < 2), "/red", "/white")
    return table.assign(field_id=table["image_id"], stream_id=streams)


@pytest.fixture(scope="module")
def folds(images: pd.DataFrame) -> pd.DataFrame:
    return deal_splits(images, SPLIT)


def run(parts) -> dict:
    """What a partitioned dataset saves: the predictions of each fold."""
    tables = {name: Predictions.validate(make()) for name, make in parts.items()}
    return {name: partial(tables.get, name) for name in tables}


def when_tested(predictions: dict) -> dict[str, int]:
    """In which fold each image is a test image."""
    tables = pd.concat([load() for load in predictions.values()])
    tests = tables[tables["side"] == "test"]
    assert tests["image_id"].is_unique
    return dict(zip(tests["image_id"], tests["fold"], strict=True))


def fold_of(folds: pd.DataFrame) -> dict[str, int]:
    tests = folds[folds["side"] == "test"]
    return dict(zip(tests["image_id"], tests["fold"], strict=True))


def test_every_image_is_tested_once_and_apart_from_its_acquisition(folds: pd.DataFrame) -> None:
    assert folds[folds["side"] == "test"]["image_id"].is_unique
    assert folds.groupby(["fold", "acquisition_id"])["side"].nunique().max() == 1
    assert (folds.groupby(["fold", "side"]).size() == 16).all()


def test_a_fold_is_trained_when_it_is_saved(images: pd.DataFrame, folds: pd.DataFrame) -> None:
    """So that a killed cross-validation leaves the folds that it has finished."""
    features = pd.DataFrame({"image_id": images["image_id"].iloc[:40], "stain": 1.0})
    parts = cross_validate_estimator("nearest", features, folds, NEAREST)
    assert list(parts) == ["fold0", "fold1", "fold2"]
    with pytest.raises(ValueError, match="are missing"):
        parts["fold0"]()


def test_what_tells_slides_apart_and_not_classes_is_worth_nothing(images: pd.DataFrame, folds: pd.DataFrame) -> None:
    """Each slide has a stain of its own, next to that of a slide of the other class."""
    block = images["acquisition_id"].str[2:].astype(int)
    stain = 10.0 * block + (images["label"] == "B")
    features = pd.DataFrame({"image_id": images["image_id"], "stain": stain})
    predictions = run(cross_validate_estimator("nearest", features, folds, NEAREST))
    assert when_tested(predictions) == fold_of(folds)
    table = score_folds(folds, REFERENCE, EVALUATION, background=predictions)
    # The nearest slide that was learnt from is mostly the neighbour of the other class.
    assert table["accuracy"].item() < 0.5
    honest = features.assign(stain=(images["label"] == "B") * 1.0)
    predictions = run(cross_validate_estimator("nearest", honest, folds, NEAREST))
    assert score_folds(folds, REFERENCE, EVALUATION, background=predictions)["accuracy"].item() == 1


def test_a_network_is_trained_for_each_fold(images: pd.DataFrame, folds: pd.DataFrame) -> None:
    generator = np.random.default_rng(0)
    base = np.where(images["label"] == "A", 60, 190)[:, np.newaxis, np.newaxis, np.newaxis]
    pixels = np.clip(base + generator.normal(0, 10, (48, 16, 16, 3)), 0, 255).astype(np.uint8)
    network = NetworkParameters(builder="leukosmear.networks.compact.compact_cnn", options={"filters": [4, 4]})
    training = TrainingParameters(
        epochs=8, batch_size=8, learning_rate=0.02, schedule="constant", monitor="validation_loss", patience=8, seed=0
    )
    still = AugmentationParameters(
        rotation=0, width_shift=0, height_shift=0, shear=0, zoom=0, horizontal_flip=False, fill_mode="reflect"
    )
    stored = partitions(pixels, list(images["image_id"]), step=20)
    predictions = run(cross_validate_network("tiny", stored, folds, network, training, still))
    assert when_tested(predictions) == fold_of(folds)
    assert tabulate_folds(folds, tiny=predictions)["accuracy"].tolist() == [1.0, 1.0, 1.0]


def by_hand(folds: pd.DataFrame, wrong: set[str]) -> dict:
    """Predictions that are right but for some acquisitions."""
    parts = {}
    for fold, split in list_folds(folds).items():
        rows = split[split["side"] != "train"]
        is_b = ((rows["label"] == "B") ^ rows["acquisition_id"].isin(wrong)).to_numpy()
        table = predictions_table(rows, np.where(is_b[:, np.newaxis], [0.1, 0.9], [0.9, 0.1]), ["A", "B"])
        parts[partition_of(fold)] = lambda table=table: table
    return parts


@pytest.fixture(scope="module")
def scores(folds: pd.DataFrame) -> pd.DataFrame:
    models = {"background": {"A/0", "A/1", "B/5"}, "cells": {"A/0"}, "perfect": set()}
    return score_folds(folds, REFERENCE, EVALUATION, **{m: by_hand(folds, w) for m, w in models.items()})


def test_models_are_held_against_the_reference(scores: pd.DataFrame) -> None:
    rows = scores.set_index("model")
    assert list(rows.index) == ["perfect", "cells", "background"]
    assert rows["accuracy"].to_dict() == pytest.approx({"perfect": 1, "cells": 11 / 12, "background": 9 / 12})
    assert rows["points_above_reference"].to_dict() == pytest.approx(
        {"perfect": 25, "cells": 100 * 2 / 12, "background": 0}
    )
    assert rows["recall_A"].to_dict() == pytest.approx({"perfect": 1, "cells": 5 / 6, "background": 4 / 6})
    assert rows["recall_B"].to_dict() == pytest.approx({"perfect": 1, "cells": 1, "background": 5 / 6})
    assert (rows[["n_images", "n_acquisitions"]] == [48, 12]).all(axis=None)


def test_intervals_are_over_acquisitions(scores: pd.DataFrame) -> None:
    rows = scores.set_index("model")
    cells, background = rows.loc["cells"], rows.loc["background"]
    # One of twelve acquisitions is wrong: drawn anew, none, one, two or three of twelve are, in nearly all cases.
    assert (cells["ci_low"], cells["ci_high"]) == pytest.approx((9 / 12, 1), abs=0.05)
    # The reference differs from itself in no resample.
    assert background[["points_low", "points_high"]].isna().all()
    assert 0 <= cells["points_low"] < cells["points_above_reference"] < cells["points_high"] < 50


def test_folds_are_scored_one_by_one(folds: pd.DataFrame) -> None:
    table = tabulate_folds(folds, cells=by_hand(folds, {"A/0"}))
    assert list(table["model"]) == ["cells"] * 3
    assert table["n_acquisitions"].tolist() == [4, 4, 4]
    wrong = fold_of(folds)["A/0-0"]
    assert table["accuracy"].tolist() == [0.75 if fold == wrong else 1.0 for fold in range(3)]


def test_a_reference_that_is_no_model_is_an_error(folds: pd.DataFrame) -> None:
    with pytest.raises(ValueError, match=r"`cross_validation.reference` among .*, cells\. Found 'background'"):
        score_folds(folds, REFERENCE, EVALUATION, cells=by_hand(folds, set()))


def test_no_models_are_an_error_and_no_riddle(folds: pd.DataFrame) -> None:
    for score in (lambda: score_folds(folds, REFERENCE, EVALUATION), lambda: tabulate_folds(folds)):
        with pytest.raises(ValueError, match=r"at least one model to cross-validate\. Found none\. .*cross_validated"):
            score()


def test_predictions_of_other_folds_are_an_error(images: pd.DataFrame, folds: pd.DataFrame) -> None:
    predictions = by_hand(folds, set())
    with pytest.raises(ValueError, match=r"of background in fold0, fold1, fold2\. Found fold1, fold2\. Run the whole"):
        score_folds(folds, REFERENCE, EVALUATION, background={n: t for n, t in predictions.items() if n != "fold0"})
    other = by_hand(deal_splits(images, SPLIT.model_copy(update={"seed": 1})), set())
    with pytest.raises(ValueError, match=r"background in fold 0 to belong to .*seed 0\. Found those of .*seed 1"):
        score_folds(folds, REFERENCE, EVALUATION, background=other)


def test_images_tested_in_several_folds_count_once_and_others_not_at_all(images: pd.DataFrame) -> None:
    splits = deal_splits(images, SPLIT.model_copy(update={"protocol": "leave_stream_out"}))
    tests = splits[splits["side"] == "test"]
    n_tests = tests["image_id"].value_counts()
    # Of A two streams, 8 and 16 images; of B, which has one, a third of the acquisitions in each of the two folds.
    assert (len(n_tests), n_tests.max()) == (24 + 16, 1)
    table = score_folds(splits, REFERENCE, EVALUATION, background=by_hand(splits, {"A/0"}))
    assert table[["protocol", "n_folds", "n_images"]].to_numpy().tolist() == [["leave_stream_out", 2, 40]]
    assert table["accuracy"].item() == pytest.approx(36 / 40)
    draws = deal_splits(images, SPLIT.model_copy(update={"protocol": "random"}))
    right = by_hand(draws, set())
    wrong = by_hand(draws, set("ABCD") | set(images["acquisition_id"]))
    mixed = {"fold0": right["fold0"], "fold1": wrong["fold1"], "fold2": wrong["fold2"]}
    hits = (
        draws[draws["side"] == "test"].assign(right=lambda rows: rows["fold"] == 0).groupby("image_id")["right"].mean()
    )
    assert hits.between(0, 1, inclusive="neither").any()  # right in one fold and wrong in another
    table = score_folds(draws, REFERENCE, EVALUATION, background=mixed)
    assert table["n_images"].item() == len(hits) < 48
    assert table["accuracy"].item() == pytest.approx(hits.mean())


def test_figure_shows_each_model_and_each_fold(folds: pd.DataFrame, scores: pd.DataFrame) -> None:
    models = {"background": {"A/0", "A/1", "B/5"}, "cells": {"A/0"}, "perfect": set()}
    by_fold = tabulate_folds(folds, **{model: by_hand(folds, wrong) for model, wrong in models.items()})
    axes = draw_cross_validation(scores, by_fold, REFERENCE).axes[0]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["perfect", "cells", "background"]
    assert axes.get_title(loc="left") == "Protocol acquisition, 3 folds: 48 images of 12 acquisitions tested"
    (dots,) = (drawn for drawn in axes.collections if isinstance(drawn, PathCollection))
    assert dots.get_offsets()[:, 0].tolist() == pytest.approx([1, 11 / 12, 0.75])
    lines = {line.get_marker(): line.get_xdata().tolist() for line in axes.lines if line.get_marker() == "|"}
    assert sorted(lines["|"]) == sorted(by_fold["accuracy"])
    (reference,) = (line for line in axes.lines if line.get_marker() == "None")
    assert list(reference.get_xdata()) == [0.75, 0.75]


def test_all_models_in_one_run(finished_run, project: Path) -> None:
    assert "Figure: data/08_reporting/test/random/all-folds-seed42/accuracy.png" in finished_run.stdout
    folder = project / "data/08_reporting/test/random/all-folds-seed42"
    table = pd.read_csv(folder / "models.csv")
    assert {"compact_cnn", "paper_cnn", "knn", "control_background"} < set(table["model"])
    assert set(table["n_folds"]) == {3}
    assert len(set(table["n_images"])) == 1
    assert table["n_images"].between(36, 108).all()
    one = pd.read_parquet(project / "data/07_model_output/test/random/all-folds-seed42/knn/fold0.parquet")
    alone = pd.read_parquet(project / "data/07_model_output/test/random/fold0-seed42/knn/predictions.parquet")
    pd.testing.assert_frame_equal(one, alone)
    assert table["accuracy"].between(0, 1).all()
    assert (folder / "accuracy.png").stat().st_size > 10_000
