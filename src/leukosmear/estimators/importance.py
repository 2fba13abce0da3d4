"""What an estimator relies on: the accuracy that it loses where a feature tells nothing any more."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import text_to_path
from sklearn.base import BaseEstimator

from leukosmear.estimators.building import fitted_pipeline, one_thread
from leukosmear.estimators.correlation_selection import correlate_with_class
from leukosmear.estimators.tables import choose_columns, features_of, matrix
from leukosmear.figures import INK, new_figure
from leukosmear.parameters import EstimatorParameters, ImportanceParameters

COLUMNS = ["feature", "kind", "n_columns", "mean", "sd"]

# Greys: colours stand for classes and models.
_COLOURS = {"group": "#5f6b7a", "single": "#b4bdc9"}
_WORDS = {"group": "several features, shuffled together", "single": "single feature"}


def measure_importance(
    estimator: BaseEstimator,
    features: pd.DataFrame,
    split: pd.DataFrame,
    parameters: EstimatorParameters,
    importance: ImportanceParameters,
) -> pd.DataFrame:
    """Measure permutation importance (Breiman 2001, Random Forests) on the validation split.

    The values of a feature are exchanged between images at random. Groups of features, one for each entry of
    `columns`, are exchanged as a whole: features that say the same stand in for one another, so that one alone may
    count for little. Single features are those that the pipeline's selection kept; where they are more than
    `single_features`, only those that correlate most with the class in the train split are shuffled.

    Returns:
        Columns `feature` (name of a column, or entry of `columns`), `kind` (group, single), `n_columns`, and `mean`
        and `sd` of the accuracy lost over the repeats, -1 to 1. The most important comes first, groups before single
        features; no rows where `importance.repeats` is 0.
    """
    if importance.repeats == 0:
        return pd.DataFrame(columns=COLUMNS)
    rows = features_of(features, split, "validation")
    values, labels = matrix(rows, estimator.feature_names_in_), rows["label"].to_numpy(np.str_)
    chosen = choose_columns(features, parameters.columns)
    # All columns at once would only tell how far the estimator is from guessing.
    tried = [("group", entry, names) for entry, names in chosen.items() if 1 < len(names) < values.shape[1]]
    singles = _single_features(estimator, features_of(features, split, "train"), parameters.single_features)
    tried += [("single", name, [name]) for name in singles]
    generator = np.random.default_rng(importance.seed)
    with one_thread():
        lost = [
            _accuracy_lost(estimator, values, labels, names, generator, importance.repeats) for _, _, names in tried
        ]
    table = pd.DataFrame(
        [
            (name, kind, len(names), losses.mean(), losses.std())
            for (kind, name, names), losses in zip(tried, lost, strict=True)
        ],
        columns=COLUMNS,
    )
    return table.sort_values(["kind", "mean"], ascending=[True, False], kind="stable", ignore_index=True)


def _single_features(estimator: BaseEstimator, train: pd.DataFrame, limit: int) -> list[str]:
    """Name the features that are shuffled by themselves."""
    steps = fitted_pipeline(estimator)[:-1]
    names = steps.get_feature_names_out()
    if len(names) <= limit:
        return list(names)
    scaled = steps.transform(matrix(train, estimator.feature_names_in_))
    strength = correlate_with_class(np.asarray(scaled, np.float64), train["label"].to_numpy(np.str_))
    return list(names[np.argsort(-strength, kind="stable")[:limit]])


def _accuracy_lost(
    estimator: BaseEstimator,
    values: pd.DataFrame,
    labels: np.ndarray,
    columns: Sequence[str],
    generator: np.random.Generator,
    repeats: int,
) -> np.ndarray:
    """Shuffle columns between images, several times over; all repeats are predicted in one batch.

    Returns:
        Array of shape (repeats,).
    """
    places = values.columns.get_indexer(pd.Index(columns))
    original = values.to_numpy()
    shuffled = np.tile(original, (repeats, 1))
    orders = np.concatenate([generator.permutation(len(original)) for _ in range(repeats)])
    shuffled[:, places] = original[orders][:, places]
    predicted = estimator.predict(pd.DataFrame(shuffled, columns=values.columns))
    accuracies = (predicted == np.tile(labels, repeats)).reshape(repeats, -1).mean(axis=1)
    return (estimator.predict(values) == labels).mean() - accuracies


def draw_importance(name: str, importance: pd.DataFrame) -> Figure:
    """Draw permutation importance as bars, groups of features above single ones.

    Args:
        name: Name of the model.
        importance: What `measure_importance` returns.
    """
    n = len(importance)
    height = 1.3 + 0.22 * max(n, 3)
    figure = new_figure(7.5, height)
    counts = (" (" + importance["n_columns"].astype(str) + ")").where(importance["kind"] == "group", "")
    names = list(importance["feature"] + counts)
    # Placed by hand: a layout engine takes as long as drawing, and only the names differ from model to model.
    figure.set_layout_engine("none")
    left = (0.25 + _width_of(names)) / 7.5
    place = {"left": left, "right": 0.98, "bottom": 0.85 / height, "top": 1 - 0.35 / height}
    axes = figure.subplots(gridspec_kw=place)
    axes.set_title(f"What {name} relies on")
    if n == 0:
        axes.set_axis_off()
        axes.text(0, 0.5, "Not measured: importance.repeats is 0.", transform=axes.transAxes)
        return figure
    places = pd.Series(np.arange(n), index=importance.index)
    for kind, rows in importance.groupby("kind", sort=True):
        axes.barh(
            places[rows.index],
            100 * rows["mean"],
            xerr=100 * rows["sd"],
            color=_COLOURS[str(kind)],
            label=_WORDS[str(kind)],
            height=0.7,
            error_kw={"ecolor": INK, "elinewidth": 0.8},
        )
    axes.set_yticks(places, names)
    axes.set_ylim(n - 0.4, -0.6)
    axes.axvline(0, color=INK, linewidth=0.8)
    axes.grid(visible=False, axis="y")
    axes.set_xlabel("accuracy lost when shuffled (percentage points)")
    figure.legend(loc="lower left", ncols=2)
    return figure


def _width_of(names: list[str]) -> float:
    """Measure the widest name on an axis, in inches."""
    font = FontProperties(family="DejaVu Sans", size=9)
    longest = sorted(names, key=len)[-3:]
    widths = [text_to_path.get_text_width_height_descent(name, font, ismath=False)[0] for name in longest]
    return max(widths, default=0.0) / 72
