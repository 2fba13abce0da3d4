"""The whole pipeline, once, on small made-up predictions, through the catalog that is shipped."""

import json
import os
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from kedro.framework.project import configure_project
from kedro.io import DataCatalog, MemoryDataset
from kedro.runner import SequentialRunner
from playwright.sync_api import Page as Tab

from conftest import assert_fits, configuration, partitions
from leukosmear.datasets.figure import FigureDataset
from leukosmear.datasets.storage import UNFINISHED
from leukosmear.figures import new_figure
from leukosmear.models import MODELS
from leukosmear.paper.printed import PaperFigures
from leukosmear.parameters import EvaluationParameters
from leukosmear.pipelines.reporting import pipeline as wiring
from leukosmear.pipelines.reporting import sections
from leukosmear.pipelines.reporting.fingerprint import take_fingerprint
from leukosmear.pipelines.reporting.parameters import ReportingParameters
from leukosmear.pipelines.reporting.protocols import compare_protocols
from leukosmear.splitting.belonging import hash_split

CONF = configuration("local")["parameters"]
# Names that would break a page that does not escape them; the last has no test image.
CLASSES = ["<b>Early", "Pro & Pre", "none"]

SPLIT = {"protocol": "random", "fold": 0, "seed": 0}
TRAINED = ("paper_cnn", "knn", "texture_svm_2016", "control_background", "control_permuted")
FAMILIES = {model.name: model.family for model in MODELS if model.name in TRAINED}
RECORD = {
    "started": "2026-01-02T03:04:05+00:00",
    "environment": "local",
    "pipelines": ["reporting"],
    "runtime_params": {},
    "commit": "0123456789ab, with uncommitted changes",
    "code": "c" * 64,
    "machine": {"system": "Linux", "processor": "<cpu>", "cores": 2, "memory_bytes": 8_000_000_000},
    "versions": {"leukosmear": "0.1.0", "python": "3.11"},
    "parameters": {"split": {"protocol": "random"}, "paper": {"n_test": 493}},
    "nodes": {
        "fast": {"seconds": 0.5, "finished": "2026-01-02T03:04:05+00:00", "commit": "0123456789ab"},
        "slow": {"seconds": 200.0, "finished": "2026-01-02T03:04:05+00:00", "commit": "ba9876543210"},
    },
}


def split() -> pd.DataFrame:
    sides = ["train"] * 8 + ["validation"] * 5 + ["test"] * 5
    labels = [CLASSES[i % 3 if side == "train" else i % 2] for i, side in enumerate(sides)]
    names = [f"image-{i}" for i in range(18)]
    sessions = [f"session-{i // 2}" for i in range(18)]
    groups = {"field_id": names, "acquisition_id": sessions, "stream_id": labels}
    return pd.DataFrame(SPLIT | {"image_id": names, "label": labels, **groups, "side": sides})


def leakage(protocol: str, n_related: int) -> dict[str, object]:
    """Of five test images, some have a training image of their field; none has one of its acquisition."""
    none = {"n_images": 0, "share": 0.0}
    related = {"n_images": n_related, "share": n_related / 5}
    side = {"n_images": 5, "identical_copy": none, "same_field": related, "same_acquisition": none}
    return {"protocol": protocol, "validation": side, "test": side}


def attention(predictions: pd.DataFrame) -> pd.DataFrame:
    """Half of the attention is on cells, which cover a fifth; of one image there is none."""
    table = predictions.query("side == 'test'")[[*SPLIT, "image_id", "side", "label"]]
    table = table.assign(predicted=CLASSES[0])
    table[["cells", "background", "scale_bar"]] = [0.5, 0.4, 0.1]
    table[["cells_area", "background_area", "scale_bar_area"]] = [0.2, 0.75, 0.05]
    table.loc[table.index[0], ["cells", "background", "scale_bar"]] = np.nan
    return table.assign(grid_rows=7, grid_columns=9)


def interventions(predictions: pd.DataFrame) -> pd.DataFrame:
    """With another background, the background's class is named; with cells painted over, always the first class."""
    test = predictions.query("side == 'test'")
    other = np.where(test["label"] == CLASSES[0], CLASSES[1], CLASSES[0])
    tables = []
    for name, donors, named in (
        ("cells_on_other_class", other, other),
        ("cells_painted_over", None, [CLASSES[0]] * 5),
    ):
        sure = {f"p_{one}": (np.array(named) == one).astype(float) for one in CLASSES}
        tables.append(test.assign(intervention=name, donor_label=donors, **sure))
    return pd.concat(tables, ignore_index=True)


