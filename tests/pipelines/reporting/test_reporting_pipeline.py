"""The whole pipeline, once, on small made-up predictions, through the catalog that is shipped."""

import json
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from kedro.framework.project import configure_project, settings
from kedro.io import DataCatalog, MemoryDataset
from kedro.runner import SequentialRunner

from conftest import configuration
from leukosmear.datasets.figure import FigureDataset
from leukosmear.figures import new_figure
from leukosmear.pipelines.reporting.html import render_report
from leukosmear.pipelines.reporting.parameters import PaperFigures, ReportingParameters

ROOT = Path(__file__).parents[3]
CONF = configuration("local")["parameters"]
# Names that would break a page that does not escape them; the last has no test image.
CLASSES = ["<b>Early", "Pro & Pre", "none"]


def split_manifest() -> pd.DataFrame:
    splits = ["train"] * 8 + ["validation"] * 5 + ["test"] * 5
    labels = [CLASSES[i % 3 if split == "train" else i % 2] for i, split in enumerate(splits)]
    return pd.DataFrame({"image_id": [f"image-{i}" for i in range(18)], "label": labels, "split": splits})


def leakage(protocol: str, n_related: int) -> dict[str, object]:
    """Of five test images, some have a training image of their field; none has one of its acquisition."""
    none = {"n_images": 0, "share": 0.0}
    related = {"n_images": n_related, "share": n_related / 5}
    side = {"n_images": 5, "identical_copy": none, "same_field": related, "same_acquisition": none}
    return {"protocol": protocol, "validation": side, "test": side}


def inputs_of(model: str, family: str, seed: int) -> dict[str, object]:
    predictions = split_manifest().query("split != 'train'")
    values = np.random.default_rng(seed).dirichlet(np.ones(3), size=len(predictions))
    predictions[[f"p_{name}" for name in CLASSES]] = values
    epochs = 2 if family == "network" else None
    training = {
        "model": model,
        "family": family,
        "architecture": f"<{model}>",
        "n_parameters": None if epochs is None else 1000,
        "epochs_run": epochs,
        "best_epoch": epochs,
        "train_seconds": 3.0,
        "images_per_second": None if epochs is None else 8.0,
        "latency_ms": 1.5,
        "accelerator": "CPU",
        "n_train": 8,
    }
    inputs = {"predictions": predictions, "training": training, "file_bytes": 2048}
    if family == "network":
        figures = ("accuracy", "loss", "precision", "recall", "f1")
        columns = {f"{side}_{name}": [0.4, 0.5] for side in ("train", "validation") for name in figures}
        inputs["history"] = pd.DataFrame({"epoch": [1, 2], **columns})
    return {f"{model}_{name}": value for name, value in inputs.items()}


def shared_inputs(folder: Path) -> dict[str, object]:
    figure = FigureDataset(filepath=folder / "figure.png")
    figure.save(new_figure(2, 1))
    counts = pd.DataFrame({"label": CLASSES, "n_images": [8, 8, 2], "share": [8 / 18, 8 / 18, 2 / 18]})
    checks = [
        {
            "check": "readable files",
            "expected": "at most 5 %",
            "found": "20 unusable",
            "verdict": "warn",
            "details": [f"<script>file-{i}.jpg" for i in range(20)],
        },
        {"check": "archive", "expected": "x", "found": "y", "verdict": "not checked", "details": []},
    ]
    return {
        "params:reporting": ReportingParameters(**(CONF["reporting"] | {"seed": 20_001})),
        "params:reporting.confidence": 0.95,
        "params:paper": PaperFigures(**CONF["paper"]),
        "validation_report": {"dataset": {"n_images": 18}, "checks": checks},
        "class_distribution_table": counts,
        "image_size_table": counts.assign(width=224, height=224, mode="RGB", format="JPEG"),
        "split_manifest": split_manifest(),
        "split_leakage": leakage("random", n_related=3),
        **dict.fromkeys(
            ("class_distribution_figure", "image_size_figure", "split_figure", "augmentation_figure"), figure.load()
        ),
    }


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """The catalog after a run, and the folder that its files are in."""
    folder = tmp_path_factory.mktemp("reporting")
    configure_project("leukosmear")
    from leukosmear.pipelines import reporting

    entries = (ROOT / "conf/base/catalog_reporting.yml").read_text(encoding="utf-8")
    entries = entries.replace("data/08_reporting/${globals:environment}", folder.as_posix())
    catalog = DataCatalog.from_config(yaml.safe_load(entries))
    inputs = shared_inputs(folder)
    families = [item for models in settings.MODELS.values() for item in models.items()]
    for seed, (model, family) in enumerate(families):
        inputs |= inputs_of(model, family, seed)
    for name, value in inputs.items():
        catalog[name] = MemoryDataset(value)
    pipeline = reporting.create_pipeline()
    assert pipeline.inputs() == set(inputs)
    SequentialRunner().run(pipeline, catalog)
    return catalog, folder, dict(families), pipeline


