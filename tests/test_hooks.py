import platform
import re
import subprocess
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from kedro.io import DataCatalog, MemoryDataset
from kedro.pipeline import Node, Pipeline
from kedro_datasets.json import JSONDataset
from kedro_datasets.text import TextDataset

from conftest import configuration
from leukosmear.hooks import (
    ModelOptions,
    ParameterNames,
    RunRecorder,
    RunSummary,
    SplitSettings,
    parameter_checks,
)
from leukosmear.parameters import EstimatorParameters, NetworkParameters
from leukosmear.provenance import describe_commit, describe_machine, installed_versions

MODELS = pd.DataFrame(
    {
        "model": ["paper_cnn", "knn"],
        "test_accuracy": [455 / 493, 0.5],
        "ci_low": [0.896, 0.4],
        "ci_high": [0.943, 0.6],
        "bytes": [4_930_112, 812],
        "train_seconds": [200.0, 0.4],
    }
)


def pipeline(*outputs: str) -> Pipeline:
    return Pipeline([Node(lambda: None, inputs=None, outputs=name, name=name) for name in outputs])


@pytest.fixture
def wide_terminal(monkeypatch):
    monkeypatch.setenv("COLUMNS", "120")


@pytest.mark.usefixtures("wide_terminal")
def test_prints_every_model_and_where_the_report_is(capsys, tmp_path):
    report = TextDataset(filepath=str(tmp_path / "data" / "report.html"))
    catalog = DataCatalog(
        {
            "model_table": MemoryDataset(MODELS),
            "params:evaluation.confidence": MemoryDataset(0.95),
            "protocol_comparison": MemoryDataset({"conclusions": ["knn is right less often by acquisition."]}),
            "report_html": report,
        }
    )
    outputs = pipeline("model_table", "protocol_comparison", "report_html")
    RunSummary().after_pipeline_run({"project_path": str(tmp_path)}, outputs, catalog)
    printed = capsys.readouterr().out.replace("\u00a0", " ")
    for text in (
        "paper_cnn",
        "92.3 %",
        "89.6 to 94.3 %",
        "4.9 MB",
        "3 min 20 s",
        "knn",
        "812 B",
        "0.40 s",
        "right less often",
    ):
        assert text in printed
    assert "Report: data/report.html\n" in printed


@pytest.mark.usefixtures("wide_terminal")
def test_report_outside_the_project_has_its_whole_path(capsys, tmp_path):
    report = TextDataset(filepath=str(tmp_path / "report.html"))
    catalog = DataCatalog(
        {
            "model_table": MemoryDataset(MODELS),
            "params:evaluation.confidence": MemoryDataset(0.95),
            "report_html": report,
        }
    )
    RunSummary().after_pipeline_run(
        {"project_path": str(tmp_path / "project")}, pipeline("model_table", "report_html"), catalog
    )
    assert f"Report: {tmp_path / 'report.html'}\n" in capsys.readouterr().out


def test_is_silent_where_the_run_made_no_table(capsys):
    RunSummary().after_pipeline_run({}, pipeline("split"), DataCatalog())
    assert capsys.readouterr().out == ""


def test_no_report_no_path(capsys):
    catalog = DataCatalog({"model_table": MemoryDataset(MODELS), "params:evaluation.confidence": MemoryDataset(0.95)})
    RunSummary().after_pipeline_run({}, pipeline("model_table"), catalog)
    printed = capsys.readouterr().out
    assert "paper_cnn" in printed
    assert "Report" not in printed


def test_odd_table_is_logged_and_raises_nothing(capsys, caplog):
    catalog = DataCatalog({"model_table": MemoryDataset(pd.DataFrame({"model": ["knn"]}))})
    RunSummary().after_pipeline_run({}, pipeline("model_table"), catalog)
    assert "Accuracy on the test images" not in capsys.readouterr().out
    assert "summary cannot be printed" in caplog.text


