import json
from pathlib import Path

import pandas as pd
import pytest
from kedro.framework.startup import bootstrap_project
from kedro.io import DataCatalog, MemoryDataset
from kedro.runner import SequentialRunner

from leukosmear.evaluation.intervals import wilson_interval
from leukosmear.export.comparing import TITLES, tabulate_formats
from leukosmear.parameters import ExportParameters
from leukosmear.pipelines.export import pipeline as wiring
from leukosmear.pipelines.export.figures import draw_formats
from leukosmear.pipelines.export.nodes import ExportGateError

EXPORT = ExportParameters(seed=0, max_accuracy_drop=25)
RUNS = {
    "keras": {"runtime": "Keras", "milliseconds": None},
    "tflite_float32": {"runtime": "LiteRT", "milliseconds": 0.5, "bytes": 600_000},
    "tflite_float16": {"runtime": "LiteRT", "milliseconds": 0.6, "bytes": 300_000},
    "tflite_int8": {"runtime": "LiteRT", "milliseconds": 0.9, "bytes": 170_000},
    "onnx": {"runtime": "ONNX Runtime", "milliseconds": 0.7, "bytes": 610_000},
}
USAGE = {"model": "small", "weights": {"n_bytes": 700_000}}


@pytest.fixture
def probabilities() -> pd.DataFrame:
    """Four images, of which the network gets three right; int8 loses one of them, and float16 wins the fourth."""
    p_a = {"A/0": 0.9, "A/1": 0.6, "B/0": 0.2, "B/1": 0.7}
    of_format = {
        "keras": p_a,
        "tflite_float32": p_a,
        "tflite_float16": p_a | {"B/1": 0.45},
        "tflite_int8": p_a | {"A/1": 0.48, "A/0": 0.95},
        "onnx": p_a,
    }
    rows = [(name, image, image[0], p, 1 - p) for name, values in of_format.items() for image, p in values.items()]
    table = pd.DataFrame(rows, columns=["format", "image_id", "label", "p_A", "p_B"])
    # In whatever order.
    return table.sample(frac=1, random_state=1)


def test_formats_are_held_against_the_network(probabilities: pd.DataFrame) -> None:
    table, results = tabulate_formats(probabilities, RUNS, USAGE, EXPORT, 0.9)
    assert list(table["format"]) == list(TITLES)
    table = table.set_index("format")
    assert list(table["n_right"]) == [3, 3, 4, 2, 3]
    assert list(table["accuracy_drop"]) == [0, 0, -25, 25, 0]
    assert list(table["largest_difference"]) == pytest.approx([0, 0, 0.25, 0.12, 0])
    assert list(table["agreement"]) == [1, 1, 0.75, 0.75, 1]
    assert list(table["bytes"]) == [700_000, 600_000, 300_000, 170_000, 610_000]
    assert table["milliseconds"].isna().tolist() == [True, False, False, False, False]
    assert tuple(table.loc["tflite_int8", ["ci_low", "ci_high"]]) == wilson_interval(2, 4, 0.9)
    assert json.loads(json.dumps(results, allow_nan=False))["formats"][3]["n_right"] == 2
    assert "median over 4 test images" in results["timing"]


@pytest.mark.parametrize(("limit", "verdict"), [(25, "pass"), (24.9, "fail")])
def test_a_format_may_lose_what_the_limit_says(probabilities: pd.DataFrame, limit: float, verdict: str) -> None:
    export = ExportParameters(seed=0, max_accuracy_drop=limit)
    checks = tabulate_formats(probabilities, RUNS, USAGE, export, 0.9)[1]["checks"]
    assert [check["verdict"] for check in checks] == ["pass", "pass", verdict, "pass"]
    assert checks[2]["expected"] == f"at most {limit} points below the network's accuracy of 75.00\u00a0%"
    assert checks[2]["found"].startswith("50.00\u00a0%, 25.00 points below it, on 4 test images")
    assert "25.00 points above it" in checks[1]["found"]


def test_figure_shows_accuracy_against_bytes_and_against_latency(probabilities: pd.DataFrame) -> None:
    table, _ = tabulate_formats(probabilities, RUNS, USAGE, EXPORT, 0.9)
    figure = draw_formats(table, EXPORT)
    size, latency = figure.axes
    assert [axes.get_xlabel() for axes in (size, latency)] == [
        "size of the file in kB",
        "time for one image on one thread in ms",
    ]
    places = {bar.get_label(): bar.lines[0].get_xydata()[0] for bar in size.containers}
    assert tuple(places["TFLite int8"]) == (170, 50)
    places = {bar.get_label(): bar.lines[0].get_xydata()[0] for bar in latency.containers}
    assert tuple(places["ONNX float32"]) == (0.7, 75)
    assert pd.isna(places["Keras"][0])
    assert size.lines[-1].get_ydata()[0] == 75 - 25
    assert len({bar.lines[0].get_marker() for bar in size.containers}) == 5


@pytest.fixture
def pipeline(project: Path, monkeypatch: pytest.MonkeyPatch):
    bootstrap_project(project)
    return wiring.create_pipeline()


def test_the_gate_stops_the_run_with_table_and_figure_on_disk(
    project: Path, pipeline, probabilities: pd.DataFrame, tmp_path: Path
) -> None:
    catalog = DataCatalog.from_config(
        {
            "compact_cnn_export_table": {"type": "pandas.CSVDataset", "filepath": str(tmp_path / "export.csv")},
            "compact_cnn_export_results": {"type": "json.JSONDataset", "filepath": str(tmp_path / "export.json")},
            "compact_cnn_export_figure": {
                "type": "leukosmear.datasets.figure.FigureDataset",
                "filepath": str(tmp_path / "export.png"),
            },
        }
    )
    given = {
        "compact_cnn_export_probabilities": probabilities,
        "compact_cnn_export_runs": RUNS,
        "compact_cnn_usage": USAGE,
        "params:export": ExportParameters(seed=0),
        "params:evaluation.confidence": 0.95,
    }
    for name, value in given.items():
        catalog[name] = MemoryDataset(value)
    part = pipeline.from_nodes("compact_cnn.tabulate_formats")
    with pytest.raises(ExportGateError) as stopped:
        SequentialRunner().run(part, catalog)
    (failed,) = [
        check for check in json.loads((tmp_path / "export.json").read_text())["checks"] if check["verdict"] == "fail"
    ]
    assert f"- TFLite int8: expected {failed['expected']}; found {failed['found']}." in str(stopped.value)
    assert "small cannot be shipped" in str(stopped.value)
    assert len(pd.read_csv(tmp_path / "export.csv")) == 5
    assert (tmp_path / "export.png").is_file()

    catalog["params:export"] = MemoryDataset(EXPORT)
    SequentialRunner().run(part, catalog)
