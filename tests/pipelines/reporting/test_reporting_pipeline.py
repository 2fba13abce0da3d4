"""The whole pipeline, once, on small made-up predictions, through the catalog that is shipped."""

import hashlib
import json
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import yaml
from kedro.framework.project import configure_project
from kedro.io import DataCatalog, MemoryDataset
from kedro.runner import SequentialRunner
from playwright.sync_api import Page as Tab

from conftest import as_split, assert_fits, configuration, partitions
from leukosmear.attention.overview import draw_attention_shares, draw_interventions
from leukosmear.attention.tables import tabulate_attention, tabulate_interventions
from leukosmear.datasets.figure import FigureDataset
from leukosmear.figures import new_figure
from leukosmear.parameters import EvaluationParameters
from leukosmear.pipelines.reporting.fingerprint import take_fingerprint
from leukosmear.pipelines.reporting.html import render_model_card, render_report, render_section
from leukosmear.pipelines.reporting.parameters import PaperFigures, ReportingParameters
from leukosmear.pipelines.reporting.protocols import compare_protocols
from leukosmear.prediction.outputs import predictions_table
from leukosmear.splitting import hash_split

ROOT = Path(__file__).parents[3]
CONF = configuration("local")["parameters"]
# Names that would break a page that does not escape them; the last has no test image.
CLASSES = ["<b>Early", "Pro & Pre", "none"]


MODELS = {
    "modelling": {"paper_cnn": "network"},
    "baselines": dict.fromkeys(("knn", "texture_svm_2016", "control_background", "control_permuted"), "estimator"),
}
FAMILIES = {model: family for models in MODELS.values() for model, family in models.items()}
RECORD = {
    "started": "2026-01-02T03:04:05+00:00",
    "environment": "local",
    "pipelines": ["reporting"],
    "runtime_params": {},
    "commit": "0123456789ab, with uncommitted changes",
    "machine": {"system": "Linux", "processor": "<cpu>", "cores": 2, "memory_bytes": 8_000_000_000},
    "code": "c0de",
    "versions": {"leukosmear": "0.1.0", "python": "3.11"},
    "parameters": {"split": {"protocol": "random"}, "paper": {"n_test": 493}},
    "nodes": {
        "fast": {"seconds": 0.5, "finished": "2026-01-02T03:04:05+00:00", "commit": "0123456789ab"},
        "slow": {"seconds": 200.0, "finished": "2026-01-02T03:04:05+00:00", "commit": "ba9876543210"},
    },
}


def split() -> pd.DataFrame:
    splits = ["train"] * 8 + ["validation"] * 5 + ["test"] * 5
    labels = [CLASSES[i % 3 if split == "train" else i % 2] for i, split in enumerate(splits)]
    names = [f"image-{i}" for i in range(18)]
    groups = {"field_id": names, "acquisition_id": [f"session-{i // 2}" for i in range(18)]}
    return as_split(pd.DataFrame({"image_id": names, "label": labels, **groups, "side": splits}))


def leakage(protocol: str, n_related: int) -> dict[str, object]:
    """Of five test images, some have a training image of their field; none has one of its acquisition."""
    none = {"n_images": 0, "share": 0.0}
    related = {"n_images": n_related, "share": n_related / 5}
    side = {"n_images": 5, "identical_copy": none, "same_field": related, "same_acquisition": none}
    return {"protocol": protocol, "validation": side, "test": side}


def attention(predictions: pd.DataFrame) -> pd.DataFrame:
    """Half of the attention is on cells, which cover a fifth; of one image there is none."""
    table = predictions.query("side == 'test'").filter(regex="^(?!p_)").assign(predicted=CLASSES[0])
    table[["cells", "background", "scale_bar"]] = [0.5, 0.4, 0.1]
    table[["cells_area", "background_area", "scale_bar_area"]] = [0.2, 0.75, 0.05]
    table.iloc[0, 3:6] = np.nan
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
    rows = split().query("side != 'train'")
    predictions = predictions_table(rows, np.random.default_rng(seed).dirichlet(np.ones(3), size=len(rows)), CLASSES)
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
        "split_sha256": hash_split(split()),
    }
    inputs = {"predictions": predictions, "training": training, "file_bytes": 2048}
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
    """Two readable files and an empty one."""
    files = {"file_name": ["B/1.jpg", "A/2.jpg", "A/empty.jpg"], "sha256": ["b" * 64, "a" * 64, ""]}
    status = {"status": ["accepted", "accepted", "rejected"], "smear_id": None}
    ids = ("image_id", "label", "field_id", "acquisition_id", "stream_id")
    return pd.DataFrame(files | status | {name: ["B/1", "A/2", None] for name in ids})


