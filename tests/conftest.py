"""What tests of several parts share: tiny images, folders of them, and the project itself."""

import io
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pytest
from kedro.framework.session import KedroSession
from kedro.framework.startup import bootstrap_project
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from leukosmear.configuration import ConfigLoader
from leukosmear.datasets.image_folder import ImageFolder
from leukosmear.models import CHOSEN, MODELS
from leukosmear.parameters import (
    AcquisitionParameters,
    DuplicateParameters,
    QualityParameters,
    SameFieldParameters,
    ValidationParameters,
)
from leukosmear.pipelines.data_validation import nodes
from leukosmear.resemblance.duplicates import find_duplicates
from leukosmear.resemblance.field_pairs import find_same_fields
from leukosmear.resemblance.quality import measure_aspect
from leukosmear.schemas import Splits
from leukosmear.settings import CONFIG_LOADER_ARGS, CONFIG_LOADER_CLASS

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

PROJECT = Path(__file__).parents[1]
REAL_IMAGES = Path(os.environ.get("PBS_DATA_DIR", PROJECT.parent / "shared" / "pbs" / "Original"))


def configuration(environment: str, **runtime_params: object) -> ConfigLoader:
    """The project's configuration as a run in an environment sees it."""
    return _configuration(environment, json.dumps(runtime_params), os.environ.get("PBS_DATA_DIR"))


@cache
def _configuration(environment: str, runtime_params: str, _place: str | None) -> ConfigLoader:
    """Read a configuration once: what it gives away are copies."""
    given = json.loads(runtime_params)
    return CONFIG_LOADER_CLASS(str(PROJECT / "conf"), env=environment, runtime_params=given, **CONFIG_LOADER_ARGS)


def pytest_itemcollected(item: pytest.Item) -> None:
    """Where tests run in several processes, keep those together that share something expensive.

    Those of one file share its fixtures. All that look at the finished run share that.
    """
    item.add_marker(pytest.mark.xdist_group("run" if "finished_run" in item.fixturenames else item.path.name))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest, so that no process waits for it at the end."""
    items.sort(key=lambda item: "finished_run" not in item.fixturenames)


@pytest.fixture(scope="session")
def project() -> Path:
    """The project's own folder."""
    return PROJECT


@pytest.fixture(scope="session")
def real_images() -> Path:
    """The real data set, where it is there."""
    if not REAL_IMAGES.is_dir():
        pytest.skip(f"the real images are not at {REAL_IMAGES}; set PBS_DATA_DIR to their folder")
    return REAL_IMAGES


