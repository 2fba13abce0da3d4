import numpy as np
import pandas as pd
import pytest

from leukosmear.estimators.nodes import fit_estimator, pixels_as_features, predict_with_estimator
from leukosmear.parameters import EstimatorParameters, PixelFeatureParameters
from leukosmear.schemas import Predictions

KNN = EstimatorParameters(
    estimator="sklearn.neighbors.KNeighborsClassifier", grid={"n_neighbors": [1, 3]}, folds=2, seed=0
)


def test_pixel_features_are_averages_with_names(two_colours) -> None:
    partitions, _ = two_colours
    features = pixels_as_features(partitions, PixelFeatureParameters(size=2))
    assert list(features.columns[:4]) == [
        "image_id",
        "row0_column0_red",
        "row0_column0_green",
        "row0_column0_blue",
    ]
    assert features.shape == (16, 1 + 2 * 2 * 3)
    pixels = partitions["0000000"]()["pixels"][0]
    assert features["row1_column0_blue"][0] == pytest.approx(pixels[8:, :8, 2].mean(), abs=1)


def test_estimator_is_tuned_on_train_and_predicts_the_rest(two_colours) -> None:
    partitions, manifest = two_colours
    features = pixels_as_features(partitions, PixelFeatureParameters(size=2))
    model, record = fit_estimator("knn", features, manifest, KNN)
    assert record["n_train"] == 8
    assert record["chosen"]["n_neighbors"] in (1, 3)
    assert record["n_features"] == 12
    predictions = Predictions.validate(predict_with_estimator(model, features, manifest))
    assert predictions["split"].value_counts().to_dict() == {"validation": 4, "test": 4}
    assert (predictions[["p_A", "p_B"]].idxmax(axis=1).str[2:] == predictions["label"]).all()


def test_test_images_have_no_part_in_the_fit(two_colours) -> None:
    partitions, manifest = two_colours
    features = pixels_as_features(partitions, PixelFeatureParameters(size=2))
    held_out = ~features["image_id"].isin(manifest.loc[manifest["split"] == "train", "image_id"])
    disturbed = features.copy()
    disturbed.loc[held_out, disturbed.columns[1:]] = 0
    row = features.drop(columns="image_id").to_numpy(np.float32)
    probabilities = [
        fit_estimator("knn", table, manifest, KNN)[0].predict_proba(row) for table in (features, disturbed)
    ]
    np.testing.assert_array_equal(*probabilities)


@pytest.mark.parametrize(
    ("estimator", "options"),
    [
        ("sklearn.neighbors.Gone", {}),
        ("sklearn.neighbors.KNeighborsClassifier", {"neighbours": 3}),
        ("sklearn.svm.LinearSVC", {}),
    ],
)
def test_unknown_estimators_are_errors(two_colours, estimator: str, options: dict) -> None:
    features = pixels_as_features(two_colours[0], PixelFeatureParameters(size=2))
    parameters = KNN.model_copy(update={"estimator": estimator, "options": options})
    with pytest.raises(ValueError, match="Expected `estimator` to be the import path of a classifier"):
        fit_estimator("knn", features, two_colours[1], parameters)


def test_images_without_features_are_an_error(two_colours) -> None:
    features = pixels_as_features(two_colours[0], PixelFeatureParameters(size=2)).iloc[2:]
    with pytest.raises(ValueError, match=r"2 are missing, such as \['A/0', 'A/1'\]"):
        fit_estimator("knn", features, two_colours[1], KNN)


def test_a_class_that_was_not_in_train_gets_probability_zero(two_colours) -> None:
    partitions, manifest = two_colours
    features = pixels_as_features(partitions, PixelFeatureParameters(size=2))
    model, _ = fit_estimator("knn", features, manifest, KNN)
    extra = pd.DataFrame({"image_id": ["A/0"], "label": ["C"], "split": ["test"]})
    relabelled = pd.concat([manifest[manifest["image_id"] != "A/0"], extra])
    assert (predict_with_estimator(model, features, relabelled)["p_C"] == 0).all()
