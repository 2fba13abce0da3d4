"""From the predictions of all folds to one accuracy per model, with intervals over all acquisitions."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd

from leukosmear.evaluation.ratios import ratios_with_intervals
from leukosmear.evaluation.scored_side import take_side
from leukosmear.parameters import EvaluationParameters
from leukosmear.parameters.folds import CrossValidationParameters
from leukosmear.splitting import list_folds, require_same_split

# A model's predictions in each fold, loaded or made when called, by the name that `partition_of` gives the fold.
FoldPredictions = Mapping[str, Callable[[], pd.DataFrame]]


class _Hits(NamedTuple):
    """On which images each model was right.

    Attributes:
        right: For each model float64 of shape (n, n_folds): 1 right, 0 wrong, NaN not tested.
        images: The n images that are tested in some fold, by name: columns `image_id`, `label` and their groups.
        folds: Numbers of the folds, in the order of the columns of `right`.
    """

    right: dict[str, np.ndarray]
    images: pd.DataFrame
    folds: list[int]


def partition_of(fold: int) -> str:
    """Name the partition of a fold's predictions."""
    return f"fold{fold}"


def score_folds(
    splits: pd.DataFrame,
    cross_validation: CrossValidationParameters,
    evaluation: EvaluationParameters,
    **predictions: FoldPredictions,
) -> pd.DataFrame:
    """Score every model on all images that are a test image in some fold, by the models that did not learn from them.

    An image that is tested in several folds counts once, with the share of them in which it was right. Intervals draw
    acquisitions anew and take the trained models as they are: they say how figures vary with the slides that happened
    to be photographed, not with the seed of a training.

    Args:
        splits: `Splits`.
        cross_validation: The model that the others are held against.
        evaluation: Confidence level, number of resamples and seed.
        **predictions: The predictions of each model in all folds.

    Returns:
        One row per model, the best first: `model`, `protocol`, `n_folds`, `n_images` (tested), `n_acquisitions`,
        `accuracy` with `ci_low` and `ci_high`, `points_above_reference` (percentage points) with `points_low` and
        `points_high`, and the recall of each class, `recall_<class>`. An interval is missing where no resample differs.

    Raises:
        ValueError: If there is no model, the reference is none of them, or predictions are not those of these folds.
    """
    right, images, folds = _read(splits, predictions)
    shares = {model: np.nanmean(hits, axis=1) for model, hits in right.items()}
    reference = cross_validation.reference
    if reference not in shares:
        raise ValueError(
            f"Expected `cross_validation.reference` among the models that are cross-validated, {', '.join(shares)}. "
            f"Found '{reference}'."
        )
    everywhere = np.ones(len(images))
    is_class = {name: (images["label"] == name).to_numpy(float) for name in sorted(images["label"].unique())}
    numerators, denominators = [], []
    for hits in shares.values():
        numerators += [hits, hits - shares[reference], *(hits * of_class for of_class in is_class.values())]
        denominators += [everywhere, everywhere, *is_class.values()]
    stacked = np.stack(numerators, 1), np.stack(denominators, 1)
    found = iter(ratios_with_intervals(*stacked, tuple(images["image_id"]), images, evaluation))
    rows = []
    for model in shares:
        (accuracy, interval), (difference, difference_interval) = next(found), next(found)
        low, high = interval or (np.nan, np.nan)
        points_low, points_high = difference_interval or (np.nan, np.nan)
        rows.append(
            {
                "model": model,
                "protocol": splits["protocol"].iloc[0],
                "n_folds": len(folds),
                "n_images": len(images),
                "n_acquisitions": images["acquisition_id"].nunique(),
                "accuracy": accuracy,
                "ci_low": low,
                "ci_high": high,
                "points_above_reference": 100 * (difference or 0.0),
                "points_low": 100 * points_low,
                "points_high": 100 * points_high,
                **{f"recall_{name}": next(found)[0] for name in is_class},
            }
        )
    return pd.DataFrame(rows).sort_values("accuracy", ascending=False, kind="stable", ignore_index=True)


def tabulate_folds(splits: pd.DataFrame, **predictions: FoldPredictions) -> pd.DataFrame:
    """Score every model in each fold.

    Args:
        splits: `Splits`.
        **predictions: The predictions of each model in all folds.

    Returns:
        One row per model and fold: `model`, `fold`, `n_images` (tested), `n_acquisitions`, `accuracy`.
    """
    right, images, folds = _read(splits, predictions)
    rows = []
    for model, hits in right.items():
        for fold, column in zip(folds, hits.T, strict=True):
            tested = ~np.isnan(column)
            n_acquisitions = images.loc[tested, "acquisition_id"].nunique()
            sizes = {"n_images": int(tested.sum()), "n_acquisitions": n_acquisitions}
            rows.append({"model": model, "fold": fold, **sizes, "accuracy": column[tested].mean()})
    return pd.DataFrame(rows)


def _read(splits: pd.DataFrame, predictions: Mapping[str, FoldPredictions]) -> _Hits:
    """Read which images each model was right on in each fold, and check that the predictions are of these splits."""
    if not predictions:
        raise ValueError(
            "Expected at least one model to cross-validate. Found none. Set cross_validated of some in models.py."
        )
    folds = list_folds(splits)
    tested = splits[splits["side"] == "test"]
    images = tested.drop_duplicates("image_id").sort_values("image_id", ignore_index=True)
    place = pd.Series(np.arange(len(images)), index=images["image_id"])
    right = {}
    for model, tables in predictions.items():
        if set(tables) != {partition_of(fold) for fold in folds}:
            raise ValueError(
                f"Expected predictions of {model} in {', '.join(map(partition_of, folds))}. Found "
                f"{', '.join(sorted(tables)) or 'none'}. Run the whole cross_validation pipeline again."
            )
        right[model] = np.full((len(images), len(folds)), np.nan)
        for column, (fold, split) in enumerate(folds.items()):
            table = tables[partition_of(fold)]()
            require_same_split(table, split, f"the predictions of {model} in fold {fold}")
            scored = take_side(table, "test")
            right[model][place[list(scored.image_ids)], column] = scored.predicted == scored.truth
    return _Hits(right, images, list(folds))