def inputs_of(model: str, family: str, seed: int, figure: str) -> dict[str, object]:
    predictions = split().query("side != 'train'")[[*SPLIT, "image_id", "side", "label"]]
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
        "accelerator": "CPU",
        "n_train": 8,
        "split_sha256": hash_split(split()),
    }
    usage = {"milliseconds": 1.5, "weights": {"n_bytes": 2048}}
    inputs = {"predictions": predictions, "training": training, "usage": usage}
    if family == "network":
        figures = ("accuracy", "loss", "precision", "recall", "f1")
        columns = {f"{side}_{name}": [0.4, 0.5] for side in ("train", "validation") for name in figures}
        inputs["history"] = pd.DataFrame({"epoch": [1, 2], **columns})
        inputs |= {"attention": attention(predictions), "interventions": interventions(predictions)}
        inputs["attention_figure"] = figure
    else:
        inputs["importance_figure"] = figure
    return {f"{model}_{name}": value for name, value in inputs.items()}


def shared_inputs(figure: str) -> dict[str, object]:
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
    kind = {"height": 224, "mode": "RGB", "format": "JPEG"}
    sizes = [{"label": row.label, "width": 224, **kind, "n_images": row.n_images} for row in counts.itertuples()]
    sizes += [{"label": CLASSES[0], "width": 100 + n, **kind, "n_images": 1} for n in range(1_010)]
    manifest = split()
    pixels = np.random.default_rng(0).integers(0, 256, (18, 8, 10, 3), np.uint8)
    evaluation = CONF["evaluation"] | {"resamples": 100, "negative_class": CLASSES[0]}
    return {
        "params:reporting": ReportingParameters(**(CONF["reporting"] | {"seed": 20_001})),
        "params:evaluation": EvaluationParameters(**evaluation),
        "params:paper": PaperFigures(**CONF["paper"]),
        "run_record": RECORD,
        "image_inventory": inventory(),
        "validation_report": {"dataset": {"n_images": 18}, "checks": checks},
        "class_distribution_table": counts,
        "image_size_table": pd.DataFrame(sizes),
        "split": manifest,
        "split_leakage": leakage("random", n_related=3),
        "model_images": partitions(pixels, list(manifest["image_id"]), step=7),
        **dict.fromkeys(
            ("class_distribution_figure", "image_size_figure", "split_figure", "augmentation_figure"), figure
        ),
    }


def inventory() -> pd.DataFrame:
    """Two images and a file that cannot be read, of no known smear."""
    table = pd.DataFrame({"file_name": ["B/1.jpg", "A/2.jpg", "A/empty.jpg"], "sha256": ["b" * 64, "a" * 64, ""]})
    groups = {"field_id": table["file_name"], "acquisition_id": "a", "stream_id": "s", "smear_id": None}
    status = ["accepted", "accepted", "rejected"]
    return table.assign(image_id=table["file_name"], label="A", status=status, **groups)


def write_summary(folder: Path, protocol: str, **changes: object) -> None:
    """Leave behind what a run under a protocol does: every model right on one test image in three."""
    right = {"chosen": False, "test_accuracy": 1 / 3, "ci_low": 0.0, "ci_high": 0.5, "interval_over": "acquisitions"}
    summary = {
        "protocol": protocol,
        "fold": 0,
        "seed": 0,
        "n_train": 9,
        "n_test": 3,
        "train_acquisitions": 4,
        "test_acquisitions": 2,
        "effective_test_acquisitions": 1.8,
        "same_field_share": 0.0,
        "same_acquisition_share": 0.0,
        "confidence": 0.95,
        "fingerprint": take_fingerprint(inventory(), RECORD | changes),
        "models": [{"model": model, "role": "further"} | right for model in FAMILIES],
    }
    path = folder / protocol / "fold0-seed0" / "protocol.json"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(summary), encoding="utf-8")


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """The catalog after a run, the folder that its files are in, and the pipeline.

    Before it, the same images were split by acquisition, and, with other code, by stream.
    """
    folder = tmp_path_factory.mktemp("reporting")
    configure_project("leukosmear")
    entries = json.dumps(configuration("local", seed=SPLIT["seed"])["catalog"])
    catalog = DataCatalog.from_config(json.loads(entries.replace("data/08_reporting/sample", folder.as_posix())))
    figure = FigureDataset(filepath=str(folder / "figure.png"))
    drawing = new_figure(2, 1)
    drawing.subplots()
    figure.save(drawing)
    inputs = shared_inputs(figure.load())
    for seed, (model, family) in enumerate(FAMILIES.items()):
        inputs |= inputs_of(model, family, seed, figure.load())
    for name, value in inputs.items():
        catalog[name] = MemoryDataset(value)
    write_summary(folder, "acquisition")
    write_summary(folder, "leave_stream_out", code="d" * 64)
    pipeline = wiring.create_pipeline([model for model in MODELS if model.name in TRAINED])
    assert pipeline.inputs() == {*inputs, "protocol_summaries"}
    SequentialRunner().run(pipeline, catalog)
    return catalog, folder / "random" / "fold0-seed0", pipeline


