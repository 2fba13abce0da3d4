import pandas as pd
import pytest
from kedro.io import DataCatalog, MemoryDataset
from kedro.pipeline import Node, Pipeline
from kedro_datasets.text import TextDataset

from leukosmear import hooks
from leukosmear.hooks import ParameterNames, RunSummary

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
            "params:reporting.confidence": MemoryDataset(0.95),
            "report_html": report,
        }
    )
    RunSummary().after_pipeline_run({"project_path": str(tmp_path)}, pipeline("model_table", "report_html"), catalog)
    printed = capsys.readouterr().out.replace("\u00a0", " ")
    for text in ("paper_cnn", "92.3 %", "89.6 to 94.3 %", "4.9 MB", "3 min 20 s", "knn", "812 B", "0.40 s"):
        assert text in printed
    assert "Report: data/report.html\n" in printed


@pytest.mark.usefixtures("wide_terminal")
def test_report_outside_the_project_has_its_whole_path(capsys, tmp_path):
    report = TextDataset(filepath=str(tmp_path / "report.html"))
    catalog = DataCatalog(
        {
            "model_table": MemoryDataset(MODELS),
            "params:reporting.confidence": MemoryDataset(0.95),
            "report_html": report,
        }
    )
    RunSummary().after_pipeline_run(
        {"project_path": str(tmp_path / "project")}, pipeline("model_table", "report_html"), catalog
    )
    assert f"Report: {tmp_path / 'report.html'}\n" in capsys.readouterr().out


def test_is_silent_where_the_run_made_no_table(capsys):
    RunSummary().after_pipeline_run({}, pipeline("split_manifest"), DataCatalog())
    assert capsys.readouterr().out == ""


def test_no_report_no_path(capsys):
    catalog = DataCatalog({"model_table": MemoryDataset(MODELS), "params:reporting.confidence": MemoryDataset(0.95)})
    RunSummary().after_pipeline_run({}, pipeline("model_table"), catalog)
    printed = capsys.readouterr().out
    assert "paper_cnn" in printed
    assert "Report" not in printed


def test_odd_table_is_logged_and_raises_nothing(capsys, caplog):
    catalog = DataCatalog({"model_table": MemoryDataset(pd.DataFrame({"model": ["knn"]}))})
    RunSummary().after_pipeline_run({}, pipeline("model_table"), catalog)
    assert "Accuracy on the test images" not in capsys.readouterr().out
    assert "summary cannot be printed" in caplog.text


class Context:
    def __init__(self, params):
        self.params = params


@pytest.fixture
def _two_parameters(monkeypatch):
    node = Node(lambda x, y: None, inputs=["params:split", "params:knn.estimator"], outputs="out", name="node")
    monkeypatch.setattr(hooks, "pipelines", {"__default__": Pipeline([node])})


@pytest.mark.usefixtures("_two_parameters")
@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"split": {}, "spilt": {"seed": 3}}, r"Found 'spilt' \(did you mean 'split'\?\)"),
        ({"knn": {"estimator": {}, "estimators": {}}}, r"'knn.estimators' \(did you mean 'knn.estimator'\?\)"),
        ({"qqqqqq": 1}, r"Found 'qqqqqq'\. Correct the spelling"),
    ],
)
def test_parameters_that_nothing_uses_are_errors(params, message):
    with pytest.raises(ValueError, match=message):
        ParameterNames().after_context_created(Context(params))


@pytest.mark.usefixtures("_two_parameters")
def test_parameters_that_are_used_pass():
    ParameterNames().after_context_created(Context({"split": {"any": 1}, "knn": {"estimator": {}}, "archive": "x.zip"}))
