"""A project of a few nodes: a table is cleaned, a model is fitted to it, exported beside it, and reported."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest
from kedro.io import DataCatalog
from kedro.pipeline import Node, Pipeline
from kedro.runner import SequentialRunner
from pydantic import Field

from leukosmear.hooks import lineage
from leukosmear.parameters import Parameters


class Cleaning(Parameters):
    """How the table is cleaned."""

    at_least: int = Field(default=2, description="smallest value that is kept")
    workers: int = Field(default=1, description="processes", json_schema_extra={"effort": True})


class Fitting(Parameters):
    """How the model is fitted."""

    epochs: int = Field(default=20, description="how long")
    cleaning: Cleaning = Field(default=Cleaning(), description="a block inside of a block")


def clean(table: pd.DataFrame, cleaning: Cleaning) -> pd.DataFrame:
    return table[table["x"] >= cleaning.at_least]


def fit(table: pd.DataFrame, fitting: Fitting) -> str:
    return f"{table['x'].sum()} after {fitting.epochs}"


def export(model: str, title: str) -> bytes:
    return f"{title}: {model}".encode()


def word(table: pd.DataFrame, title: str) -> str:
    return f"{title}: {len(table)}"


def report(model: str, line: str, _exported: bytes) -> str:
    return f"<p>{line}: {model}"


CLEANING = Pipeline([Node(clean, ["raw", "params:cleaning"], "table", name="clean")])
FITTING = Pipeline([Node(fit, ["table", "params:fitting"], "model@text", name="fit")])
EXPORT = Pipeline([Node(export, ["model@text", "params:title"], "exported", name="export")])
REPORT = Pipeline(
    [
        Node(word, ["table", "params:title"], "line", name="word"),  # in memory
        Node(report, ["model@text", "line", "exported"], "page", name="report"),
    ]
)
PIPELINES = {"cleaning": CLEANING, "fitting": FITTING, "export": EXPORT, "reporting": REPORT}
PIPELINES["__default__"] = sum(PIPELINES.values(), Pipeline([]))


@dataclass
class Project:
    """The folder of such a project, and the parameters of its next run."""

    folder: Path
    parameters: dict[str, Any] = field(
        default_factory=lambda: {"cleaning": {"at_least": 2}, "fitting": {"epochs": 20}, "title": "T"}
    )

    def catalog(self) -> DataCatalog:
        def atomic(dataset: object, path: str) -> dict[str, Any]:
            kind = "leukosmear.datasets.atomic.AtomicDataset"
            return {"type": kind, "dataset": dataset, "filepath": str(self.folder / path)}

        entries = {
            "raw": {"type": "pandas.CSVDataset", "filepath": str(self.folder / "raw.csv")},
            "table": atomic({"type": "pandas.CSVDataset", "save_args": {"index": False}}, "table.csv"),
            "model@text": atomic("text.TextDataset", "models/model.txt")
            | {"metadata": {"kedro-viz": {"layer": "models"}}},
            "exported": {
                "type": "leukosmear.datasets.binary.BytesDataset",
                "filepath": str(self.folder / "models/model.bin"),
            },
            "page": atomic("text.TextDataset", "page.html"),
        }
        catalog = DataCatalog.from_config(entries)
        catalog["params:cleaning"] = Cleaning(**self.parameters["cleaning"])
        catalog["params:fitting"] = Fitting(**self.parameters["fitting"])
        catalog["params:title"] = self.parameters["title"]
        return catalog

    def run(self, *names: str, runner: Any = None, hook: lineage.Lineage | None = None) -> lineage.Lineage:
        """Run pipelines as Kedro does, in a process of its own as far as hashes are concerned."""
        hook = hook or lineage.Lineage()
        pipeline = sum((PIPELINES[name] for name in names or ["__default__"]), Pipeline([]))
        catalog = self.catalog()
        hook.after_context_created(SimpleNamespace(config_loader={"parameters": self.parameters}))
        hook.before_pipeline_run({"project_path": str(self.folder), "env": "test"}, pipeline, catalog)
        manager = _manager(hook)
        (runner or SequentialRunner()).run(pipeline, catalog, manager)
        return hook

    def record(self, path: str) -> dict[str, Any]:
        file = self.folder / path
        return json.loads(file.with_name(f".{file.name}.made_from.json").read_text(encoding="utf-8"))


def _manager(hook: object):
    from kedro.framework.hooks.manager import _create_hook_manager

    manager = _create_hook_manager()
    manager.register(hook)
    return manager


def make_project(folder: Path, patch: pytest.MonkeyPatch) -> Project:
    patch.setattr(lineage, "pipelines", PIPELINES)
    pd.DataFrame({"x": [1, 2, 3]}).to_csv(folder / "raw.csv", index=False)
    return Project(folder)