@pytest.mark.usefixtures("wide_terminal")
def test_prints_what_cross_validation_found(capsys, tmp_path):
    scores = pd.DataFrame(
        {
            "protocol": "leave_smear_out",
            "n_folds": 3,
            "n_images": 2345,
            "model": ["compact_cnn", "control_background"],
            "accuracy": [0.979, 0.104],
            "ci_low": [0.94, np.nan],
            "ci_high": [1.0, np.nan],
            "points_above_reference": [87.5, 0.0],
            "points_low": [81.25, 0.0],
            "points_high": [93.75, 0.0],
        }
    )
    catalog = DataCatalog(
        {
            "cross_validation_table": MemoryDataset(scores),
            "params:evaluation.confidence": MemoryDataset(0.95),
            "params:cross_validation.reference": MemoryDataset("control_background"),
            "cross_validation_figure": TextDataset(filepath=str(tmp_path / "data" / "accuracy.png")),
        }
    )
    outputs = pipeline("cross_validation_table", "cross_validation_figure")
    RunSummary().after_pipeline_run({"project_path": str(tmp_path)}, outputs, catalog)
    lines = [" ".join(line.split()) for line in capsys.readouterr().out.replace("\u00a0", " ").splitlines()]
    assert "compact_cnn 97.9 % 94.0 to 100.0 % 87.5 81.2 to 93.8" in lines
    assert "control_background 10.4 % \u2013 \u2013 \u2013" in lines
    assert "Accuracy over 3 folds, protocol leave smear out" in lines
    assert "2,345 images tested; * percentage points above control_background" in lines
    assert "Figure: data/accuracy.png" in lines


KNN = {"estimator": "sklearn.neighbors.KNeighborsClassifier", "seed": 0}


class Loader(dict):
    """A configuration, and what the command line gave."""

    def __init__(self, configured, **given):
        super().__init__(configured)
        self.runtime_params = given


class Context:
    def __init__(self, params, given=()):
        self.config_loader = Loader({"parameters": params}, **dict(given))


@pytest.fixture
def _two_parameters(monkeypatch):
    def fit(split: Any, estimator: EstimatorParameters) -> None:
        """Takes one block as it is, and one as a model."""

    node = Node(fit, inputs=["params:split", "params:knn.estimator"], outputs="out", name="node")
    monkeypatch.setattr(parameter_checks, "pipelines", {"__default__": Pipeline([node])})


@pytest.mark.usefixtures("_two_parameters")
@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"split": {}, "spilt": {"seed": 3}}, r"Found 'spilt.seed' \(did you mean 'split.seed'\?\)"),
        ({"knn": {"estimator": {}, "estimators": {}}}, r"'knn.estimators' \(did you mean 'knn.estimator'\?\)"),
        ({"qqqqqq": 1}, r"Found 'qqqqqq'\. Correct the spelling"),
        (
            {"knn": {"estimator": KNN | {"fold": 3}}},
            r"Found 'knn.estimator.fold', which there is not \(did you mean 'knn.estimator.folds'\?\)\. Correct",
        ),
        (
            {"knn": {"estimator": KNN | {"folds": 1, "selection": {"selector": "a.b", "optoins": {}}}}},
            r"mean 'knn.estimator.selection.options'\?\); 'knn.estimator.folds': .* or equal to 2, found 1\. Correct",
        ),
    ],
)
def test_parameters_that_nothing_uses_are_errors(params, message):
    with pytest.raises(ValueError, match=message):
        ParameterNames().after_context_created(Context(params))


@pytest.mark.usefixtures("_two_parameters")
def test_parameters_that_are_used_pass():
    ParameterNames().after_context_created(
        Context(
            {
                "split": {"any": 1},
                "knn": {"estimator": KNN},
                "archive": "x.zip",
                "protocol": "random",
                "fold": 1,
                "smears": "y.csv",
            }
        )
    )


