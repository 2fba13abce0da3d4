import io

import numpy as np
import pandas as pd
import pytest

from conftest import as_split
from leukosmear.estimators.importance import draw_importance, measure_importance
from leukosmear.estimators.nodes import fit_estimator
from leukosmear.parameters import EstimatorParameters, ImportanceParameters

IMPORTANCE = ImportanceParameters(repeats=50, seed=0)
TREE = EstimatorParameters(
    columns=["shape_*", "colour_*", "n_cells"],
    estimator="sklearn.tree.DecisionTreeClassifier",
    options={"max_depth": 1, "random_state": 0},
    folds=2,
    seed=0,
)


@pytest.fixture
def table() -> tuple[pd.DataFrame, pd.DataFrame]:
    """40 images of two classes that `shape_area` tells apart and nothing else does."""
    generator = np.random.default_rng(0)
    features = pd.DataFrame(
        generator.normal(size=(40, 5)), columns=["n_cells", "shape_area", "shape_b", "colour_a", "colour_b"]
    )
    features["shape_area"] = np.repeat([0.0, 10.0], 20)
    features.insert(0, "image_id", [f"{index:02d}" for index in range(40)])
    sides = (["train"] * 8 + ["validation"] * 8 + ["test"] * 4) * 2
    return features, as_split(features[["image_id"]].assign(label=np.repeat(["A", "B"], 20), side=sides))


def measure(table, parameters: EstimatorParameters = TREE, **given: int) -> pd.DataFrame:
    model, _ = fit_estimator("tree", *table, parameters)
    return measure_importance(model, *table, parameters, IMPORTANCE.model_copy(update=given))


def test_what_is_relied_on_costs_accuracy_and_the_rest_nothing(table) -> None:
    importance = measure(table)
    assert importance[["feature", "kind", "n_columns"]].to_numpy().tolist()[:3] == [
        ["shape_*", "group", 2],
        ["colour_*", "group", 2],
        ["shape_area", "single", 1],
    ]
    # Of 16 images, 8 of each class, every shuffled one keeps a value of its own class with probability one half.
    lost = importance.set_index("feature")["mean"]
    assert lost["shape_*"] == pytest.approx(0.5, abs=0.06)
    assert lost["shape_area"] == pytest.approx(0.5, abs=0.06)
    assert (lost.drop(["shape_*", "shape_area"]) == 0).all()
    assert 0.05 < importance["sd"][0] < 0.2


def test_few_single_features_are_those_that_tell_the_class(table) -> None:
    importance = measure(table, TREE.model_copy(update={"single_features": 1}))
    assert importance.loc[importance["kind"] == "single", "feature"].tolist() == ["shape_area"]
    without = measure(table, TREE.model_copy(update={"single_features": 0}))
    assert without["kind"].tolist() == ["group", "group"]


def test_features_that_were_not_selected_are_not_shuffled(table) -> None:
    selection = {"selector": "leukosmear.estimators.correlation_selection.CorrelationSelection"}
    parameters = EstimatorParameters(**TREE.model_dump() | {"selection": selection})
    assert measure(table, parameters)["feature"].tolist() == ["shape_*", "colour_*", "shape_area"]


def test_all_columns_are_no_group(table) -> None:
    assert set(measure(table, TREE.model_copy(update={"columns": ["*"]}))["kind"]) == {"single"}


def test_no_repeats_measure_nothing(table) -> None:
    importance = measure(table, repeats=0)
    assert importance.empty
    stored = pd.read_csv(io.StringIO(importance.to_csv(index=False)))
    figure = draw_importance("tree", stored)
    assert [text.get_text() for text in figure.axes[0].texts] == ["Not measured: importance.repeats is 0."]


def test_figure_shows_percentage_points(table) -> None:
    importance = measure(table)
    axes = draw_importance("tree", importance).axes[0]
    assert axes.get_title(loc="left") == "What tree relies on"
    assert [label.get_text() for label in axes.get_yticklabels()][:3] == ["shape_* (2)", "colour_* (2)", "shape_area"]
    bars = [bar for container in axes.containers for bar in getattr(container, "patches", [])]
    widths = {round(bar.get_y() + bar.get_height() / 2): bar.get_width() for bar in bars}
    assert [widths[place] for place in range(len(importance))] == pytest.approx(list(100 * importance["mean"]))