def kedro(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a Kedro command in the project's folder, as a user would."""
    return subprocess.run(
        [sys.executable, "-m", "kedro", *arguments],
        cwd=PROJECT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


class Apart:
    """Runs of the project in this process, of the environment `test`, its results in folders that no other test reads.

    Args:
        folder: A folder to copy the configuration to.
        environment: Name of the folders of the results.
    """

    def __init__(self, folder: Path, environment: str) -> None:
        self.environment, self.conf = environment, folder / "conf"
        shutil.copytree(PROJECT / "conf", self.conf)
        settings = self.conf / "test/globals.yml"
        settings.write_text(settings.read_text().replace("environment: test\n", f"environment: {environment}\n"))
        bootstrap_project(PROJECT)

    def run(self, pipelines: str, to_outputs: str = "", **runtime_params: object) -> None:
        """Do what `kedro run --pipelines=... --to-outputs=... --params=...` does."""
        session = KedroSession.create(PROJECT, env="test", conf_source=str(self.conf), runtime_params=runtime_params)
        with session:
            session.run(pipeline_names=pipelines.split(","), to_outputs=to_outputs.split(",") if to_outputs else None)

    def path(self, layer: str) -> Path:
        """The folder of its results below a layer of `data/`."""
        return PROJECT / "data" / layer / self.environment


@pytest.fixture(scope="module")
def apart(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Apart]:
    """Such runs of one module of tests, whose results are removed after it."""
    runs = Apart(tmp_path_factory.mktemp("apart"), Path(request.node.name).stem)
    yield runs
    for path in PROJECT.glob(f"data/*/{runs.environment}"):
        shutil.rmtree(path)
    register_all_models()


def register_all_models() -> None:
    """Forget which models a run in this process has left out."""
    CHOSEN[:] = MODELS
    bootstrap_project(PROJECT)


@pytest.fixture(scope="session")
def finished_run() -> subprocess.CompletedProcess[str]:
    """Everything and all folds, on the embedded sample, with the parameters of conf/test; results in data/*/test."""
    run = kedro("run", "--env=test", "--pipelines=__default__,cross_validation")
    assert run.returncode == 0, run.stdout[-3000:] + run.stderr[-3000:]
    return run


def encode(image: Image.Image, file_format: str = "PNG", **options: object) -> bytes:
    """The bytes of an image file."""
    buffer = io.BytesIO()
    image.save(buffer, file_format, **options)
    return buffer.getvalue()


def plain(colour: tuple[int, int, int] = (200, 150, 180), size: tuple[int, int] = (24, 24)) -> bytes:
    """A PNG of one colour."""
    return encode(Image.new("RGB", size, colour))


def noisy(seed: int, size: tuple[int, int] = (24, 24)) -> bytes:
    """A PNG that looks like no other."""
    pixels = np.random.default_rng(seed).integers(0, 256, (*size[::-1], 3), np.uint8)
    return encode(Image.fromarray(pixels))


class Examined(NamedTuple):
    """What the data gate says of a folder."""

    inventory: pd.DataFrame
    duplicate_pairs: pd.DataFrame
    same_field_pairs: pd.DataFrame
    report: dict[str, Any]

    def verdict_of(self, check: str) -> dict[str, Any]:
        return next(line for line in self.report["checks"] if line["check"] == check)

    def admit(self) -> pd.DataFrame:
        return nodes.admit_images(self.inventory, self.report, "")


def examine(
    images: ImageFolder,
    archive: pd.DataFrame | None = None,
    patients: pd.DataFrame | None = None,
    smears: pd.DataFrame | None = None,
    validation: ValidationParameters | None = None,
    environment: str = "local",
) -> Examined:
    """The data gate's nodes by hand, with the parameters of an environment where none are given."""
    blocks = configuration(environment)["parameters"]
    validation = validation or ValidationParameters(**blocks["data_validation"])
    quality = QualityParameters(**blocks["quality"])
    archive = pd.DataFrame({"name": [], "n_bytes": []}) if archive is None else archive
    patients = pd.DataFrame({"image_id": [], "patient_id": []}) if patients is None else patients
    smears = pd.DataFrame({"image_id": [], "smear_id": []}) if smears is None else smears
    measurements, thumbnails = nodes.measure_files(images, validation)
    duplicates = find_duplicates(measurements, DuplicateParameters(**blocks["duplicates"]))
    same_fields = find_same_fields(thumbnails, measurements, SameFieldParameters(**blocks["same_field"]))
    inventory = nodes.complete_inventory(
        measurements,
        duplicates,
        same_fields,
        patients,
        smears,
        AcquisitionParameters(**blocks["acquisitions"]),
        quality,
    )
    classes = nodes.count_classes(inventory, images, validation)
    aspect = measure_aspect(thumbnails, measurements, quality)
    file_checks = nodes.check_files(inventory, images, archive, classes, validation)
    comparison_checks = nodes.check_comparisons(inventory, duplicates, same_fields, patients, smears, aspect)
    report = nodes.report_verdicts(inventory, classes, file_checks, comparison_checks)
    return Examined(inventory, duplicates, same_fields, report)


def write_folder(root: Path, files: Mapping[str, bytes]) -> Path:
    """Write files below a folder, by name."""
    for name, data in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return root


def partitions(pixels: np.ndarray, image_ids: list[str], step: int = 3) -> dict[str, Callable[[], dict]]:
    """Model images in partitions of `step`, as the catalog loads them."""
    return {
        f"{start:07d}": lambda start=start: {
            "image_id": np.array(image_ids[start : start + step]),
            "pixels": pixels[start : start + step],
        }
        for start in range(0, len(image_ids), step)
    }


def as_split(table: pd.DataFrame, **columns: object) -> pd.DataFrame:
    """A table of images as a split: the columns that it lacks say that each image is a field of its own.

    Args:
        table: Columns `image_id`, `label`, and what else is known.
        **columns: What takes the place of those below.
    """
    own = {
        "protocol": "random",
        "fold": 0,
        "seed": 0,
        "field_id": table["image_id"],
        "acquisition_id": table["image_id"],
    }
    own |= {"stream_id": table["label"], "side": "test"} | {name: table[name] for name in table} | columns
    return pd.DataFrame({name: own[name] for name in Splits.to_schema().columns})


@pytest.fixture
def two_colours() -> tuple[dict[str, Callable[[], dict]], pd.DataFrame]:
    """Sixteen noisy 16 x 16 images, blue ones ("A") and yellow ones ("B"), with their split."""
    generator = np.random.default_rng(0)
    image_ids = [f"{label}/{index}" for label in "AB" for index in range(8)]
    base = np.where(np.array([name[0] == "A" for name in image_ids])[:, None], [[40, 60, 200]], [[210, 200, 60]])
    pixels = np.clip(base[:, None, None] + generator.normal(0, 10, (16, 16, 16, 3)), 0, 255).astype(np.uint8)
    manifest = pd.DataFrame(
        {
            "image_id": image_ids,
            "label": [name[0] for name in image_ids],
            "side": (["train"] * 4 + ["validation"] * 2 + ["test"] * 2) * 2,
        }
    )
    return partitions(pixels, image_ids), as_split(manifest)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The system's Chromium."""
    names = ("chromium", "chromium-browser", "google-chrome")
    found = next(filter(None, map(shutil.which, names)), None)
    if found is None:
        pytest.skip(f"no browser to open pages in: found none of {', '.join(names)}")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(params=[1280, 360], ids=lambda width: f"{width} px")
def tab(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Page]:
    """A tab on a screen and on a phone, which reaches nothing but files, and whose console must stay empty."""
    tab = browser.new_page(viewport={"width": request.param, "height": 800})
    complaints: list[str] = []
    tab.on("console", lambda message: complaints.append(message.text))
    tab.on("pageerror", lambda error: complaints.append(str(error)))
    tab.on("request", lambda sent: None if sent.url.startswith(("file:", "data:")) else complaints.append(sent.url))
    yield tab
    tab.close()
    assert not complaints, "\n".join(complaints)


def assert_fits(tab: Page) -> None:
    """Nothing on the page is wider than the window."""
    assert tab.evaluate("document.documentElement.scrollWidth") <= tab.evaluate("innerWidth")