def hash_of_inventory() -> str:
    """The hash of the inventory's two readable files, as sha256sum lists them."""
    return hashlib.sha256(f"{'a' * 64}  A/2.jpg\n{'b' * 64}  B/1.jpg\n".encode()).hexdigest()


def write_summary(folder: Path, protocol: str, code: str = "c0de") -> None:
    """Leave behind what a run under a protocol does: every model right on one test image in three."""
    folder = folder / protocol / "fold0-seed0"
    right = {"chosen": False, "test_accuracy": 1 / 3, "ci_low": 0.0, "ci_high": 0.5, "interval_over": "acquisitions"}
    models = [{"model": model, "role": "further"} | right for model in FAMILIES]
    sides = {
        "n_train": 9,
        "n_test": 3,
        "train_acquisitions": 4,
        "test_acquisitions": 2,
        "effective_test_acquisitions": 1.8,
    }
    shares = {"same_field_share": 0.0, "same_acquisition_share": 0.0, "confidence": 0.95}
    fingerprint = take_fingerprint(inventory(), RECORD | {"code": code})
    folder.mkdir(parents=True)
    name = {"protocol": protocol, "fold": 0, "seed": 0}
    summary = {**name, **sides, **shares, "fingerprint": fingerprint, "models": models}
    (folder / "protocol.json").write_text(json.dumps(summary), encoding="utf-8")


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """The catalog after a run, the folder that its files are in, and the pipeline.

    Before it, the same images were split by acquisition, and others by stream.
    """
    folder = tmp_path_factory.mktemp("reporting")
    configure_project("leukosmear")
    from leukosmear.pipelines.reporting import pipeline as wiring

    entries = (ROOT / "conf/base/catalog_reporting.yml").read_text(encoding="utf-8")
    entries = entries.replace("data/08_reporting/${_split_folder}", (folder / "random/fold0-seed0").as_posix())
    entries = entries.replace("data/08_reporting/${globals:environment}", folder.as_posix())
    catalog = DataCatalog.from_config(yaml.safe_load(entries))
    figure = FigureDataset(filepath=folder / "figure.png")
    drawing = new_figure(2, 1)
    drawing.subplots()
    figure.save(drawing)
    inputs = shared_inputs(figure.load())
    for seed, (model, family) in enumerate(FAMILIES.items()):
        inputs |= inputs_of(model, family, seed, figure.load())
    for name, value in inputs.items():
        catalog[name] = MemoryDataset(value)
    write_summary(folder, "acquisition")
    write_summary(folder, "leave_stream_out", code="another")
    write_summary(folder, "old")  # no protocol is called so
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(wiring, "settings", SimpleNamespace(MODELS=MODELS))
        pipeline = wiring.create_pipeline()
    assert pipeline.inputs() == {*inputs, "protocol_summaries"}
    SequentialRunner().run(pipeline, catalog)
    return catalog, folder / "random/fold0-seed0", pipeline


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


@pytest.fixture(scope="module")
def paper_page(run):
    return Page(run[0].load("paper_html"))


def test_every_result_is_persisted_and_nothing_else_is_left(run):
    catalog, folder, pipeline = run
    assert all(catalog.exists(name) for name in pipeline.all_outputs())
    for model, family in FAMILIES.items():
        files = {path.name for path in (folder / model).iterdir()}
        assert {"metrics.json", "classification_report.csv", "per_class.csv", "roc_pr.svg"} <= files
        assert {"confusion_matrix.png", "reliability.png", "mistakes.png"} <= files
        assert ("training_curves.png" in files) == (family == "network")
    assert not list(folder.rglob("*.tmp"))


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


