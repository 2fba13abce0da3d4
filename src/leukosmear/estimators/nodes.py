"""Nodes that make features, fit an estimator on them and apply it, whichever estimator it is."""

import logging
import time
from typing import Any

import numpy as np
import pandas as pd
from kedro.utils import load_obj
from PIL import Image
from sklearn.base import BaseEstimator
from sklearn.model_selection import GridSearchCV, StratifiedKFold
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from leukosmear.model_images import Partitions, class_names
from leukosmear.model_outputs import PREDICTED_SPLITS, predictions_table, time_one_image
from leukosmear.parameters import EstimatorParameters, PixelFeatureParameters

logger = logging.getLogger(__name__)

CLASSIFIER = "classifier"


def pixels_as_features(model_images: Partitions, parameters: PixelFeatureParameters) -> pd.DataFrame:
    """Average every image down to a few pixels and lay them out as a row.

    Args:
        model_images: Partitions of model images.
        parameters: Size of the reduced images.

    Returns:
        `image_id` and 3 x size x size columns `row<y>_column<x>_<channel>`, uint8.
    """
    size = parameters.size
    names = [f"row{y}_column{x}_{c}" for y in range(size) for x in range(size) for c in ("red", "green", "blue")]
    tables = []
    for name in sorted(model_images):
        partition = model_images[name]()
        rows = np.stack([_reduce(pixels, size) for pixels in partition["pixels"]])
        table = pd.DataFrame(rows, columns=names)
        table.insert(0, "image_id", partition["image_id"].astype(str))
        tables.append(table)
    return pd.concat(tables, ignore_index=True)


def _reduce(pixels: np.ndarray, size: int) -> np.ndarray:
    return np.asarray(Image.fromarray(pixels).resize((size, size), Image.Resampling.BOX)).ravel()


def fit_estimator(
    name: str, features: pd.DataFrame, split_manifest: pd.DataFrame, parameters: EstimatorParameters
) -> tuple[BaseEstimator, dict[str, Any]]:
    """Fit an estimator on the train split, its arguments chosen by cross-validation inside that split.

    Args:
        name: Name of the model.
        features: `image_id` and one column per feature.
        split_manifest: Columns `image_id`, `label` and `split`.
        parameters: Import path, arguments and grid.

    Returns:
        A fitted scikit-learn Pipeline that predicts class names, and a record of the training.

    Raises:
        ValueError: If the import path names no classifier with probabilities, or images of the split have no features.
    """
    rows = _rows_of(features, split_manifest, "train")
    classifier = _make_classifier(parameters)
    pipeline = Pipeline([("scale", StandardScaler()), (CLASSIFIER, classifier)])
    start = time.perf_counter()
    search = GridSearchCV(
        pipeline,
        {f"{CLASSIFIER}__{argument}": values for argument, values in parameters.grid.items()},
        cv=StratifiedKFold(parameters.folds, shuffle=True, random_state=parameters.seed),
        n_jobs=parameters.jobs,
    ).fit(_matrix(rows), rows["label"])
    seconds = time.perf_counter() - start
    chosen = {key.removeprefix(f"{CLASSIFIER}__"): value for key, value in search.best_params_.items()}
    logger.info("Fitted %s: %s with %s", name, parameters.estimator, chosen or "its given options")
    model = search.best_estimator_
    record = {
        "model": name,
        "family": "estimator",
        "architecture": parameters.estimator,
        "classes": [str(label) for label in model.classes_],
        "chosen": chosen,
        "cross_validated_accuracy": float(search.best_score_),
        "n_features": rows.shape[1] - 2,
        "n_parameters": None,
        "n_train": len(rows),
        "epochs_run": None,
        "best_epoch": None,
        "train_seconds": seconds,
        "images_per_second": None,
        "latency_ms": time_one_image(model.predict_proba, _matrix(rows)[:30]),
        "accelerator": "CPU",
        "backend": "scikit-learn",
    }
    return model, record


def _make_classifier(parameters: EstimatorParameters) -> BaseEstimator:
    try:
        classifier = load_obj(parameters.estimator)(**parameters.options)
        classifier.predict_proba  # noqa: B018 - better missed now than after the fit
        return classifier
    except (ImportError, AttributeError, ValueError, TypeError) as error:
        raise ValueError(
            "Expected `estimator` to be the import path of a classifier with predict_proba that takes the "
            "`options`, such as "
            f"'sklearn.neighbors.KNeighborsClassifier'. Found '{parameters.estimator}' with "
            f"{dict(parameters.options)}: {error}."
        ) from error


def predict_with_estimator(
    estimator: BaseEstimator, features: pd.DataFrame, split_manifest: pd.DataFrame
) -> pd.DataFrame:
    """Apply an estimator to the images that it was not fitted on.

    Returns:
        `Predictions` for the validation and test splits.
    """
    classes = class_names(split_manifest)
    tables = []
    for split in PREDICTED_SPLITS:
        rows = _rows_of(features, split_manifest, split)
        probabilities = pd.DataFrame(
            estimator.predict_proba(_matrix(rows)), columns=[str(name) for name in estimator.classes_]
        ).reindex(columns=classes, fill_value=0.0)
        labels = rows["label"].map(classes.index).to_numpy()
        tables.append(predictions_table(list(rows["image_id"]), split, labels, probabilities.to_numpy(), classes))
    return pd.concat(tables, ignore_index=True)


def _rows_of(features: pd.DataFrame, split_manifest: pd.DataFrame, split: str) -> pd.DataFrame:
    """Features of a split in the manifest's order, after the columns `image_id` and `label`."""
    wanted = split_manifest.loc[split_manifest["split"] == split, ["image_id", "label"]]
    rows = wanted.merge(features, on="image_id", how="inner", validate="one_to_one")
    if len(rows) < len(wanted):
        missing = sorted(set(wanted["image_id"]) - set(rows["image_id"]))
        raise ValueError(
            f"Expected features of each of the {len(wanted):,} images of the {split} split; {len(missing):,} are "
            f"missing, such as {missing[:3]}. Run the baselines pipeline from its first node."
        )
    return rows


def _matrix(rows: pd.DataFrame) -> np.ndarray:
    return rows.drop(columns=["image_id", "label"]).to_numpy(np.float32)
