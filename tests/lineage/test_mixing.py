"""Twelve ways to mix old and new results, each refused, with the project's own nodes on copies of a finished run."""

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from kedro.framework.hooks.manager import _create_hook_manager
from kedro.framework.project import pipelines
from kedro.framework.startup import bootstrap_project
from kedro.io import DataCatalog, DatasetError
from kedro.pipeline import Pipeline
from kedro.runner import SequentialRunner
from kedro.validation.type_extractor import TypeExtractor

from conftest import configuration
from leukosmear.hooks import Lineage
from leukosmear.lineage.differences import LineageError


@cache
def configured(settings: str) -> tuple[str, dict[str, Any]]:
    """The catalog as JSON, and the parameters; read once, since that takes a second."""
    loader = configuration("test", **json.loads(settings))
    return json.dumps(loader["catalog"]), loader["parameters"]


@dataclass
class Copy:
    """A copy of the project's data after a whole run; the settings of a run are those of `--params`."""

    folder: Path

    def path(self, pattern: str) -> Path:
        (found,) = self.folder.glob(f"data/{pattern}")
        return found

    def start(self, pipeline: Pipeline, **settings: Any) -> tuple[Lineage, DataCatalog]:
        """Do what Kedro does before anything runs."""
        catalog_entries, parameters = configured(json.dumps(settings))
        catalog = DataCatalog.from_config(
            json.loads(catalog_entries.replace('"data/', f'"{self.folder.as_posix()}/data/'))
        )
        types = TypeExtractor({"this": pipeline}).extract_types_from_pipelines()
        for name in pipeline.inputs():
            if name.startswith("params:"):
                value, plain = parameters, name.removeprefix("params:")
                for part in plain.split("."):
                    value = value[part]
                kind = types.get(plain)
                catalog[name] = kind(**value) if isinstance(kind, type) and isinstance(value, dict) else value
        hook = Lineage()
        hook.after_context_created(SimpleNamespace(config_loader={"parameters": parameters}))
        run = {"project_path": self.folder.as_posix(), "env": "test", "runtime_params": settings}
        hook.before_pipeline_run(run, pipeline, catalog)
        return hook, catalog

    def run(self, pipeline: Pipeline, **settings: Any) -> None:
        hook, catalog = self.start(pipeline, **settings)
        manager = _create_hook_manager()
        manager.register(hook)
        SequentialRunner().run(pipeline, catalog, manager)


@pytest.fixture(scope="module", autouse=True)
def _project(project: Path) -> None:
    bootstrap_project(project)


def copy_file(source: str, target: str) -> None:
    """Copy a file; a large network, which no test changes, is linked where it is on the same disk."""
    if os.path.getsize(source) > 10_000_000:
        try:
            os.link(source, target)
        except OSError:
            pass
        else:
            return
    shutil.copy2(source, target)


@pytest.fixture
def copy(project: Path, finished_run: subprocess.CompletedProcess[str], tmp_path: Path) -> Copy:
    for layer in (project / "data").iterdir():
        for name in ("test", "sample"):
            if (layer / name).is_dir() and (name == "test" or layer.name == "01_raw"):
                shutil.copytree(layer / name, tmp_path / "data" / layer.name / name, copy_function=copy_file)
    return Copy(tmp_path)


def nodes(*names: str) -> Pipeline:
    return pipelines["__default__"].filter(node_names=list(names))


def replace_files_after_the_gate(copy: Copy) -> None:
    for path in sorted(copy.folder.glob("data/01_raw/sample/Early/*.jpg"))[:6]:
        content = bytearray(path.read_bytes())
        content[-20] ^= 1  # of the same size
        path.write_bytes(content)
    copy.run(nodes("make_model_images"))


def exchange_files_between_classes(copy: Copy) -> None:
    one, other = (sorted(copy.folder.glob(f"data/01_raw/sample/{name}/*.jpg"))[:12] for name in ("Early", "Pre"))
    for first, second in zip(one, other, strict=True):
        mine, theirs = first.read_bytes(), second.read_bytes()
        first.write_bytes(theirs)
        second.write_bytes(mine)
    copy.run(nodes("make_model_images"))


def bring_a_new_table_of_patients(copy: Copy) -> None:
    table = copy.folder / "patients.csv"
    table.write_text("image_id,patient_id\nEarly/synthetic-early-001,7\n", encoding="utf-8")
    copy.start(pipelines["modelling"], patients=table.as_posix())


def split_otherwise_and_report(copy: Copy) -> None:
    copy.run(nodes("deal_splits", "choose_split"), split={"train": 0.6})
    copy.start(pipelines["reporting"])