class Page(HTMLParser):
    """What a test wants to know of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links, self.images, self.headings, self.ids, self.texts = [], [], [], [], []
        self.tags: set[str] = set()
        self.feed(text)
        self.text = " ".join(" ".join(self.texts).replace("\u00a0", " ").split())

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        self.tags.add(tag)
        self.links += [values[name] for name in ("src", "href", "srcset", "action") if name in values]
        self.ids += [values["id"]] if "id" in values else []
        if tag == "img":
            self.images.append(values)
        if tag in ("h1", "h2", "h3", "h4"):
            self.headings.append(int(tag[1]))

    def handle_data(self, data):
        self.texts.append(data)


@pytest.fixture(scope="module")
def page(run):
    return Page(run[0].load("report_html"))


def test_every_result_is_persisted_and_nothing_else_is_left(run):
    catalog, folder, families, pipeline = run
    assert all(catalog.exists(name) for name in pipeline.all_outputs())
    for model, family in families.items():
        files = {path.name for path in (folder / model).iterdir()}
        assert {"metrics.json", "classification_report.csv", "per_class.csv", "roc.svg"} <= files
        assert ("training_curves.png" in files) == (family == "network")
    assert not list(folder.rglob("*.tmp"))


def test_nodes_and_datasets_of_a_model_bear_its_name(run):
    names = {node.name for node in run[3].nodes}
    assert {"paper_cnn.score_model", "knn.draw_roc", "tabulate_models", "render_report"} <= names
    assert "knn.draw_training_curves" not in names
    assert not any("." in name for name in run[3].datasets() if not name.startswith("params:"))


def test_metrics_are_strict_json(run):
    def refuse(constant):
        raise AssertionError(f"{constant} is no JSON")

    text = (run[1] / "knn" / "metrics.json").read_text()
    metrics = json.loads(text, parse_constant=refuse)
    assert metrics["test"]["per_class"]["none"]["auc"] is None
    assert metrics["training"]["n_parameters"] is None


def test_report_needs_no_other_file(page):
    assert all(link.startswith(("data:", "#")) for link in page.links)
    anchors = {link[1:] for link in page.links if link.startswith("#")}
    assert anchors <= set(page.ids)
    assert len(page.ids) == len(set(page.ids))


def test_report_has_every_figure_with_a_description(page, run):
    networks = list(run[2].values()).count("network")
    assert len(page.images) == 5 + 2 * len(run[2]) + networks
    assert all(image["alt"] and image["src"].startswith("data:image/svg+xml;base64,") for image in page.images)


def test_headings_do_not_skip_a_level(page):
    assert page.headings[0] == 1
    assert page.headings.count(1) == 1
    assert all(after <= before + 1 for before, after in zip(page.headings, page.headings[1:], strict=False))


def test_first_screen_says_what_ran_and_what_it_means(page, run):
    first = page.text.split("Contents")[0].split("All models")[0]
    models = run[0].load("model_table")
    best = models.sort_values("test_accuracy", ascending=False, kind="stable").iloc[0]
    assert "SYNTHETIC DATA" in first
    assert "They say nothing about leukemia" in first
    assert "not a medical device" in first
    assert f"{100 * best['test_accuracy']:.1f} %" in first
    assert f"95 % interval {100 * best['ci_low']:.1f} to" in first
    assert "18 in 3 classes" in first
    assert "8 / 5 / 5" in first
    # Test images 13 to 17 have the fields 3 to 7, and those in train 0 to 7.
    assert "Of the 5 test images 60.0 % show a field of view that a training image shows, too (0 are identical" in first


def test_report_escapes_what_it_quotes(page):
    assert "b" not in page.tags
    assert "<b>Early" in page.text
    assert "Pro & Pre" in page.text
    assert "<script>file-0.jpg" in page.text
    assert "<knn>" in page.text


def test_report_shortens_long_lists_and_says_so(page):
    assert "file-11.jpg" in page.text
    assert "file-12.jpg" not in page.text
    assert "and 8 more, all in validation_report.json" in page.text


def test_report_quotes_the_paper_and_its_errors(page):
    for text in ("printed as “Nesnet50”", "59.80 %", "0.9229", "Bhattacharjee", "143 right and 26 missed"):
        assert text in page.text


def test_undefined_figures_are_explained_and_never_nan(page):
    assert "auc of none (the split has no image of this class)" in page.text
    for word in (" nan ", " None ", "<NA>", "undefined>"):
        assert word not in page.text


def test_provenance_names_versions_seed_and_accelerator(page):
    provenance = page.text.rsplit("Provenance", 1)[1]
    for text in ("20001", "CPU", "keras", "tensorflow", "scikit-learn", "leukosmear", "python"):
        assert text in provenance


def test_real_images_are_not_called_synthetic(run):
    catalog, _, families, pipeline = run
    real = configuration("taleqani")["parameters"]["reporting"]
    node = next(node for node in pipeline.nodes if node.name == "render_report")
    values = {name: catalog.load(name) for name in node.inputs if not name.startswith("params:")}
    values = {name: value for name, value in values.items() if not name.endswith("_report_section")}
    values["split_leakage"] = leakage("acquisition", n_related=0)
    text = Page(
        render_report(
            reporting=ReportingParameters(**real),
            paper=PaperFigures(**CONF["paper"]),
            **values,
            **dict.fromkeys(families, "<details></details>"),
        )
    ).text
    assert "SYNTHETIC" not in text
    assert "Taleqani Hospital" in text
    assert "split by acquisition, none of which is on two sides" in text
    assert "0.0 % show a field of view" in text
    assert "A model may recognise those slides" not in text
