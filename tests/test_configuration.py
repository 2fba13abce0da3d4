"""What the files of conf/ and the command line make of a run."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from kedro.framework.context import KedroContext
from kedro.framework.project import pipelines
from kedro.framework.session import KedroSession
from kedro.framework.startup import bootstrap_project

from conftest import configuration, register_all_models
from leukosmear.models import MODELS

KNN = {"knn.fit_estimator", "knn.score_model", "knn.cross_validate"}


@pytest.fixture
def start(project: Path) -> Iterator[Callable[..., KedroContext]]:
    """Do what `kedro run` does before it looks at the pipelines."""

    def begin(env: str = "test", **runtime_params: object) -> KedroContext:
        bootstrap_project(project)
        return KedroSession.create(project, env=env, runtime_params=runtime_params).load_context()

    yield begin
    register_all_models()


def node_names() -> set[str]:
    return {node.name for one in pipelines.values() for node in one.nodes}


def test_models_are_left_out_of_every_pipeline_and_come_back(start: Callable[..., KedroContext]) -> None:
    start()
    assert node_names() >= KNN
    assert not any(name.startswith("densenet121.") for name in node_names())
    start(leave_out=["knn", "resnet50"])
    assert not any(name.startswith(("knn.", "resnet50.")) for name in node_names())
    pipelines.set_requested(["reporting"])  # Kedro forgets what was registered when other pipelines are asked for
    assert not KNN & node_names()
    start(leave_out="resnet50")
    assert node_names() >= KNN
    start(leave_out="none")
    assert {f"{model.name}.score_model" for model in MODELS} <= node_names()


def test_parameters_of_a_model_that_is_left_out_are_an_error_on_the_command_line(
    start: Callable[..., KedroContext],
) -> None:
    with pytest.raises(ValueError, match=r"Found 'knn' \(a model that `leave_out` names\)"):
        start(leave_out="knn", knn={"estimator": {"folds": 3}})


def test_what_is_read_belongs_to_the_caller() -> None:
    loader = configuration("test")
    loader["parameters"]["split"]["train"] = 0
    assert loader["parameters"]["split"]["train"] == 0.7


def test_two_configurations_do_not_meet() -> None:
    one, other = configuration("test", fold=1), configuration("taleqani", fold=2)
    assert one["catalog"]["split"]["filepath"] == "data/03_primary/test/random/fold1-seed42/split.parquet"
    assert other["catalog"]["split"]["filepath"] == "data/03_primary/taleqani/random/fold2-seed42/split.parquet"
