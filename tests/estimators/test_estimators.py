import logging
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from conftest import as_split, configuration
from leukosmear.datasets.estimator import EstimatorDataset
from leukosmear.estimators.building import make_folds
from leukosmear.estimators.nodes import fit_estimator, predict_with_estimator
from leukosmear.features import pixels_as_features
from leukosmear.parameters import EstimatorParameters, PixelFeatureParameters
from leukosmear.schemas import Predictions

KNN = EstimatorParameters(
    estimator="sklearn.neighbors.KNeighborsClassifier", grid={"n_neighbors": [1, 3]}, folds=2, seed=0
)
SVM = EstimatorParameters(
    columns=["shape_*", "colour_*"],
    selection={"selector": "leukosmear.estimators.correlation_selection.CorrelationSelection"},
    estimator="sklearn.svm.SVC",
    grid={"C": [1, 100]},
    folds=2,
    seed=0,
)


@pytest.fixture
def cells() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Features of 48 images of three classes, and their split: `shape_area` tells the classes apart."""
    generator = np.random.default_rng(0)
    labels = np.repeat(["A", "B", "C"], 16)
    features = pd.DataFrame(
        {
            "image_id": [f"{label}/{index:02d}" for index, label in enumerate(labels)],
            "n_cells": generator.integers(1, 9, 48).astype(float),
            "shape_area": np.repeat([100.0, 200, 300], 16) + generator.normal(0, 10, 48),
            "shape_noise": generator.normal(0, 1, 48),
            "colour_red": generator.normal(100, 5, 48),
        }
    )
    features.loc[[3, 20], "shape_noise"] = np.nan
    manifest = pd.DataFrame(
        {
            "image_id": features["image_id"],
            "label": labels,
            "acquisition_id": [f"{label}/{index // 4}" for index, label in enumerate(labels)],
            "side": (["train"] * 8 + ["validation"] * 4 + ["test"] * 4) * 3,
        }
    )
    return features, as_split(manifest)


def accuracy(predictions: pd.DataFrame) -> float:
    predicted = predictions.filter(like="p_").idxmax(axis=1).str.removeprefix("p_")
    return float((predicted == predictions["label"]).mean())


def test_estimator_is_tuned_on_train_and_predicts_the_rest(two_colours) -> None:
    partitions, manifest = two_colours
    features = pixels_as_features(partitions, PixelFeatureParameters(size=2))
    model, record = fit_estimator("knn", features, manifest, KNN)
    assert record["n_train"] == 8
    assert record["chosen"]["n_neighbors"] in (1, 3)
    assert record["n_features"] == record["n_selected"] == 12
    predictions = Predictions.validate(predict_with_estimator(model, features, manifest))
    assert predictions["side"].value_counts().to_dict() == {"validation": 4, "test": 4}
    assert accuracy(predictions) == 1


def test_test_images_have_no_part_in_the_fit(cells) -> None:
    features, manifest = cells
    disturbed = features.copy()
    disturbed.loc[manifest["side"] != "train", features.columns[1:]] = 0
    probabilities = []
    for table in (features, disturbed):
        model, _ = fit_estimator("svm", table, manifest, SVM)
        probabilities.append(predict_with_estimator(model, features, manifest).filter(like="p_"))
    pd.testing.assert_frame_equal(*probabilities)


def test_patterns_choose_columns_and_missing_values_are_filled(cells, caplog: pytest.LogCaptureFixture) -> None:
    features, manifest = cells
    caplog.set_level(logging.INFO)
    model, record = fit_estimator("svm", features, manifest, SVM)
    assert list(model.feature_names_in_) == ["shape_area", "shape_noise", "colour_red"]
    assert list(model.classes_) == record["classes"] == ["A", "B", "C"]
    assert (record["n_features"], record["n_selected"], record["folds"]) == (3, 1, 2)
    assert accuracy(Predictions.validate(predict_with_estimator(model, features, manifest))) == 1
    assert f"sklearn.svm.SVC on 1 of 3 features, chosen {record['chosen']}" in caplog.text


def test_imputation_can_be_left_out(cells) -> None:
    parameters = KNN.model_copy(update={"columns": ["shape_area"], "impute": False})
    assert list(fit_estimator("knn", *cells, parameters)[0].named_steps) == ["scale", "classifier"]


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        (["shape_*", "shap_area"], r"'shap_area', near to shape_area.*4 columns, from 'n_cells' to 'colour_red'"),
        (["image_id"], "'image_id', near to"),
        (["texture_*", "*"], r"'texture_\*', near to"),
    ],
    ids=["misspelt", "the name of the image", "a family that is not there"],
)
def test_columns_that_are_not_there_are_errors(cells, columns: list[str], message: str) -> None:
    parameters = SVM.model_copy(update={"columns": columns})
    with pytest.raises(ValueError, match=message):
        fit_estimator("svm", *cells, parameters)


@pytest.mark.parametrize(
    ("estimator", "options"),
    [
        ("sklearn.neighbors.Gone", {}),
        ("sklearn.neighbors.KNeighborsClassifier", {"neighbours": 3}),
        ("sklearn.linear_model.LinearRegression", {}),
    ],
    ids=["no such class", "no such argument", "no classifier"],
)
def test_unknown_estimators_are_errors(cells, estimator: str, options: dict) -> None:
    parameters = KNN.model_copy(update={"estimator": estimator, "options": options})
    with pytest.raises(ValueError, match="Expected `estimator` to be the import path of a class with predict_proba"):
        fit_estimator("knn", *cells, parameters)


def test_a_grid_of_arguments_that_are_not_there_is_an_error(cells) -> None:
    parameters = KNN.model_copy(update={"grid": {"neighbours": [1, 3]}})
    with pytest.raises(ValueError, match=r"Found \['neighbours'\]. It takes .*'n_neighbors'"):
        fit_estimator("knn", *cells, parameters)


def test_what_does_not_select_is_no_selection(cells) -> None:
    selection = SVM.selection.model_copy(update={"selector": "sklearn.preprocessing.StandardScaler"})
    with pytest.raises(ValueError, match=r"`selection\.selector`.*get_support.*StandardScaler"):
        fit_estimator("svm", *cells, SVM.model_copy(update={"selection": selection}))


def test_images_without_features_are_an_error(cells) -> None:
    features, manifest = cells
    with pytest.raises(ValueError, match=r"2 are missing, such as \['A/00', 'A/01'\]"):
        fit_estimator("knn", features.iloc[2:], manifest, KNN)


def test_features_that_are_gone_are_an_error(cells) -> None:
    features, manifest = cells
    model, _ = fit_estimator("svm", features, manifest, SVM)
    with pytest.raises(ValueError, match=r"3 features.*1 of them gone.*shape_area"):
        predict_with_estimator(model, features.drop(columns="shape_area"), manifest)


def test_a_class_that_was_not_in_train_gets_probability_zero(cells) -> None:
    features, manifest = cells
    model, _ = fit_estimator("knn", features, manifest, KNN)
    relabelled = manifest.assign(label=manifest["label"].mask(manifest["image_id"] == "A/15", "D"))
    assert (predict_with_estimator(model, features, relabelled)["p_D"] == 0).all()


def test_decision_values_become_probabilities_that_prefer_the_same_class(cells) -> None:
    features, manifest = cells
    parameters = SVM.model_copy(update={"columns": ["shape_noise", "colour_red"], "selection": None, "grid": {}})
    model, _ = fit_estimator("svm", features, manifest, parameters)
    values = features[model.feature_names_in_].astype(np.float32)
    decisions = model.calibrated_classifiers_[0].estimator.decision_function(values)
    assert model.predict_proba(values).argmax(axis=1).tolist() == decisions.argmax(axis=1).tolist()


def test_folds_keep_acquisitions_together_where_the_split_does(cells) -> None:
    train = cells[1][cells[1]["side"] == "train"].reset_index(drop=True)
    labels = train["label"].to_numpy()
    # Each class has two acquisitions in train, so that there are two folds, whatever is asked for.
    folds = make_folds(train, labels, KNN.model_copy(update={"folds": 5}), grouped=True)
    groups = [set(train.loc[scored, "acquisition_id"]) for _, scored in folds]
    assert [len(members) for members in groups] == [3, 3]
    assert groups[0].isdisjoint(groups[1])
    by_image = make_folds(train, labels, KNN.model_copy(update={"folds": 4}), grouped=False)
    assert [len(scored) for _, scored in by_image] == [6, 6, 6, 6]


def test_one_acquisition_in_a_class_is_said_and_two_images_are_needed(cells, caplog: pytest.LogCaptureFixture) -> None:
    train = cells[1][cells[1]["side"] == "train"].reset_index(drop=True)
    labels = train["label"].to_numpy()
    single = train.assign(acquisition_id=train["acquisition_id"].mask(train["label"] == "A", "A/0"))
    assert len(make_folds(single, labels, KNN, grouped=True)) == 2
    assert "single acquisition" in caplog.text
    with pytest.raises(ValueError, match=r"at least two training images.*'A': 1"):
        make_folds(train.iloc[7:], labels[7:], KNN, grouped=False)


def test_the_protocol_of_the_split_decides_on_the_folds(cells) -> None:
    parameters = KNN.model_copy(update={"folds": 4})
    features, split = cells
    splits = [split.assign(protocol=protocol) for protocol in ("random", "acquisition", "leave_smear_out")]
    folds = [fit_estimator("knn", features, one, parameters)[1]["folds"] for one in splits]
    assert folds == [4, 2, 2]


def test_permuted_labels_leave_nothing_to_learn(cells) -> None:
    features, manifest = cells
    accuracies = []
    for seed in range(20):
        parameters = SVM.model_copy(update={"permute_labels": True, "seed": seed, "selection": None, "grid": {}})
        model, record = fit_estimator("control", features, manifest, parameters)
        assert record["permuted_labels"]
        accuracies.append(accuracy(predict_with_estimator(model, features, manifest)))
    # Chance is 1 / 3; 20 fits on 24 images each stay well within 0.12 of it.
    assert np.mean(accuracies) == pytest.approx(1 / 3, abs=0.12)


ESTIMATORS = {
    "svm": SVM,
    "ann": SVM.model_copy(
        update={
            "estimator": "sklearn.neural_network.MLPClassifier",
            "options": {"hidden_layer_sizes": 4, "max_iter": 2000, "random_state": 0},
            "grid": {},
        }
    ),
    "boosting": SVM.model_copy(
        update={
            "estimator": "sklearn.ensemble.HistGradientBoostingClassifier",
            "options": {"max_iter": 3, "min_samples_leaf": 2},
            "grid": {},
        }
    ),
    "knn": KNN,
}


def test_saved_estimators_predict_the_same_in_a_fresh_process(cells, tmp_path: Path) -> None:
    features, manifest = cells
    trusted = configuration("local")["catalog"]["{model}_estimator@skops"]["trusted"]
    features.to_parquet(tmp_path / "features.parquet")
    manifest.to_parquet(tmp_path / "manifest.parquet")
    for name, parameters in ESTIMATORS.items():
        model, _ = fit_estimator(name, features, manifest, parameters)
        EstimatorDataset(filepath=str(tmp_path / f"{name}.skops"), trusted=trusted).save(model)
        predict_with_estimator(model, features, manifest).to_parquet(tmp_path / f"{name}.parquet")
    code = f"""
