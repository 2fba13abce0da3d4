"""The notebooks run on the results of a run, and are kept without outputs."""

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

CELL_SECONDS = 300
NOTEBOOKS = sorted((Path(__file__).parents[2] / "notebooks").glob("*.ipynb"))


@pytest.fixture(params=NOTEBOOKS, ids=lambda path: path.stem)
def notebook(request: pytest.FixtureRequest) -> nbformat.NotebookNode:
    return nbformat.read(request.param, as_version=4)


def test_there_are_notebooks():
    assert NOTEBOOKS


def test_is_kept_without_outputs(notebook: nbformat.NotebookNode):
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [cell.source for cell in cells if cell.outputs or cell.execution_count is not None] == []


def test_says_what_it_is_not_for(notebook: nbformat.NotebookNode):
    assert "For research use; not a medical device." in notebook.cells[0].source


@pytest.mark.usefixtures("finished_run")
def test_runs(notebook: nbformat.NotebookNode, project: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("LEUKOSMEAR_ENV", "test")
    folder = {"metadata": {"path": str(project / "notebooks")}}
    NotebookClient(notebook, timeout=CELL_SECONDS, kernel_name="python3", resources=folder).execute()
    pictures = [
        output
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if {"image/png", "image/svg+xml"} & set(output.get("data", {}))
    ]
    assert len(pictures) >= 3
