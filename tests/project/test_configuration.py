"""The configuration and the code say the same: nothing undeclared, nothing unused, nothing misspelt."""

import importlib.metadata
import re
from pathlib import Path

import pytest
import yaml
from kedro.framework.project import pipelines
from kedro.framework.startup import bootstrap_project
from kedro.pipeline import Pipeline
from kedro.validation.type_extractor import TypeExtractor

from conftest import configuration
from leukosmear.lineage.belonging import models_of_parameters
from leukosmear.models import MODELS

SINGLE = {"confidence", "dataset_title", "negative_class", "synthetic", "target_sensitivity", "threshold_rule"}
ON_DEMAND = ("sample_data", "export", "cross_validation", "tuning")
ENVIRONMENTS = ("local", "taleqani", "test")


@pytest.fixture(scope="module", autouse=True)
def _project(project: Path) -> None:
    bootstrap_project(project)


@pytest.fixture(scope="module")
def everything() -> Pipeline:
    return sum((pipelines[name] for name in ("__default__", *ON_DEMAND)), Pipeline([]))


def pattern_of(entry: str) -> re.Pattern[str]:
    """The dataset names that a catalog entry, perhaps a factory, stands for."""
    return re.compile(re.sub(r"\\{\w+\\}", ".+", re.escape(entry)))


def test_the_version_to_cite_is_that_of_the_package(project: Path) -> None:
    citation = yaml.safe_load((project / "CITATION.cff").read_text(encoding="utf-8"))
    assert citation["version"] == importlib.metadata.version("leukosmear")


def test_the_default_pipeline_is_the_five_stages() -> None:
    stages = ("data_validation", "preprocessing", "modelling", "baselines", "reporting")
    assert set(pipelines) == {*stages, *ON_DEMAND, "__default__"}
    assert {node.name for node in pipelines["__default__"].nodes} == {
        node.name for stage in stages for node in pipelines[stage].nodes
    }


def test_no_pipeline_feeds_one_that_is_registered_before_it(everything: Pipeline) -> None:
    """A run goes through one after the other."""
    stages: dict[str, int] = {}
    for place, (name, pipeline) in enumerate(pipelines.items()):
        if name != "__default__":
            stages |= {node.name: place for node in pipeline.nodes if node.name not in stages}
    backwards = [
        (parent.name, child.name)
        for child, parents in everything.node_dependencies.items()
        for parent in parents
        if stages[parent.name] > stages[child.name]
    ]
    assert backwards == []
    assert len(set(stages.values())) == len(pipelines) - 1


def test_every_dataset_is_in_the_catalog_once_and_every_entry_is_used(project: Path, everything: Pipeline) -> None:
    entries = [name for name in configuration("local")["catalog"] if not name.startswith("_")]
    datasets = {name for name in everything.datasets() if not name.startswith("params:")}
    matches = {name: [entry for entry in entries if pattern_of(entry).fullmatch(name)] for name in sorted(datasets)}
    assert [name for name, found in matches.items() if not found] == []
    # Of several that fit, Kedro takes the one with the most letters of its own.
    assert set(entries) == {
        max(found, key=lambda entry: len(re.sub(r"{\w+}", "", entry))) for found in matches.values()
    }


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_every_parameter_is_declared_used_and_valid(project: Path, everything: Pipeline, environment: str) -> None:
    parameters = configuration(environment)["parameters"]
    used = {name.removeprefix("params:") for name in everything.datasets() if name.startswith("params:")}
    types = TypeExtractor({"everything": everything}).extract_types_from_pipelines()
    # Only single words and numbers, which a block that has a model of its own holds too, go without one.
    assert {name.split(".")[-1] for name in used - types.keys()} <= SINGLE
    models = models_of_parameters(everything.nodes)
    for name in used:
        value = parameters
        for part in name.split("."):
            value = value[part]
        if name in models:
            models[name](**value)
    assert {name.split(".")[0] for name in used} == set(parameters)
    for name, block in parameters.items():
        if name not in used:  # used by its parts
            parts = {part.split(".")[1] for part in used if part.startswith(f"{name}.")}
            assert set(block) == parts, f"unused or undeclared parts of {name}"


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_every_model_has_a_block_of_parameters_and_every_such_block_a_model(project: Path, environment: str) -> None:
    parameters = configuration(environment)["parameters"]
    blocks = {name for name, block in parameters.items() if {"network", "estimator"} & set(block)}
    assert blocks == {model.name for model in MODELS}