def train_on_images_of_another_size(copy: Copy) -> None:
    copy.run(nodes("plan_images", "make_model_images"), images={"size": 48})
    copy.start(pipelines["modelling"])


def report_what_was_trained_otherwise(copy: Copy) -> None:
    copy.start(pipelines["reporting"], compact_cnn={"training": {"epochs": 1}})


def copy_predictions_of_another_fold(copy: Copy) -> None:
    here = copy.path("07_model_output/test/random/fold0-seed*/knn")
    copy.run(nodes("choose_split", "knn.fit_estimator", "knn.apply_estimator"), fold=1)
    there = copy.path("07_model_output/test/random/fold1-seed*/knn")
    shutil.rmtree(here)
    shutil.copytree(there, here)  # the hidden record, too
    copy.start(pipelines["reporting"])


def validate_anew_and_train(copy: Copy) -> None:
    anew = pipelines["data_validation"].from_nodes("complete_inventory") + nodes("list_limits")
    copy.run(anew, acquisitions={"images_per_block": 10})
    copy.start(pipelines["modelling"], acquisitions={"images_per_block": 10})


def measure_features_otherwise_and_fit(copy: Copy) -> None:
    copy.run(nodes("plan_images", "make_model_images", "make_features"), features={"size": 64})
    copy.start(nodes("knn.fit_estimator"))


def replace_a_network_and_export(copy: Copy) -> None:
    models = copy.path("06_models/test/random/fold0-seed*")
    shutil.copy(models / "paper_cnn/network.keras", models / "compact_cnn/network.keras")
    copy.start(pipelines["export"])


def replace_a_partition(copy: Copy) -> None:
    partition = sorted(copy.folder.glob("data/03_primary/test/model_images/*.npz"))[-1]
    partition.write_bytes(partition.read_bytes() + b"\0")
    copy.start(pipelines["modelling"])


def preprocess_beside_a_training(copy: Copy) -> None:
    hook, _ = copy.start(pipelines["modelling"])
    copy.run(nodes("deal_splits", "choose_split"), split={"train": 0.6})
    hook.before_dataset_loaded("split", nodes("compact_cnn.train_network").nodes[0])


ANOTHER_CONTENT = "as data validation accepted it. Found: another content"
WAYS: list[tuple[Callable[[Copy], None], str]] = [
    (replace_files_after_the_gate, ANOTHER_CONTENT),
    (exchange_files_between_classes, ANOTHER_CONTENT),
    (bring_a_new_table_of_patients, "image_inventory, comparison_checks: made from another patient_ids"),
    (split_otherwise_and_report, "splits, split: made with other parameters, split.train 0.6 -> 0.7"),
    (train_on_images_of_another_size, "preparations, model_images: made with other parameters, images.size 48 -> 32"),
    (report_what_was_trained_otherwise, "made with other parameters, compact_cnn.training.epochs 2 -> 1"),
    (copy_predictions_of_another_fold, "knn_predictions, knn_milliseconds: made from another split"),
    (validate_anew_and_train, "splits: made from another accepted_images"),
    (measure_features_otherwise_and_fit, "made with other parameters, features.size 64 -> 96"),
    (replace_a_network_and_export, "compact_cnn_network: not what compact_cnn.train_network saved"),
    (replace_a_partition, "model_images: not what make_model_images saved"),
    (preprocess_beside_a_training, "splits, split: made with other parameters, split.train 0.6 -> 0.7"),
]


@pytest.mark.parametrize(("mix", "words"), WAYS, ids=[mix.__name__ for mix, _ in WAYS])
def test_mixing_old_and_new_results_is_refused(copy: Copy, mix: Callable[[Copy], None], words: str) -> None:
    with pytest.raises((LineageError, DatasetError)) as refusal:
        mix(copy)
    print(refusal.value)
    assert words in str(refusal.value)
    if isinstance(refusal.value, LineageError):
        *_, mending = str(refusal.value).splitlines()
        assert mending.startswith("Make them again: kedro run --env=test ")


def test_what_belongs_together_is_read_by_every_pipeline(copy: Copy) -> None:
    for pipeline in pipelines.values():
        copy.start(pipeline)


def test_equal_data_made_again_invalidate_nothing(copy: Copy) -> None:
    copy.run(pipelines["data_validation"].to_outputs("accepted_images"))
    copy.run(pipelines["preprocessing"].to_outputs("split", "model_images", "cell_features"))
    copy.start(pipelines["reporting"])