class Page(HTMLParser):
    """What a test wants to know of a page; its text has a line for each heading, paragraph and row."""

    LINES = ("h1", "h2", "h3", "h4", "p", "li", "tr", "caption", "figcaption", "summary", "div", "pre")

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links, self.images, self.headings, self.ids, self.texts = [], [], [], [], []
        self.tags: set[str] = set()
        self.feed(text)
        lines = "".join(self.texts).replace("\u00a0", " ").splitlines()
        self.text = "\n".join(" ".join(line.split()) for line in lines if line.strip()) + "\n"

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        self.tags.add(tag)
        self.links += [values[name] for name in ("src", "href", "srcset", "action") if name in values]
        self.ids += [values["id"]] if "id" in values else []
        if tag == "img":
            self.images.append(values)
            self.texts.append(f"[{values['alt']}]\n")
        if tag in ("small", "br"):
            self.texts.append(" ")
        if tag in ("h1", "h2", "h3", "h4"):
            self.headings.append(int(tag[1]))

    def handle_endtag(self, tag):
        self.texts.append("\n" if tag in self.LINES else " ")

    def handle_data(self, data):
        if self.lasttag not in ("style", "script"):
            self.texts.append(data if self.lasttag == "pre" else data.replace("\n", " "))


@pytest.fixture(scope="module")
def page(run):
    return Page(run[0].load("report_html"))


@pytest.fixture(scope="module")
def paper_page(run):
    return Page(run[0].load("paper_html"))


@pytest.mark.parametrize("page", ["report.html", "paper.html", "model_card.md"])
def test_pages_say_the_same_as_before(run, page):
    """To look at a change: RENEW_SNAPSHOTS=1, then git diff."""
    snapshot = Path(__file__).parent / "snapshots" / f"{page.split('.')[0]}.txt"
    text = (run[1] / page).read_text(encoding="utf-8")
    found = Page(text).text if page.endswith(".html") else text
    if os.environ.get("RENEW_SNAPSHOTS"):
        snapshot.write_text(found, encoding="utf-8")
    assert found.splitlines() == snapshot.read_text(encoding="utf-8").splitlines()


def test_every_result_is_persisted(run):
    catalog, folder, pipeline = run
    assert all(catalog.exists(name) for name in pipeline.all_outputs())
    for model, family in FAMILIES.items():
        files = {path.name for path in (folder / model).iterdir()}
        assert {"metrics.json", "classification_report.csv", "per_class.csv", "roc_pr.svg"} <= files
        assert {"confusion_matrix.png", "reliability.png", "mistakes.png"} <= files
        assert ("training_curves.png" in files) == (family == "network")
    assert not list(folder.rglob(f"{UNFINISHED}*"))


def test_nodes_and_datasets_of_a_model_bear_its_name(run):
    names = {node.name for node in run[2].nodes}
    assert {"paper_cnn.score_model", "knn.draw_curves", "reporting.tabulate_models", "reporting.render_report"} <= names
    assert "knn.draw_training_curves" not in names
    assert not any("." in name for name in run[2].datasets() if not name.startswith("params:"))


def test_json_is_strict(run):
    def refuse(constant):
        raise AssertionError(f"{constant} is no JSON")

    for path in run[1].rglob("*.json"):
        json.loads(path.read_text(encoding="utf-8"), parse_constant=refuse)
    metrics = json.loads((run[1] / "knn" / "metrics.json").read_text())
    assert metrics["test"]["per_class"]["none"]["auc"] is None
    assert metrics["training"]["n_parameters"] is None


def test_pages_need_no_other_file_but_each_other(page, paper_page):
    for one, other in ((page, "paper.html"), (paper_page, "report.html")):
        assert all(link.startswith(("data:", "#")) or link == other for link in one.links)
        anchors = {link[1:] for link in one.links if link.startswith("#")}
        assert anchors <= set(one.ids)
        assert len(one.ids) == len(set(one.ids))


def test_report_has_every_figure_with_a_description(page, paper_page):
    # of all models, of each model, and of each network
    assert len(page.images) == 12 + 5 * len(FAMILIES) + 1
    assert len(paper_page.images) == 5 + 3
    for image in [*page.images, *paper_page.images]:
        assert image["alt"]
        assert image["src"].startswith("data:image/svg+xml;charset=utf-8,")