def test_first_screen_says_what_ran_and_what_it_means(page, run):
    first = page.text.split("All models Controls")[0]
    models = run[0].load("model_table")
    chosen = models[models["chosen"]].iloc[0]
    assert chosen["role"] != "control"
    assert "SYNTHETIC DATA" in first
    assert "They say nothing about leukemia" in first
    assert "not a medical device" in first
    assert f"Chosen by validation among 3 models: {chosen['model']}" in " ".join(first.split(" , and the"))
    assert f"{100 * chosen['test_accuracy']:.1f} %" in first
    assert f"95 % interval {100 * chosen['ci_low']:.1f} to" in first
    assert "18 in 3 classes" in first
    assert "8 / 5 / 5" in first
    assert "Of the 5 test images 60.0 % show a field of view that a training image shows, too (0 are identical" in first
    assert "control_background, which sees only the mean and the spread" in first
    assert "control_permuted, which learnt labels in random order" in first


def test_pages_escape_what_they_quote(page, paper_page):
    assert {"b", "cpu", "knn"} & page.tags == set()
    assert "b" not in paper_page.tags
    for text in ("<b>Early", "Pro & Pre", "<script>file-0.jpg", "<knn>", "<cpu>"):
        assert text in page.text


def test_report_shortens_long_lists_and_says_so(page):
    assert "file-11.jpg" in page.text
    assert "file-12.jpg" not in page.text
    assert "and 8 more, all in validation_report.json" in page.text
    sizes = page.text.split("Image sizes class")[1].split("Split and augmentation")[0]
    assert sizes.count("224 \u00d7 224") == len(CLASSES)
    assert sizes.count("\u00d7 224") == 12
    assert f"and {len(CLASSES) + 1_010 - 12:,} rarer ones, all in image_sizes.csv" in sizes


def test_report_says_what_networks_look_at(page, run):
    first = page.text.split("All models By split")[0].replace(" ;", ";")
    section = page.text.split("What the models look at")[-1].split("Models against each other")[0]
    painted = run[0].load("intervention_table").set_index("intervention").loc["cells_painted_over"]
    share = f"{100 * painted['accuracy']:.0f}"
    assert f"{share} % are classified correctly by paper_cnn with their cells painted over; a guess: 60 %" in first
    assert (
        "50.0 % of paper_cnn\u2019s attention falls on stained cells, which cover 20.0 % of the images: 2.5" in section
    )
    assert "paper_cnn names 0.0 % of the test images by their cells, and 100.0 % by the background." in section
    assert "cells on another class\u2019s background 0.0 %" in section
    assert "Adebayo" in section
    assert "7 \u00d7 9" in section
    attention = run[0].load("attention_table")
    overall = attention[(attention["class"] == "all classes") & (attention["region"] == "cells")].iloc[0]
    assert (overall["n_images"], overall["area"], overall["enrichment"]) == (4, 0.2, 2.5)


def test_report_of_estimators_alone_leaves_looks_out(run):
    catalog, _, pipeline = run
    node = next(node for node in pipeline.nodes if node.name == "reporting.render_report")
    values = {name: catalog.load(name) for name in node.inputs if not name.startswith("params:")}
    values["attention_table"] = tabulate_attention(split(), EvaluationParameters(seed=0))
    values["intervention_table"] = tabulate_interventions(split(), EvaluationParameters(seed=0))
    draw_attention_shares(values["attention_table"])
    draw_interventions(values["intervention_table"])
    text = render_report(
        reporting=ReportingParameters(**CONF["reporting"]), paper=PaperFigures(**CONF["paper"]), **values
    )
    assert "look at" not in Page(text).text


def test_paper_page_quotes_the_paper_and_its_errors(paper_page):
    for text in (
        "printed as “Nesnet50”",
        "59.80 %",
        "0.9229",
        "Bhattacharjee, Saini: “Robust technique",
        "143 right and 26 missed",
        "no: 2 classes there, 3 here",
        "shape_ann_2015, not trained",
        "61.0 %",  # 47 of 77, the recall of Benign that the paper does not print
    ):
        assert text in paper_page.text


def test_undefined_figures_are_explained_and_never_nan(page, paper_page):
    assert "auc of none (the split has no image of this class)" in page.text
    for word in (" nan ", " None ", "<NA>", "undefined>"):
        assert word not in page.text + paper_page.text


def test_a_data_set_without_a_healthy_class_has_no_clinical_reading(run):
    catalog = run[0]
    metrics = catalog.load("knn_metrics") | {"clinical": None}
    metrics["undefined"] = [{"class": "all classes", "figure": "clinical", "reason": "there is no class <b>None"}]
    section = render_section(metrics, catalog.load("knn_per_class_table"), "<svg/>", "<svg/>", "<svg/>")
    assert "There is no clinical reading: there is no class &lt;b&gt;None." in section
    assert "at the threshold" not in section