import pandas as pd
from leukosmear.datasets.estimator import EstimatorDataset
from leukosmear.estimators.nodes import predict_with_estimator
features, manifest = pd.read_parquet("features.parquet"), pd.read_parquet("manifest.parquet")
for name in {list(ESTIMATORS)}:
    model = EstimatorDataset(filepath=name + ".skops", trusted={trusted}).load()
    assert list(model.classes_) == ["A", "B", "C"], model.classes_
    assert "shape_area" in model.feature_names_in_, model.feature_names_in_
    again = predict_with_estimator(model, features, manifest)
    pd.testing.assert_frame_equal(again, pd.read_parquet(name + ".parquet"), check_exact=True)
"""
    run = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr


def test_the_example_of_the_docs_runs(project: Path, cells) -> None:
    page = (project / "docs/baselines.md").read_text(encoding="utf-8")
    block = yaml.safe_load(page.split("```yaml\nmy_forest:")[1].split("```")[0].replace("${globals:seed}", "42"))
    features, manifest = cells
    features = features.rename(columns={"colour_red": "nucleus_colour_red_mean"})
    parameters = EstimatorParameters(**block["estimator"])
    model, record = fit_estimator("my_forest", features, manifest, parameters)
    assert record["model"] == "my_forest"
    assert accuracy(predict_with_estimator(model, features, manifest)) > 0.8
