"""From the predictions of all folds to one accuracy per model, with intervals over all acquisitions."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from leukosmear.evaluation import ratios_with_intervals, take_side
from leukosmear.figures import MUTED, new_figure
from leukosmear.figures.intervals import Series, draw_intervals
from leukosmear.pages.formatting import count
from leukosmear.parameters import EvaluationParameters
from leukosmear.parameters.folds import CrossValidationParameters

_MODEL, _REFERENCE = "#0072b2", "#d55e00"


def score_folds(
    fold_manifests: pd.DataFrame,
    cross_validation: CrossValidationParameters,
    evaluation: EvaluationParameters,
    **predictions: pd.DataFrame,
) -> pd.DataFrame:
    """Score every model on all images, each of which it classified in the fold that held the image's acquisition out.

    Intervals draw acquisitions anew and take the trained models as they are: they say how figures vary with the slides
    that happened to be photographed, not with the seed of a training.

    Args:
        fold_manifests: A `FoldManifest`.
        cross_validation: The model that the others are held against.
        evaluation: Confidence level, number of resamples and seed.
        **predictions: The predictions of each model in all folds, by `<model>_folds`.

    Returns:
        One row per model, the best first: `model`, `n_images`, `n_acquisitions`, `accuracy` with `ci_low` and
        `ci_high`, `points_above_reference` (percentage points) with `points_low` and `points_high`, and the recall of
        each class, `recall_<class>`. An interval is missing where no resample differs.

    Raises:
        ValueError: If the reference is none of the models, or their images differ from those of the folds.
    """
    right, truth, classes = _read(fold_manifests, predictions)
    reference = cross_validation.reference
    if reference not in right:
        raise ValueError(
            f"Expected `cross_validation.reference` among the models that are cross-validated, {', '.join(right)}. "
            f"Found '{reference}'."
        )
    images = fold_manifests.drop_duplicates("image_id").sort_values("image_id")
    ids, everywhere = tuple(images["image_id"]), np.ones(len(images))
    is_class = {name: truth == name for name in classes}
    numerators, denominators = [], []
    for hits in right.values():
        numerators += [hits, hits - right[reference], *(hits * of_class for of_class in is_class.values())]
        denominators += [everywhere, everywhere, *(of_class.astype(float) for of_class in is_class.values())]
    found = iter(ratios_with_intervals(np.stack(numerators, 1), np.stack(denominators, 1), ids, images, evaluation))
    rows = []
    for model in right:
        (accuracy, interval), (difference, difference_interval) = next(found), next(found)
        low, high = interval or (np.nan, np.nan)
        points_low, points_high = difference_interval or (np.nan, np.nan)
        rows.append(
            {
                "model": model,
                "n_images": len(images),
                "n_acquisitions": images["acquisition_id"].nunique(),
                "accuracy": accuracy,
                "ci_low": low,
                "ci_high": high,
                "points_above_reference": 100 * (difference or 0.0),
                "points_low": 100 * points_low,
                "points_high": 100 * points_high,
                **{f"recall_{name}": next(found)[0] for name in classes},
            }
        )
    return pd.DataFrame(rows).sort_values("accuracy", ascending=False, kind="stable", ignore_index=True)


def tabulate_folds(fold_manifests: pd.DataFrame, **predictions: pd.DataFrame) -> pd.DataFrame:
    """Score every model in each fold.

    Args:
        fold_manifests: A `FoldManifest`.
        **predictions: The predictions of each model in all folds, by `<model>_folds`.

    Returns:
        One row per model and fold: `model`, `fold`, `n_images`, `n_acquisitions`, `accuracy`.
    """
    right, _, _ = _read(fold_manifests, predictions)
    tests = fold_manifests[fold_manifests["side"] == "test"].sort_values("image_id")
    rows = [
        {
            "model": model,
            "fold": fold,
            "n_images": len(images),
            "n_acquisitions": images["acquisition_id"].nunique(),
            "accuracy": hits[(tests["fold"] == fold).to_numpy()].mean(),
        }
        for model, hits in right.items()
        for fold, images in tests.groupby("fold", sort=True)
    ]
    return pd.DataFrame(rows)


def _read(
    fold_manifests: pd.DataFrame, predictions: Mapping[str, pd.DataFrame]
) -> tuple[dict[str, np.ndarray], np.ndarray, list[str]]:
    """Read which images each model was right on, by the order of their names; their labels; and the classes."""
    image_ids = sorted(fold_manifests["image_id"].unique())
    right: dict[str, np.ndarray] = {}
    for name, table in predictions.items():
        scored = take_side(table.sort_values("image_id"), "test")
        if list(scored.image_ids) != image_ids:
            raise ValueError(
                f"Expected in '{name}' the {len(image_ids):,} images that were dealt into folds. Found "
                f"{len(scored.image_ids):,} or others. Run the whole cross_validation pipeline again."
            )
        right[name.removesuffix("_folds")] = (scored.predicted == scored.truth).astype(float)
    return right, np.array(scored.classes)[scored.truth], list(scored.classes)


def draw_cross_validation(
    scores: pd.DataFrame, folds: pd.DataFrame, cross_validation: CrossValidationParameters
) -> Figure:
    """Draw each model's accuracy on acquisitions that it did not learn from.

    Args:
        scores: The table of `score_folds`.
        folds: The table of `tabulate_folds`.
        cross_validation: The model that the others are held against.

    Returns:
        A figure with one line per model, best first: its interval, its accuracy, and a small mark for each fold; a
        vertical line where the reference lies.
    """
    is_reference = scores["model"] == cross_validation.reference
    colours = np.where(is_reference, _REFERENCE, _MODEL).tolist()
    figure = new_figure(7.5, 1.6 + 0.34 * len(scores))
    axes = figure.subplots()
    places = {model: place for place, model in enumerate(scores["model"])}
    axes.plot(folds["accuracy"], folds["model"].map(places), "|", color=MUTED, markersize=9)
    series = Series(scores["accuracy"], scores["ci_low"], scores["ci_high"], colour=colours)
    draw_intervals(axes, scores["model"], [series])
    axes.axvline(scores["accuracy"][is_reference].item(), color=_REFERENCE, linewidth=1, linestyle=(0, (4, 2)))
    first = scores.iloc[0]
    axes.set(
        title=f"Every acquisition held out once: {count(first['n_images'])} images of "
        f"{count(first['n_acquisitions'])} acquisitions",
        xlabel="accuracy on acquisitions that are not in the training images",
    )
    marks = [
        Line2D([], [], marker="o", color=_MODEL, linewidth=2.5, label="all folds, with interval"),
        Line2D([], [], marker="|", linestyle="", color=MUTED, markersize=9, label="one fold"),
        Line2D([], [], marker="o", color=_REFERENCE, linewidth=2.5, label=cross_validation.reference),
    ]
    figure.legend(handles=marks, loc="outside lower left", ncols=3)
    return figure
