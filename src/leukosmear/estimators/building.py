"""How an estimator is put together, and how its arguments are chosen inside the training split."""

import logging
from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Any

import numpy as np
import pandas as pd
from kedro.utils import load_obj
from sklearn.base import BaseEstimator, clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.impute import SimpleImputer
from sklearn.model_selection import GridSearchCV, StratifiedGroupKFold, StratifiedKFold
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

from leukosmear.parameters import EstimatorParameters

logger = logging.getLogger(__name__)

CLASSIFIER = "classifier"

Folds = list[tuple[np.ndarray, np.ndarray]]


def build_pipeline(parameters: EstimatorParameters) -> Pipeline:
    """Put an estimator behind standard scaling and, where they are asked for, median imputation and a selection.

    All of it is one scikit-learn Pipeline, so that medians, scales and selected features come from the training part
    of each fold alone. Medians take the place of what could not be measured, such as the cells of an image without
    any.

    Raises:
        ValueError: If an import path names nothing that fits, or the grid an argument that the classifier lacks.
    """
    steps: list[tuple[str, BaseEstimator]] = []
    if parameters.impute:
        # A column without any value at all becomes 0, rather than vanish with its name.
        steps.append(("impute", SimpleImputer(strategy="median", keep_empty_features=True)))
    steps.append(("scale", StandardScaler()))
    if parameters.selection is not None:
        selection = parameters.selection
        steps.append(
            (
                "select",
                _make(
                    "selection.selector",
                    selection.selector,
                    selection.options,
                    needs=("get_support",),
                    example="sklearn.feature_selection.SelectKBest",
                ),
            )
        )
    classifier = _make(
        "estimator",
        parameters.estimator,
        parameters.options,
        needs=("predict_proba", "decision_function"),
        example="sklearn.neighbors.KNeighborsClassifier",
    )
    if unknown := sorted(parameters.grid.keys() - classifier.get_params().keys()):
        raise ValueError(
            f"Expected `grid` to name arguments of {parameters.estimator}. Found {unknown}. It takes "
            f"{sorted(classifier.get_params(deep=False))}."
        )
    return Pipeline([*steps, (CLASSIFIER, classifier)])


def _make(setting: str, path: str, options: Mapping[str, Any], needs: tuple[str, ...], example: str) -> BaseEstimator:
    """Call what an import path names, and see that it has one of the methods that are needed."""
    try:
        made = load_obj(path)(**options)
    except (ImportError, AttributeError, ValueError, TypeError) as error:
        problem = str(error)
    else:
        if any(hasattr(made, method) for method in needs):
            return made
        problem = f"it has no {' and no '.join(needs)}"
    raise ValueError(
        f"Expected `{setting}` to be the import path of a class with {' or '.join(needs)} that takes the `options`, "
        f"such as '{example}'. Found '{path}' with {dict(options)}: {problem}."
    )


def make_folds(rows: pd.DataFrame, labels: np.ndarray, parameters: EstimatorParameters, grouped: bool) -> Folds:
    """Divide the training images into folds with similar shares of the classes.

    Args:
        rows: Columns `image_id` and, where grouped, `acquisition_id`.
        labels: Array of shape (n,), the classes.
        parameters: Number of folds and seed. Where a class has fewer images, or acquisitions, there are as many folds
            as it has.
        grouped: Keep each acquisition in one fold, as the split protocol does; where a class has one acquisition
            alone, that cannot be, and a warning says so.

    Returns:
        For each fold the places of the images to fit on, and of those to score.

    Raises:
        ValueError: If a class has fewer than two images.
    """
    if grouped:
        fewest = int(rows["acquisition_id"].groupby(labels).nunique().min())
        if fewest >= 2:
            folds = StratifiedGroupKFold(min(parameters.folds, fewest), shuffle=True, random_state=parameters.seed)
            return list(folds.split(labels, labels, rows["acquisition_id"]))
        logger.warning("A class has a single acquisition in the train split: folds are made of images instead")
    fewest = int(pd.Series(labels).value_counts().min())
    if fewest < 2:
        raise ValueError(
            "Expected at least two training images of each class, to choose arguments by cross-validation. Found "
            f"{pd.Series(labels).value_counts().to_dict()}. Add images, or leave the class out."
        )
    by_image = StratifiedKFold(min(parameters.folds, fewest), shuffle=True, random_state=parameters.seed)
    return list(by_image.split(labels, labels))


def tune(
    pipeline: Pipeline, features: pd.DataFrame, labels: np.ndarray, folds: Folds, parameters: EstimatorParameters
) -> tuple[Pipeline, dict[str, Any], float]:
    """Choose the arguments of the classifier by their accuracy over the folds.

    Returns:
        The pipeline with these arguments, not yet fitted; the arguments; and their accuracy, 0 to 1.
    """
    grid = {f"{CLASSIFIER}__{argument}": values for argument, values in parameters.grid.items()}
    search = GridSearchCV(pipeline, grid, cv=folds, n_jobs=parameters.jobs, refit=False)
    # without names, which every step would check anew: for thousands of pixels that takes longer than to fit
    search.fit(features.to_numpy(), labels)
    chosen = {key.removeprefix(f"{CLASSIFIER}__"): value for key, value in search.best_params_.items()}
    return clone(pipeline).set_params(**search.best_params_), chosen, float(search.best_score_)


def fit_with_probabilities(
    pipeline: Pipeline, features: pd.DataFrame, labels: np.ndarray, folds: Folds
) -> BaseEstimator:
    """Fit a pipeline so that it gives probabilities.

    What gives decision values alone, such as a support vector machine, gets a softmax of them, at the temperature that
    fits the decisions for images left out of the fit, fold by fold (Guo et al. 2017, On Calibration of Modern Neural
    Networks). That changes how sure the estimator is, and not which class it prefers.
    """
    if hasattr(pipeline, "predict_proba"):
        return pipeline.fit(features, labels)
    calibrated = CalibratedClassifierCV(pipeline, method="temperature", cv=folds, ensemble=False)
    # The folds are lists of training images, which are no part of an estimator.
    return calibrated.fit(features, labels).set_params(cv=None)


def one_thread() -> AbstractContextManager[None]:
    """Keep scikit-learn to one thread for the length of a `with` block.

    On tables of a few thousand rows its threads wait for one another longer than they work, all the more beside other
    processes: a second of boosting took 20. More cores are used by `jobs`.
    """
    return threadpool_limits(1)


def fitted_pipeline(estimator: BaseEstimator) -> Pipeline:
    """Get at the pipeline of an estimator, whether it was wrapped to give probabilities or not."""
    if isinstance(estimator, Pipeline):
        return estimator
    return estimator.calibrated_classifiers_[0].estimator
