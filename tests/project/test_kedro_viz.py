"""`kedro viz` after a run, seen as its user sees it: in a browser."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from kedro.pipeline import Pipeline
from playwright.sync_api import Browser, Page, Route, sync_playwright

from conftest import configuration
from leukosmear import pipeline_registry
from leukosmear.models import choose_models

# Kedro-viz loads TensorFlow before it answers, and a busy machine takes its time to draw the graph.
START_SECONDS = 300
PAGE_SECONDS = 120

# Those of the environment that is looked at.
MODELS = choose_models(configuration("test")["globals"]["leave_out"])

# Another, "models", lies inside of the models' namespaces, which are folded where all pipelines are shown.
LAYERS = ["raw", "validation", "preprocessing", "features", "models", "predictions", "reporting"]
FIGURE, ATOMIC = "datasets.figure.FigureDataset", "datasets.atomic.AtomicDataset"
ATOMIC_PREVIEWS = {".csv": "TablePreview", ".parquet": "TablePreview", ".json": "JSONPreview"}


@dataclass(frozen=True)
class Viz:
    """A server, and the file that its output goes to."""

    url: str
    log: Path


@pytest.fixture(scope="module")
def chromium() -> str:
    """The path of a browser."""
    names = ("chromium", "chromium-browser", "google-chrome")
    found = next(filter(None, map(shutil.which, names)), None)
    return found or pytest.skip(f"no browser to open kedro-viz in: found none of {', '.join(names)}")


@pytest.fixture(scope="module")
def viz(
    chromium: str,  # first, so that nothing is run where there is no browser
    finished_run: subprocess.CompletedProcess[str],
    project: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Viz]:
    """`kedro viz` on the results of a whole run, cut off from the internet."""
    log = tmp_path_factory.mktemp("viz") / "output.txt"
    command = [sys.executable, "-m", "kedro", "viz", "run", "--no-browser"]
    command += ["--host=127.0.0.1", f"--port={free_port()}", "--env=test"]
    # Kedro-viz asks PyPI for a newer version; a proxy that is not there lets that fail at once.
    offline = {"https_proxy": "http://127.0.0.1:9", "no_proxy": "127.0.0.1"}
    offline |= {name.upper(): value for name, value in offline.items()}
    with log.open("wb") as output:
        server = subprocess.Popen(
            command,
            cwd=project,
            env={**os.environ, **offline},
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # kedro-viz serves from a child, which has to end with it
        )
        try:
            yield Viz(wait_for_url(server, log), log)
        finally:
            stop(server)


def free_port() -> int:
    """Find a port that nobody listens on; kedro-viz takes none above 49,151, where systems choose theirs."""
    first = 20_000 + os.getpid() % 10_000  # so that two runs of the tests do not meet
    for port in range(first, first + 1_000):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)):
                return port
    raise OSError(f"Expected a free port from {first} to {first + 999}; found none.")


def wait_for_url(server: subprocess.Popen[bytes], log: Path) -> str:
    """Wait until kedro-viz says that it answers, and where."""
    end = time.monotonic() + START_SECONDS
    while True:
        ended = server.poll()
        output = log.read_text(encoding="utf-8", errors="replace")
        if found := re.search(r"Kedro Viz is running at\s+(http://127\.0\.0\.1:\d+/)", output):
            return found[1]
        if ended is not None or time.monotonic() > end:
            state = f"not ready after {START_SECONDS} s" if ended is None else f"ended with code {ended}"
            pytest.fail(f"kedro viz is {state}; its output ends with:\n{output[-3000:]}", pytrace=False)
        time.sleep(0.5)


def stop(server: subprocess.Popen[bytes]) -> None:
    """End kedro-viz and its child, which share a process group of their own."""
    try:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(20)
    except subprocess.TimeoutExpired:
        os.killpg(server.pid, signal.SIGKILL)
        server.wait(20)
    except ProcessLookupError:  # both have ended by themselves
        server.wait(20)


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    arguments = ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=arguments)
        yield browser
        browser.close()


@pytest.fixture(autouse=True)
def server_output(viz: Viz) -> Iterator[None]:
    """Print what the server said, which pytest shows where a test fails."""
    yield
    print(viz.log.read_text(encoding="utf-8", errors="replace")[-3000:])


@pytest.fixture
def page(viz: Viz, browser: Browser) -> Iterator[Page]:
    """A tab that reaches nothing but kedro-viz, and whose scripts must not fail."""

    def stay_here(route: Route) -> None:
        if urlsplit(route.request.url).netloc == urlsplit(viz.url).netloc:
            route.continue_()
        else:
            route.abort()

    page = browser.new_page(viewport={"width": 1600, "height": 1000})
    page.set_default_timeout(1000 * PAGE_SECONDS)
    page.route("**/*", stay_here)
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    page.close()
    assert not errors, "\n".join(errors)


@pytest.fixture(scope="module")
def project_pipelines() -> Mapping[str, Pipeline]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pipeline_registry, "CHOSEN", MODELS)
        return pipeline_registry.register_pipelines()


def open_graph(page: Page, viz: Viz, selection: str = "", pipeline: str = "__default__") -> None:
    """Open a pipeline, its namespaces folded unless they are unfolded by `selection`."""
    page.goto(f"{viz.url}?pid={pipeline}{selection}")
    page.locator(".pipeline-node").first.wait_for()


def read_nodes(page: Page, viz: Viz) -> list[dict]:
    """Ask the server for what the page draws."""
    return page.request.get(f"{viz.url}api/main").json()["nodes"]


def names_in(pipeline: Pipeline) -> list[str]:
    """Names of nodes and datasets; what is declared twice on one file, such as network@keras, is one box."""
    datasets = {name.split("@")[0] for name in pipeline.datasets() if not is_parameter(name)}
    return sorted(datasets | {node.name for node in pipeline.nodes})


def names_drawn(page: Page, viz: Viz, kinds: str) -> list[str]:
    boxes = page.locator(kinds).evaluate_all("boxes => boxes.map(box => box.dataset.id)")
    # The page itself shows only the last part of a node's name.
    names = {node["id"]: node.get("full_name") or node["name"] for node in read_nodes(page, viz)}
    return sorted(names[box] for box in boxes)


def is_parameter(name: str) -> bool:
    return name == "parameters" or name.startswith("params:")


def test_knows_every_node_and_dataset(viz: Viz, page: Page, project_pipelines: Mapping[str, Pipeline]):
    known = [node for node in read_nodes(page, viz) if node["type"] in ("task", "data")]
    names = sorted(node.get("full_name") or node["name"] for node in known)
    assert names == names_in(project_pipelines["__default__"])


# Kedro-viz takes minutes to lay out all five pipelines of all models unfolded, so each is looked at by itself, and
# reporting folded.
@pytest.mark.parametrize("name", ["data_validation", "preprocessing", "modelling", "baselines"])
def test_draws_every_node_and_dataset(
    viz: Viz, page: Page, project_pipelines: Mapping[str, Pipeline], name: str
) -> None:
    open_graph(page, viz, "&expandAllPipelines=true", pipeline=name)
    assert names_drawn(page, viz, ".pipeline-node--task, .pipeline-node--data") == names_in(project_pipelines[name])


def test_draws_a_box_for_every_model_and_for_the_report(
    viz: Viz, page: Page, project_pipelines: Mapping[str, Pipeline]
):
    open_graph(page, viz)
    models = {model.name for model in MODELS}
    assert names_drawn(page, viz, ".pipeline-node--modularPipeline") == sorted(models | {"reporting"})
    outside = [node.name for node in project_pipelines["__default__"].nodes if not node.namespace]
    assert names_drawn(page, viz, ".pipeline-node--task") == sorted(outside)


def test_layers_follow_the_flow_of_data_from_top_to_bottom(viz: Viz, page: Page):
    open_graph(page, viz)
    layers = page.locator(".pipeline-layer-name")
    layers.first.wait_for()
    assert layers.all_text_contents() == LAYERS
    tops = layers.evaluate_all("layers => layers.map(layer => layer.getBoundingClientRect().top)")
    assert tops == sorted(set(tops))


def test_shows_a_figure(viz: Viz, page: Page):
    open_graph(page, viz, "&sn=class_distribution_figure")
    image = page.locator(".pipeline-metadata__plot-image")
    width = image.evaluate("image => image.decode().then(() => image.naturalWidth)")  # fails where it is no image
    assert width > 100


def test_shows_a_table(viz: Viz, page: Page):
    open_graph(page, viz, "&sn=model_table")
    rows = page.locator(".pipeline-metadata__preview .preview-table__row")
    rows.first.wait_for()
    assert rows.count() == len(MODELS)


def test_shows_metrics(viz: Viz, page: Page):
    open_graph(page, viz, "&sn=compact_cnn_metrics")
    preview = page.locator(".pipeline-metadata__preview-json")
    preview.wait_for()
    assert "compact_cnn" in preview.text_content()


def test_every_figure_table_and_json_has_a_preview(viz: Viz, page: Page):
    nodes = [node for node in read_nodes(page, viz) if node.get("dataset_type") in (FIGURE, ATOMIC)]
    found, expected = {}, {}
    for node in nodes:
        detail = page.request.get(f"{viz.url}api/nodes/{node['id']}").json()
        found[node["name"]] = detail["preview_type"] if detail.get("preview") else None
        kind = Path(detail["filepath"]).suffix
        expected[node["name"]] = "ImagePreview" if node["dataset_type"] == FIGURE else ATOMIC_PREVIEWS.get(kind)
    assert {*ATOMIC_PREVIEWS.values(), "ImagePreview", None} == set(found.values())
    assert found == expected
