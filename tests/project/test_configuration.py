"""The configuration and the code say the same: nothing undeclared, nothing unused, nothing misspelt."""

import importlib.metadata
import re
from pathlib import Path

import pytest
import yaml
from kedro.framework.project import pipelines, settings
from kedro.framework.startup import bootstrap_project
from kedro.pipeline import Pipeline
from kedro.validation.type_extractor import TypeExtractor

from conftest import configuration

SINGLE = {"name", "confidence", "dataset_title", "synthetic"}
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


def test_every_dataset_is_in_the_catalog_once_and_every_entry_is_used(project: Path, everything: Pipeline) -> None:
    entries = [name for name in configuration("local")["catalog"] if not name.startswith("_")]
    datasets = {name for name in everything.datasets() if not name.startswith("params:")}
    matches = {name: [entry for entry in entries if pattern_of(entry).fullmatch(name)] for name in sorted(datasets)}
    explicit = {name: [entry for entry in found if "{" not in entry] or found for name, found in matches.items()}
    assert {name: found for name, found in explicit.items() if len(found) != 1} == {}
    assert set(entries) - {entry for found in explicit.values() for entry in found} == set()


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_every_parameter_is_declared_used_and_valid(project: Path, everything: Pipeline, environment: str) -> None:
    parameters = configuration(environment)["parameters"]
    used = {name.removeprefix("params:") for name in everything.datasets() if name.startswith("params:")}
    types = TypeExtractor({"everything": everything}).extract_types_from_pipelines()
    # Only single words and numbers, which a block that has a model of its own holds too, go without one.
    assert all(name.split(".")[-1] in SINGLE for name in used - types.keys())
    for name in used:
        value = parameters
        for part in name.split("."):
            value = value[part]
        if name in types:
            types[name](**value)
    assert {name.split(".")[0] for name in used} == set(parameters)
    for name, block in parameters.items():
        if name not in used:  # used by its parts
            parts = {part.split(".")[1] for part in used if part.startswith(f"{name}.")}
            assert set(block) == parts, f"unused or undeclared parts of {name}"


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_every_model_has_parameters_under_its_own_name(project: Path, environment: str) -> None:
    parameters = configuration(environment)["parameters"]
    for models in settings.MODELS.values():
        for model in models:
            assert parameters[model]["name"] == model


@pytest.mark.parametrize("environment", ["taleqani", "test"])
def test_environments_keep_their_results_apart(project: Path, environment: str) -> None:
    def written(name: str) -> set[str]:
        entries = configuration(name)["catalog"].values()
        paths = {str(entry.get("filepath") or entry.get("path")) for entry in entries}
        return {path for path in paths if path.startswith("data/") and "01_raw" not in path}

    assert written(environment).isdisjoint(written("local"))
    assert all(f"/{environment}/" in path for path in written(environment))


def test_protocols_keep_their_results_apart(project: Path) -> None:
    def paths(**runtime_params: str) -> dict[str, str]:
        catalog = configuration("local", **runtime_params)["catalog"]
        return {name: str(entry.get("filepath") or entry.get("path")) for name, entry in catalog.items()}

    random, acquisition = paths(), paths(protocol="acquisition")
    shared = {name for name, path in random.items() if acquisition[name] == path}
    after_split = (pipelines["__default__"] + pipelines["tuning"]).from_inputs("split").all_outputs()
    made = {entry for entry in random for name in after_split if pattern_of(entry).fullmatch(name)}
    assert shared & (made | {"split"}) == set()
    assert all("/random/" in random[name] for name in random.keys() - shared)


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