def test_provenance_names_code_data_machine_and_durations(page):
    provenance = page.text.rsplit("Provenance", 1)[1]
    for text in ("20001", "CPU", "0123456789ab, with uncommitted changes", "2 cores, 8.0 GB", "leukosmear 0.1.0"):
        assert text in provenance
    assert hash_of_inventory() in provenance
    assert "The results were not all made by one state of the code: the table of nodes names 2." in provenance
    assert provenance.index("slow 3 min 20 s") < provenance.index("fast 0.50 s")
    assert "protocol: random" in provenance
    assert "n_test" not in provenance  # the paper is quoted elsewhere


def test_report_and_card_show_accuracy_by_protocol(run, page):
    catalog = run[0]
    chosen = catalog.load("model_table").query("chosen").iloc[0]
    section = page.text.split("The same models, split in another way")[-1].split("What the controls reach")[0]
    assert "random this page 8 4 5 3 worth 2.8 60.0 % 0.0 %" in section
    assert "acquisition 9 4 3 2 worth 1.8 0.0 % 0.0 %" in section
    assert "Results of protocol leave_stream_out are left out, since they are of other code." in section
    assert "--params=protocol=leave_stream_out --pipelines=preprocessing,modelling,baselines,reporting" in section
    sentence = catalog.load("protocol_comparison")["conclusions"][0].replace("\u00a0", " ")
    assert sentence.startswith(f"The test accuracy of {chosen['model']} is {100 * chosen['test_accuracy']:.1f} %")
    assert sentence in section
    card = catalog.load("model_card").replace("\u00a0", " ")
    assert sentence in card
    assert "| acquisition | 9 | 4 | 3 | 2 (worth 1.8) | 33.3 % | 0.0 to 50.0 % |" in card


def test_one_protocol_alone_says_how_to_get_another(run):
    catalog, _, pipeline = run
    node = next(node for node in pipeline.nodes if node.name == "reporting.render_report")
    values = {name: catalog.load(name) for name in node.inputs if not name.startswith("params:")}
    summary = catalog.load("protocol_summary")
    values["protocol_comparison"] = compare_protocols(summary, {}, inventory())
    text = Page(
        render_report(reporting=ReportingParameters(**CONF["reporting"]), paper=PaperFigures(**CONF["paper"]), **values)
    ).text
    assert "Only results split by image, stratified by class are there. kedro run --params=protocol=acq" in text
    assert "Accuracy by protocol" not in text


def test_model_card_is_of_the_chosen_model(run):
    card = run[0].load("model_card")
    models = run[0].load("model_table")
    assert card.startswith(f"# Model card: {models.loc[models['chosen'], 'model'].item()}\n")
    for text in (
        "For research use; not a medical device",
        "SYNTHETIC DATA",
        "## Intended use",
        "## Limits",
        "seed 20001",
    ):
        assert text in card
    assert "| &lt;b>Early |" in card  # a name that would start a tag
    assert "\n\n\n" not in card


def test_model_card_names_the_command_that_makes_it_again(run):
    catalog, _, pipeline = run
    node = next(node for node in pipeline.nodes if node.name == "reporting.render_model_card")
    reporting = ReportingParameters(**CONF["reporting"])
    values = [reporting if name == "params:reporting" else catalog.load(name) for name in node.inputs]
    assert "`kedro run --params=protocol=random,fold=0,seed=0`, with seed" in render_model_card(*values)


def test_real_images_are_not_called_synthetic(run):
    catalog, _, pipeline = run
    real = configuration("taleqani")["parameters"]["reporting"]
    node = next(node for node in pipeline.nodes if node.name == "reporting.render_report")
    values = {name: catalog.load(name) for name in node.inputs if not name.startswith("params:")}
    values["split_leakage"] = leakage("acquisition", n_related=0)
    text = Page(
        render_report(reporting=ReportingParameters(**real), paper=PaperFigures(**CONF["paper"]), **values)
    ).text
    assert "SYNTHETIC" not in text
    assert "Taleqani Hospital" in text
    assert "split by acquisition, none of which is on two sides" in text
    assert "0.0 % show a field of view" in text
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