@pytest.mark.parametrize(
    ("arguments", "own"),
    [
        pytest.param({"protocol": "acquisition"}, {"protocol": "random"}, id="two protocols"),
        pytest.param({"fold": 2}, {"fold": 1}, id="two folds"),
        pytest.param({"seed": 3}, {"seed": 4}, id="two seeds"),
    ],
)
def test_settings_of_the_split_that_contradict_each_other_are_errors(arguments, own):
    loader = configuration("test", split=own, **arguments)
    (name,) = own
    message = rf"Found split\.{name}: {own[name]}, but {name}: {arguments[name]}\..* --params={name}={own[name]} or"
    with pytest.raises(ValueError, match=message):
        SplitSettings().after_context_created(SimpleNamespace(config_loader=loader))


def test_a_fold_in_a_file_of_parameters_is_an_error(monkeypatch):
    """The folders of the results do not take it from there."""
    loader = configuration("test")
    changed = loader["parameters"] | {"split": loader["parameters"]["split"] | {"fold": 1}}
    monkeypatch.setitem(loader, "parameters", changed)
    with pytest.raises(ValueError, match=r"Expected `split\.fold` to follow the setting `fold`"):
        SplitSettings().after_context_created(SimpleNamespace(config_loader=loader))


def test_a_protocol_that_does_not_exist_is_an_error_before_the_run():
    loader = configuration("test", protocol="acquisitions")
    with pytest.raises(ValueError, match=r"`protocol` to be one of random, acquisition, .* Found 'acquisitions'"):
        SplitSettings().after_context_created(SimpleNamespace(config_loader=loader))


@pytest.mark.parametrize(
    ("arguments", "folder"),
    [
        pytest.param({}, "random/fold0-seed42", id="as configured"),
        pytest.param({"protocol": "acquisition", "fold": 1, "seed": 3}, "acquisition/fold1-seed3", id="settings"),
        pytest.param({"split": {"fold": 1}}, "random/fold1-seed42", id="the split's own fold"),
        pytest.param(
            {"protocol": "acquisition", "split": {"fold": 1, "seed": 3}}, "acquisition/fold1-seed3", id="both"
        ),
        pytest.param({"fold": 1, "split": {"fold": 1, "folds": 3}}, "random/fold1-seed42", id="the same twice"),
    ],
)
def test_split_and_folders_take_protocol_fold_and_seed_from_one_setting_each(arguments, folder):
    loader = configuration("test", **arguments)
    SplitSettings().after_context_created(SimpleNamespace(config_loader=loader))
    split = loader["parameters"]["split"]
    assert folder == f"{split['protocol']}/fold{split['fold']}-seed{split['seed']}"
    catalog = loader["catalog"]
    assert catalog["split"]["filepath"] == f"data/03_primary/test/{folder}/split.parquet"
    of_all_folds = f"{split['protocol']}/seed{split['seed']}"
    assert catalog["splits"]["filepath"] == f"data/03_primary/test/{of_all_folds}/splits.parquet"


class Recorded:
    """A catalog with a record on disk, and a hook that has begun to keep it."""

    def __init__(self, folder, run_params=None):
        self.dataset = JSONDataset(filepath=str(folder / "run_record.json"))
        self.catalog = DataCatalog({"run_record": self.dataset})
        self.hook = RunRecorder()
        self.hook.after_context_created(Context({"split": {"seed": 42}}))
        run_params = {"project_path": str(folder), "env": "test", "pipeline_names": ["reporting"]} | (run_params or {})
        self.hook.before_pipeline_run(run_params, self.catalog)

    def run(self, name, loads="images"):
        """What Kedro tells the hook when a node runs that loads and saves one dataset."""
        node = Node(lambda x: x, inputs=loads, outputs="result", name=name)
        self.hook.before_dataset_loaded(loads, node)
        self.hook.after_dataset_saved(node)


