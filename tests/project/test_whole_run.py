"""The whole project, run as a user runs it, on the embedded sample."""

import json
import re
import subprocess
from functools import partial
from pathlib import Path

import pandas as pd
import pytest

from conftest import configuration
from leukosmear.datasets.checkpoint import CheckpointDataset
from leukosmear.datasets.image_folder import ImageFolderDataset
from leukosmear.models import choose_models
from leukosmear.parameters import (
    AugmentationParameters,
    CellsFigureParameters,
    FeatureParameters,
    FrameParameters,
    ImageParameters,
    NetworkParameters,
    SplitParameters,
    TrainingParameters,
)
from leukosmear.pipelines.preprocessing.images import make_model_images, plan_images
from leukosmear.prediction.networks import predict_with_network
from leukosmear.splitting import choose_split, deal_splits
from leukosmear.training.nodes import train_network

Run = subprocess.CompletedProcess[str]
MODELS = choose_models(configuration("test")["globals"]["leave_out"])
NAMES = [model.name for model in MODELS]


@pytest.fixture
def results(project: Path, finished_run: Run) -> Path:
    return project / "data/08_reporting/test/random/fold0-seed42"


def test_run_ends_with_a_table_and_the_place_of_the_report(finished_run: Run) -> None:
    _, *stages, end = re.split(r"INFO +--- ", finished_run.stdout)
    assert [stage.split()[0] for stage in (*stages, end)] == [
        "data_validation", "preprocessing", "modelling", "baselines", "reporting", "cross_validation",
    ]  # fmt: skip
    assert "Completed" not in finished_run.stdout
    assert finished_run.stderr == ""  # nor does TensorFlow greet
    for name in NAMES:
        assert re.search(rf"{name} .*% .* to .*% .*(kB|MB) .*s", end.replace("\u00a0", " ")), end
    assert "\nReport: data/08_reporting/test/random/fold0-seed42/report.html\n" in end


def test_every_model_has_metrics_of_the_same_test_images(results: Path) -> None:
    table = pd.read_csv(results / "models.csv").set_index("model")
    assert set(table.index) == set(NAMES)
    for name in NAMES:
        metrics = json.loads((results / name / "metrics.json").read_text())
        assert metrics["test"]["n"] == 36
        assert sum(map(sum, metrics["test"]["confusion_matrix"])) == 36
        assert metrics["test"]["accuracy"] == pytest.approx(table.loc[name, "test_accuracy"])
        assert metrics["file_bytes"] == table.loc[name, "bytes"] > 1000


def test_every_figure_is_there_as_png_and_svg(results: Path) -> None:
    top = results.parents[1]
    folders = (results, top / "data_validation", top / "baselines")
    pngs, svgs = (
        {path.relative_to(top).with_suffix("") for folder in folders for path in folder.rglob(pattern)}
        for pattern in ("*.png", "*.svg")
    )
    of_every_model = ("confusion_matrix", "roc_pr", "reliability", "mistakes")
    of_family = {"network": ("training_curves", "attention"), "estimator": ("importance",)}
    wanted = {Path(name, figure) for name in NAMES for figure in of_every_model}
    wanted |= {Path(model.name, figure) for model in MODELS for figure in of_family[model.family]}
    wanted |= {Path(figure) for figure in ("attention", "interventions")}
    wanted |= {Path("preprocessing/augmentation"), Path("preprocessing/split")}
    wanted |= {Path(figure) for figure in ("table_1", "table_2", "accuracy", "cost", "agreement", "protocols")}
    wanted = {results.relative_to(top) / path for path in wanted} | {Path("baselines/cells")}
    wanted |= {Path("data_validation/class_distribution"), Path("data_validation/image_sizes")}
    wanted |= {Path("data_validation", figure) for figure in ("scale_bars", "quality", "acquisitions", "same_fields")}
    assert pngs == svgs == wanted


def test_report_says_that_the_images_are_synthetic_and_what_it_is_not(results: Path) -> None:
    page = (results / "report.html").read_text(encoding="utf-8")
    assert "SYNTHETIC" in page
    assert "not a medical device" in page
    for name in NAMES:
        assert f'id="model-{name}"' in page


def test_compact_cnn_reaches_90_percent_on_the_sample(project: Path, finished_run: Run, tmp_path: Path) -> None:
    """The classes of the sample differ in their cells, and a network can learn it from 168 images."""
    parameters = configuration("local")["parameters"]
    folder = ImageFolderDataset(path=str(project / "data/01_raw/sample")).load()
    inventory = pd.read_parquet(project / "data/02_intermediate/test/accepted_images.parquet")
    dealing = SplitParameters(**parameters["split"])
    manifest = choose_split(deal_splits(inventory, dealing), dealing)
    images = ImageParameters(**parameters["images"])
    features = FeatureParameters(**configuration("test")["parameters"]["features"])  # not asked for
    plan = plan_images(inventory, FrameParameters(**parameters["frame"]), images, features)
    shown = CellsFigureParameters(**parameters["cells_figure"])
    made = make_model_images(folder, inventory, plan, images, features, shown)
    arrays = {name: make() for name, make in made.items()}
    stored = {name: partial(arrays.get, name) for name in arrays}
    training = TrainingParameters(**parameters["compact_cnn"]["training"])
    network, _, record = train_network(
        "compact_cnn",
        stored,
        manifest,
        NetworkParameters(**parameters["compact_cnn"]["network"]),
        training,
        AugmentationParameters(**parameters["augmentation"]),
        CheckpointDataset(filepath=str(tmp_path / "checkpoint.npz")).load(),
    )
    predictions = predict_with_network(network.predict_on_batch, stored, manifest, training)
    test = predictions[predictions["side"] == "test"]
    predicted = test.filter(like="p_").idxmax(axis=1).str.removeprefix("p_")
    assert (predicted == test["label"]).mean() >= 0.9
    assert record["n_parameters"] <= 300_000