def test_headings_do_not_skip_a_level(page, paper_page):
    for one in (page, paper_page):
        assert one.headings[0] == 1
        assert one.headings.count(1) == 1
        assert all(after <= before + 1 for before, after in zip(one.headings, one.headings[1:], strict=False))


def test_pages_escape_what_they_quote(page, paper_page):
    assert {"b", "cpu", "knn"} & page.tags == set()
    assert "b" not in paper_page.tags
    assert "<script>file-0.jpg" in page.text


def test_looks_are_left_out_where_there_is_no_network():
    assert sections.render_looks({"networks": []}, "<svg/>", "<svg/>") == ""


def test_a_data_set_without_a_healthy_class_has_no_clinical_reading(run):
    catalog = run[0]
    metrics = catalog.load("knn_metrics") | {"clinical": None}
    metrics["undefined"] = [{"class": "all classes", "figure": "clinical", "reason": "there is no class <b>None"}]
    section = sections.render_model(metrics, catalog.load("knn_per_class_table"), "<svg/>", "<svg/>", "<svg/>")
    assert "There is no clinical reading: there is no class &lt;b&gt;None." in section
    assert "at the threshold" not in section


def test_one_protocol_alone_has_no_table_of_accuracies(run):
    summary = run[0].load("protocol_summary")
    alone = compare_protocols(summary, {}, inventory())
    section = Page(sections.render_by_protocol({"environment": "taleqani"}, alone, "<svg/>"))
    assert "kedro run --env=taleqani --params=protocol=acquisition" in section.text
    assert section.images == []


def test_real_images_are_not_called_synthetic_nor_leaking_where_nothing_leaks(run):
    real = ReportingParameters(**configuration("taleqani")["parameters"]["reporting"])
    values = {name: run[0].load(name) for name in ("run_record", "conclusions", "looks", "split")}
    text = sections.render_first_screen(real, **values, split_leakage=leakage("acquisition", n_related=0))
    assert "SYNTHETIC" not in text
    assert "A model may recognise those slides" not in text


def names_shown(tab: Tab) -> list[str]:
    return tab.locator("#models-table tbody tr:visible th a").all_text_contents()


def test_table_of_models_sorts_and_filters(tab: Tab, run):
    tab.goto((run[1] / "report.html").as_uri())
    assert_fits(tab)
    tab.get_by_role("button", name="model", exact=True).focus()
    tab.keyboard.press("Enter")
    assert names_shown(tab) == sorted(FAMILIES, reverse=True)
    tab.keyboard.press("Enter")
    assert names_shown(tab) == sorted(FAMILIES)
    assert tab.locator("#models-table th[aria-sort]").get_attribute("aria-sort") == "ascending"

    accuracy = tab.get_by_role("button", name="test accuracy")
    accuracy.click()
    values = tab.locator("#models-table tbody tr td:nth-child(3)").evaluate_all(
        "cells => cells.map(c => +c.dataset.value)"
    )
    assert values == sorted(values, reverse=True)

    tab.get_by_label("Find").fill("CONTROL_")
    assert sorted(names_shown(tab)) == ["control_background", "control_permuted"]
    assert tab.locator("#found").text_content() == "2 of 5 models"
    tab.get_by_label("Find").fill("")
    tab.get_by_label("Group").select_option("Table 2")
    assert names_shown(tab) == ["texture_svm_2016"]


def test_sections_unfold_by_key_and_by_link(tab: Tab, run):
    tab.goto((run[1] / "report.html").as_uri())
    section = tab.locator("#model-knn")
    heading = section.get_by_role("heading", name="knn")
    assert section.locator("table").first.is_hidden()
    heading.locator("..").focus()
    tab.keyboard.press("Enter")
    section.locator("table").first.wait_for()
    tab.locator("#models-table a[href='#model-paper_cnn']").click()
    tab.locator("#model-paper_cnn table").first.wait_for()
    while (closed := tab.locator("details:not([open]) > summary:visible")).count():
        closed.first.click()
    assert_fits(tab)
    widths = tab.locator("figure img").evaluate_all("images => images.map(image => image.naturalWidth)")
    assert all(width > 0 for width in widths)  # 0 where it is no image


def test_paper_page_fits_and_leads_back(tab: Tab, run):
    tab.goto((run[1] / "paper.html").as_uri())
    assert_fits(tab)
    tab.get_by_role("link", name="The report of this run").click()
    tab.get_by_role("heading", name="All models").wait_for()