def test_record_is_on_disk_before_a_node_loads_it(tmp_path):
    recorded = Recorded(tmp_path)
    recorded.run("slow_node")
    assert recorded.dataset.load()["nodes"] == {}
    recorded.run("render_report", loads="run_record")
    record = recorded.dataset.load()
    assert set(record["nodes"]) == {"slow_node"}
    assert 0 <= record["nodes"]["slow_node"]["seconds"] < 5
    assert record["environment"] == "test"
    assert record["pipelines"] == ["reporting"]
    assert record["parameters"] == {"split": {"seed": 42}}
    assert record["commit"] == "unknown: not a git repository"
    recorded.hook.after_pipeline_run()
    assert set(recorded.dataset.load()["nodes"]) == {"slow_node", "render_report"}


def test_record_keeps_nodes_of_earlier_runs_and_those_of_failed_ones(tmp_path):
    failed = Recorded(tmp_path)
    failed.run("train")
    failed.hook.on_pipeline_error()
    later = Recorded(tmp_path)
    later.run("score")
    later.hook.after_pipeline_run()
    assert set(later.dataset.load()["nodes"]) == {"train", "score"}


def test_broken_record_is_replaced(tmp_path):
    (tmp_path / "run_record.json").write_text("{", encoding="utf-8")
    recorded = Recorded(tmp_path)
    assert recorded.dataset.load()["nodes"] == {}


def test_catalog_without_a_record_is_left_alone():
    hook = RunRecorder()
    hook.before_pipeline_run({}, DataCatalog())
    hook.before_dataset_loaded("run_record", pipeline("any").nodes[0])
    hook.after_pipeline_run()  # raises where it would save to a dataset that is not there


def test_commit_says_whether_files_were_changed(tmp_path):
    git = ["git", "-c", "user.name=x", "-c", "user.email=x@example.org"]
    (tmp_path / "file").write_text("one", encoding="utf-8")
    for command in (["init", "-q"], ["add", "file"], ["commit", "-qm", "first"]):
        subprocess.run([*git, *command], cwd=tmp_path, check=True)
    clean = describe_commit(tmp_path)
    assert re.fullmatch("[0-9a-f]{12}", clean)
    (tmp_path / "file").write_text("two", encoding="utf-8")
    assert describe_commit(tmp_path) == f"{clean}, with uncommitted changes"


def test_machine_and_versions_name_no_host():
    machine = describe_machine()
    assert machine["cores"] >= 1
    assert platform.node() not in str({**machine, **installed_versions()}) or not platform.node()
    assert installed_versions()["pandas"] == pd.__version__


NETWORK = NetworkParameters(builder="leukosmear.networks.compact.compact_cnn", options={"filters": [8]})
ESTIMATOR = EstimatorParameters(
    estimator="sklearn.neighbors.KNeighborsClassifier",
    options={"weights": "uniform"},
    grid={"n_neighbors": [1]},
    seed=0,
)


def check_options(block: object) -> None:
    catalog = DataCatalog({"params:one": MemoryDataset(block), "params:seed": MemoryDataset(0)})
    ModelOptions().before_pipeline_run(Pipeline([Node(max, ["params:one", "params:seed"], "best")]), catalog)


@pytest.mark.parametrize(
    ("block", "changed", "message"),
    [
        pytest.param(NETWORK, {"options": {"filtres": [8]}}, "take the options .*filtres", id="builder"),
        pytest.param(ESTIMATOR, {"options": {"weigths": "uniform"}}, "weigths", id="estimator"),
        pytest.param(ESTIMATOR, {"grid": {"neighbours": [1]}}, r"Found \['neighbours'\]", id="grid"),
    ],
)
def test_misspelt_options_of_models_are_refused(block, changed, message):
    check_options(block)
    with pytest.raises(ValueError, match=rf"The parameters `one` do not fit\. .*{message}"):
        check_options(block.model_copy(update=changed))
