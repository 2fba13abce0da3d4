"""Nodes that fit an estimator on a table of features and apply it, whichever estimator it is."""

import logging
import time
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator

from leukosmear.datasets.image_folder import ImageFolder
from leukosmear.estimators.building import (
    build_pipeline,
    fit_with_probabilities,
    fitted_pipeline,
    make_folds,
    one_thread,
    tune,
)
from leukosmear.estimators.tables import choose_columns, features_of, matrix, unite
from leukosmear.features.recipe import FeatureRecipe, FeatureTable
from leukosmear.model_images import class_names
from leukosmear.parameters import EstimatorParameters, FeatureParameters, PixelFeatureParameters
from leukosmear.prediction.timing import time_one_image
from leukosmear.predictions import PREDICTED_SIDES, predictions_table
from leukosmear.preparation import Preparations
from leukosmear.splitting import find_protocol, hash_split, list_names

logger = logging.getLogger(__name__)


def fit_estimator(
    name: str,
    features: pd.DataFrame,
    split: pd.DataFrame,
    parameters: EstimatorParameters,
) -> tuple[BaseEstimator, dict[str, Any]]:
    """Fit an estimator on the train split, its arguments chosen by cross-validation inside that split.

    Args:
        name: Name of the model.
        features: `image_id` and one column per feature; values may be missing.
        split: One fold of `Splits`; where its protocol keeps acquisitions apart, the cross-validation does, too.
        parameters: Columns, steps, import path, arguments and grid.

    Returns:
        A fitted scikit-learn estimator that predicts probabilities of the class names in its `classes_` from the
        columns in its `feature_names_in_`, and a record of the training.

    Raises:
        ValueError: If an entry of `columns` names no column, an import path no classifier, or images of the split have
            no features.
    """
    pipeline = build_pipeline(parameters)
    columns = unite(choose_columns(features, parameters.columns))
    rows = features_of(features, split, "train")
    values, labels = matrix(rows, columns), rows["label"].to_numpy(np.str_)
    if parameters.permute_labels:
        labels = np.random.default_rng(parameters.seed).permutation(labels)
    start = time.perf_counter()
    (learnt_from,) = list_names(split)
    folds = make_folds(rows, labels, parameters, grouped=find_protocol(learnt_from.protocol).keeps_acquisitions)
    with one_thread():
        chosen_pipeline, chosen, accuracy = tune(pipeline, values, labels, folds, parameters)
        model = fit_with_probabilities(chosen_pipeline, values, labels, folds)
    seconds = time.perf_counter() - start
    # A feature that is left out by the selection is no input of the classifier.
    n_selected = len(fitted_pipeline(model)[:-1].get_feature_names_out())
    logger.info(
        "Fitted %s in %.1f s: %s on %s of %s features, %s; accuracy %.1f %% in cross-validation",
        name,
        seconds,
        parameters.estimator,
        f"{n_selected:,}",
        f"{len(columns):,}",
        f"chosen {chosen}" if chosen else "as given",
        100 * accuracy,
    )
    record = {
        "model": name,
        "family": "estimator",
        "architecture": parameters.estimator,
        "classes": [str(label) for label in model.classes_],
        "chosen": chosen,
        "cross_validated_accuracy": accuracy,
        "folds": len(folds),
        "n_features": len(columns),
        "n_selected": n_selected,
        "permuted_labels": parameters.permute_labels,
        "n_parameters": None,
        "n_train": len(rows),
        "split_sha256": hash_split(split),
        "epochs_run": None,
        "best_epoch": None,
        "train_seconds": seconds,
        "images_per_second": None,
        "accelerator": "CPU",
        "backend": "scikit-learn",
    }
    return model, record


def predict_with_estimator(estimator: BaseEstimator, features: pd.DataFrame, split: pd.DataFrame) -> pd.DataFrame:
    """Apply an estimator to the images that it was not fitted on.

    Returns:
        `Predictions` for the validation and test splits.
    """
    classes = class_names(split)
    tables = []
    for side in PREDICTED_SIDES:
        rows = features_of(features, split, side)
        with one_thread():
            raw = estimator.predict_proba(matrix(rows, estimator.feature_names_in_))
        names = [str(name) for name in estimator.classes_]
        probabilities = pd.DataFrame(raw, columns=names).reindex(columns=classes, fill_value=0.0)
        tables.append(predictions_table(rows, probabilities.to_numpy(), classes))
    return pd.concat(tables, ignore_index=True)


def apply_estimator(
    estimator: BaseEstimator,
    features: pd.DataFrame,
    split: pd.DataFrame,
    raw_images: ImageFolder,
    accepted_images: pd.DataFrame,
    preparations: dict[str, Any],
    measured: FeatureParameters,
    pixel_features: PixelFeatureParameters,
    table: FeatureTable,
) -> tuple[pd.DataFrame, float]:
    """Predict the images of validation and test, and measure how long the way from a file to an answer is.

    Args:
        estimator: A fitted estimator.
        features: `image_id` and one column per feature.
        split: Columns `image_id`, `label` and `side`.
        raw_images: The data set's folder.
        accepted_images: Columns `image_id`, `file_name` and `sha256`.
        preparations: How images are prepared.
        measured: What is measured of them.
        pixel_features: Size of the images of which pixels are features.
        table: Which table `features` is.

    Returns:
        `Predictions` for the validation and test splits, and milliseconds for one image.
    """
    recipe = FeatureRecipe(table=table, features=measured, pixel_features=pixel_features)
    preparation = recipe.choose(Preparations.model_validate(preparations))

    def answer(data: bytes) -> np.ndarray:
        row = pd.DataFrame([recipe.measure(data, preparation)])
        return estimator.predict_proba(matrix(row, estimator.feature_names_in_))

    predictions = predict_with_estimator(estimator, features, split)
    with one_thread():
        return predictions, time_one_image(answer, raw_images, accepted_images, split)
