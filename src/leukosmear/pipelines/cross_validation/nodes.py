"""Nodes that train a model once for each fold, and collect what it says of the images it did not learn from."""

import logging
from collections.abc import Iterator

import pandas as pd

from leukosmear.estimators.nodes import fit_estimator, predict_with_estimator
from leukosmear.evaluation import take_side
from leukosmear.model_images import Partitions
from leukosmear.parameters import (
    AugmentationParameters,
    EstimatorParameters,
    NetworkParameters,
    SplitParameters,
    TrainingParameters,
)
from leukosmear.prediction.networks import predict_with_network
from leukosmear.schemas import FoldManifest
from leukosmear.splitting import split_by_acquisition

logger = logging.getLogger(__name__)


def deal_folds(accepted_images: pd.DataFrame, split: SplitParameters) -> pd.DataFrame:
    """Divide the images by acquisition as often as there are folds, each fold once the test split.

    Args:
        accepted_images: Columns `image_id`, `label`, `field_id` and `acquisition_id`.
        split: Number of folds, and seed; its protocol and its fold do not count.

    Returns:
        A `FoldManifest`: the splits of all folds, one below the other.

    Raises:
        ValueError: If a class has fewer acquisitions than there are folds, or misses from a side.
    """
    columns = [column for column in FoldManifest.to_schema().columns if column not in ("fold", "side")]
    try:
        tables = [
            split_by_acquisition(accepted_images[columns], _as_fold(split, fold)).assign(fold=fold)
            for fold in range(split.folds)
        ]
    except ValueError as error:
        raise ValueError(
            f"{error} Cross-validation takes every fold, by acquisition: `split.fold` and `protocol` do not change it."
        ) from error
    return pd.concat(tables, ignore_index=True)


def cross_validate_network(
    name: str,
    model_images: Partitions,
    fold_manifests: pd.DataFrame,
    network: NetworkParameters,
    training: TrainingParameters,
    augmentation: AugmentationParameters,
) -> pd.DataFrame:
    """Train a network once for each fold, and apply each to the acquisitions that it did not learn from.

    Args:
        name: Name of the model.
        model_images: Partitions of model images.
        fold_manifests: A `FoldManifest`.
        network: Which network.
        training: How to train it; the validation split of each fold chooses the epoch.
        augmentation: Random changes of the training images.

    Returns:
        `Predictions` of every image, by the network of the fold in which it was a test image, with a column `fold`.
    """
    from leukosmear.training.train import train

    def predict(manifest: pd.DataFrame) -> pd.DataFrame:
        trained = train(name, model_images, manifest, network, training, augmentation)
        return predict_with_network(trained.predictor(), model_images, manifest, training)

    return _collect(name, ((fold, predict(manifest)) for fold, manifest in _folds(fold_manifests)))


def cross_validate_estimator(
    name: str,
    features: pd.DataFrame,
    fold_manifests: pd.DataFrame,
    estimator: EstimatorParameters,
    split: SplitParameters,
) -> pd.DataFrame:
    """Fit an estimator once for each fold, and apply each to the acquisitions that it was not fitted on.

    Args:
        name: Name of the model.
        features: `image_id` and one column per feature.
        fold_manifests: A `FoldManifest`.
        estimator: Which estimator; its arguments are chosen inside the train split of each fold, by acquisitions.
        split: How acquisitions were dealt.

    Returns:
        `Predictions` of every image, by the estimator of the fold in which it was a test image, with a column `fold`.
    """

    def predict(fold: int, manifest: pd.DataFrame) -> pd.DataFrame:
        fitted, _ = fit_estimator(name, features, manifest, estimator, _as_fold(split, fold))
        return predict_with_estimator(fitted, features, manifest)

    return _collect(name, ((fold, predict(fold, manifest)) for fold, manifest in _folds(fold_manifests)))


def _as_fold(split: SplitParameters, fold: int) -> SplitParameters:
    return split.model_copy(update={"protocol": "acquisition", "fold": fold})


def _folds(fold_manifests: pd.DataFrame) -> Iterator[tuple[int, pd.DataFrame]]:
    """Yield the number and the split of each fold."""
    for fold, manifest in fold_manifests.groupby("fold", sort=True):
        yield int(str(fold)), manifest.drop(columns="fold").reset_index(drop=True)


def _collect(name: str, predicted: Iterator[tuple[int, pd.DataFrame]]) -> pd.DataFrame:
    """Put the test images of all folds one below the other, and log what was right."""
    tables = []
    for fold, predictions in predicted:
        test = predictions[predictions["side"] == "test"].assign(fold=fold)
        scored = take_side(test, "test")
        right = (scored.predicted == scored.truth).mean()
        logger.info("%s, fold %s: accuracy %.1f %% on %s images", name, fold, 100 * right, f"{len(test):,}")
        tables.append(test)
    return pd.concat(tables, ignore_index=True)
