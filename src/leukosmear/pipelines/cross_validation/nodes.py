"""Nodes that train a model once for each fold, as a single run does for one."""

import logging
from collections.abc import Callable
from functools import partial

import pandas as pd

from leukosmear.estimators.nodes import fit_estimator, predict_with_estimator
from leukosmear.evaluation import take_side
from leukosmear.evaluation.folds import FoldPredictions, partition_of
from leukosmear.model_images import Partitions
from leukosmear.parameters import AugmentationParameters, EstimatorParameters, NetworkParameters, TrainingParameters
from leukosmear.prediction.networks import predict_with_network
from leukosmear.splitting import list_folds

logger = logging.getLogger(__name__)


def cross_validate_network(
    name: str,
    model_images: Partitions,
    splits: pd.DataFrame,
    network: NetworkParameters,
    training: TrainingParameters,
    augmentation: AugmentationParameters,
) -> FoldPredictions:
    """Train a network once for each fold, and apply each to the images of its validation and test sides.

    Args:
        name: Name of the model.
        model_images: Partitions of model images.
        splits: `Splits`.
        network: Which network.
        training: How to train it; the validation side of each fold chooses the epoch.
        augmentation: Random changes of the training images.

    Returns:
        For each fold a function that trains and returns `Predictions`, so that each is saved before the next begins.
    """
    from leukosmear.training.train import train

    def predict(split: pd.DataFrame) -> pd.DataFrame:
        trained = train(name, model_images, split, network, training, augmentation)
        return predict_with_network(trained.predictor(), model_images, split, training)

    return _for_each_fold(name, splits, predict)


def cross_validate_estimator(
    name: str, features: pd.DataFrame, splits: pd.DataFrame, estimator: EstimatorParameters
) -> FoldPredictions:
    """Fit an estimator once for each fold, and apply each to the images of its validation and test sides.

    Args:
        name: Name of the model.
        features: `image_id` and one column per feature.
        splits: `Splits`.
        estimator: Which estimator; its arguments are chosen inside the train side of each fold.

    Returns:
        For each fold a function that fits and returns `Predictions`, so that each is saved before the next begins.
    """

    def predict(split: pd.DataFrame) -> pd.DataFrame:
        fitted, _ = fit_estimator(name, features, split, estimator)
        return predict_with_estimator(fitted, features, split)

    return _for_each_fold(name, splits, predict)


def _for_each_fold(name: str, splits: pd.DataFrame, predict: Callable[[pd.DataFrame], pd.DataFrame]) -> FoldPredictions:
    """Name what is to be done for each fold, and log what was right."""

    def predict_and_log(fold: int, split: pd.DataFrame) -> pd.DataFrame:
        predictions = predict(split)
        scored = take_side(predictions, "test")
        right = (scored.predicted == scored.truth).mean()
        logger.info("%s, fold %s: accuracy %.1f %% on %s images", name, fold, 100 * right, f"{len(scored.truth):,}")
        return predictions

    return {partition_of(fold): partial(predict_and_log, fold, split) for fold, split in list_folds(splits).items()}