@pytest.mark.parametrize("environment", ["taleqani", "test"])
def test_environments_keep_their_results_apart(project: Path, environment: str) -> None:
    def written(name: str) -> set[str]:
        entries = configuration(name)["catalog"].values()
        paths = {str(entry.get("filepath") or entry.get("path")) for entry in entries}
        return {path for path in paths if path.startswith("data/") and "01_raw" not in path}

    assert written(environment).isdisjoint(written("local"))
    assert all(f"/{environment}/" in path for path in written(environment))


@pytest.mark.parametrize(
    "other", [{"protocol": "acquisition"}, {"fold": 1}, {"seed": 3}], ids=lambda other: next(iter(other))
)
def test_splits_keep_their_results_apart(project: Path, other: dict[str, object]) -> None:
    def paths(**runtime_params: object) -> dict[str, str]:
        catalog = configuration("local", **runtime_params)["catalog"]
        return {name: str(entry.get("filepath") or entry.get("path")) for name, entry in catalog.items()}

    here, there = paths(), paths(**other)
    shared = {name for name, path in here.items() if there[name] == path}
    after_split = (pipelines["__default__"] + pipelines["tuning"]).from_inputs("split").all_outputs()
    made = {entry for entry in here for name in after_split if pattern_of(entry).fullmatch(name)}
    assert shared & (made | {"split"}) == set()
    assert all("/random/" in here[name] for name in here.keys() - shared)
    # Of all folds there is one table, and one cross-validation.
    of_all_folds = {"splits", "{model}_fold_predictions", "cross_validation_table"}
    assert of_all_folds & shared == (of_all_folds if "fold" in other else set())


def test_only_the_sample_pipeline_writes_raw_data(project: Path) -> None:
    catalog = configuration("local")["catalog"]
    raw = {name for name, entry in catalog.items() if "01_raw" in str(entry.get("path") or entry.get("filepath"))}
    written = pipelines["__default__"].all_outputs()
    assert raw & written == set()
    assert pipelines["sample_data"].all_outputs() <= raw


def test_an_environment_states_only_what_differs(project: Path) -> None:
    base = configuration("local")["parameters"]
    for path in [*project.glob("conf/taleqani/parameters*.yml"), *project.glob("conf/test/parameters*.yml")]:
        for name, block in yaml.safe_load(path.read_text(encoding="utf-8")).items():
            repeated = [key for key, value in flatten({name: block}).items() if flatten(base).get(key) == value]
            assert repeated == [], f"{path.relative_to(project)} repeats conf/base"


def flatten(block: dict, prefix: str = "") -> dict:
    flat = {}
    for key, value in block.items():
        inner = flatten(value, f"{prefix}{key}.") if isinstance(value, dict) else {f"{prefix}{key}": value}
        flat |= inner
    return flat


@pytest.mark.parametrize(
    ("variable", "expected"), [(None, "data/01_raw/taleqani"), ("/smears/Original", "/smears/Original")]
)
def test_place_of_the_real_images_is_one_setting(
    project: Path, monkeypatch: pytest.MonkeyPatch, variable: str | None, expected: str
) -> None:
    monkeypatch.delenv("PBS_DATA_DIR", raising=False)
    if variable:
        monkeypatch.setenv("PBS_DATA_DIR", variable)
    assert configuration("taleqani")["catalog"]["raw_images"]["path"] == expected
    assert configuration("taleqani", raw_images="/mine")["catalog"]["raw_images"]["path"] == "/mine"


def test_telemetry_is_off(project: Path) -> None:
    assert yaml.safe_load((project / ".telemetry").read_text()) == {"consent": False}


def test_lock_holds_no_addresses(project: Path) -> None:
    lock = (project / "requirements.lock").read_text()
    assert "://" not in lock
    assert "--" not in lock
    assert re.search(r"^tensorflow==", lock, re.MULTILINE)
