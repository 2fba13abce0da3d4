"""What a run leaves beside its results, and what a later one refuses; with a project of four nodes."""

import hashlib
import logging
import shutil
from pathlib import Path

import pandas as pd
import pytest
from kedro.runner import ThreadRunner

from leukosmear.lineage.differences import LineageError
from lineage.two_steps import PIPELINES, Project, make_project


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    made = make_project(tmp_path, monkeypatch)
    made.run()
    return made


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def refusal(project: Project, *pipelines: str) -> str:
    with pytest.raises(LineageError) as caught:
        project.run(*pipelines)
    return str(caught.value)


def test_a_record_says_what_a_result_was_made_from(project: Project) -> None:
    assert project.record("table.csv") == {
        "sha256": sha256(project.folder / "table.csv"),
        "node": "clean",
        "inputs": {"raw": sha256(project.folder / "raw.csv")},
        "parameters": {"cleaning": {"at_least": 2}},
        "version": project.record("page.html")["version"],
    }
    fitted = project.record("models/model.txt")
    assert fitted["inputs"] == {"table": sha256(project.folder / "table.csv")}
    assert fitted["parameters"] == {"fitting": {"epochs": 20, "cleaning": {"at_least": 2}}}
    # What stands there for the order alone is no input, and of what is in memory only that which it was made from.
    assert project.record("page.html")["inputs"].keys() == {"model", "table"}
    assert project.record("page.html")["parameters"] == {"title": "T"}


def test_what_belongs_together_is_read(project: Project) -> None:
    for name in PIPELINES:
        project.run(name)


def test_equal_data_made_again_invalidate_nothing(project: Project) -> None:
    project.run("cleaning")
    project.run("reporting")


def test_effort_does_not_count(project: Project) -> None:
    project.parameters["cleaning"]["workers"] = 8
    project.run("reporting")


def test_a_moved_project_still_belongs(project: Project, tmp_path_factory: pytest.TempPathFactory) -> None:
    moved = tmp_path_factory.mktemp("moved") / "project"
    shutil.copytree(project.folder, moved)
    Project(moved).run("reporting")


def test_another_parameter_is_named_with_both_values_and_what_mends_it(project: Project) -> None:
    project.parameters["cleaning"]["at_least"] = 3
    assert refusal(project, "reporting").splitlines() == [
        "Expected results that were made from one another, with the parameters of this run. Found:",
        "- table: made with other parameters, cleaning.at_least 2 -> 3",
        "Make them again: kedro run --env=test --pipelines=cleaning,fitting,export --nodes=clean,fit,export",
    ]
    project.run("cleaning", "fitting", "export")
    project.run("reporting")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        pytest.param(
            lambda folder: (folder / "raw.csv").write_text("x\n3\n2\n1\n"), "table: made from another raw", id="raw"
        ),
        pytest.param(
            lambda folder: (folder / "table.csv").write_text("x\n3\n3\n"),
            "table: not what clean saved; something else was put in its place",
            id="the same number of bytes",
        ),
        pytest.param(
            lambda folder: (folder / "models/.model.txt.made_from.json").unlink(),
            "model: nothing says what it was made from",
            id="no record",
        ),
        pytest.param(
            lambda folder: (folder / "models/.model.txt.made_from.json").write_text("{"),
            "model: nothing says what it was made from",
            id="a broken record",
        ),
    ],
)
def test_what_was_exchanged_is_refused_before_anything_runs(project: Project, change, words: str) -> None:
    before = (project.folder / "page.html").stat().st_mtime_ns
    change(project.folder)
    assert f"- {words}" in refusal(project, "reporting").splitlines()
    assert (project.folder / "page.html").stat().st_mtime_ns == before


def test_a_result_made_anew_makes_those_after_it_stale_and_removes_those_beside_it(
    project: Project, caplog: pytest.LogCaptureFixture
) -> None:
    project.parameters["fitting"]["epochs"] = 2
    with caplog.at_level(logging.DEBUG, logger="leukosmear"):
        project.run("fitting")
    assert [record.getMessage() for record in caplog.records if record.name.startswith("leukosmear")] == [
        "fit replaces model@text, which was made with other parameters, fitting.epochs 20 -> 2",
        "Removed model.bin, which was made from the model@text before",
    ]
    assert sorted(path.name for path in (project.folder / "models").iterdir()) == [
        ".model.txt.made_from.json",
        "model.txt",
    ]
    assert project.record("page.html")["inputs"]["model"] != project.record("models/model.txt")["sha256"]


def test_a_whole_run_says_once_what_it_replaces(project: Project, caplog: pytest.LogCaptureFixture) -> None:
    pd.DataFrame({"x": [4]}).to_csv(project.folder / "raw.csv", index=False)
    with caplog.at_level(logging.WARNING, logger="leukosmear"):
        project.run()
    assert caplog.messages == ["clean replaces table, which was made from another raw"]


def test_what_a_second_run_changes_during_a_run_is_refused_when_it_is_loaded(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Project(project.folder)
    other.parameters["cleaning"]["at_least"] = 3
    catalog = project.catalog

    def catalog_that_another_run_disturbs():
        found = catalog()
        load = found.load

        def disturbed(name: str, *rest: object) -> object:
            if name == "params:fitting":  # after the table was loaded
                other.run("cleaning")
            return load(name, *rest)

        monkeypatch.setattr(found, "load", disturbed)
        return found

    monkeypatch.setattr(project, "catalog", catalog_that_another_run_disturbs)
    with pytest.raises(LineageError, match=r"table: made with other parameters, cleaning.at_least 3 -> 2"):
        project.run("fitting", "export")


def test_what_is_made_in_threads_is_recorded(project: Project) -> None:
    for path in project.folder.rglob(".*.made_from.json"):
        path.unlink()
    project.run(runner=ThreadRunner(max_workers=2))
    project.run("reporting")


def test_a_run_without_hooks_leaves_what_is_refused(project: Project) -> None:
    project.parameters["fitting"]["epochs"] = 3
    catalog = project.catalog()
    from kedro.runner import SequentialRunner

    SequentialRunner().run(PIPELINES["fitting"], catalog)  # as a spawned worker does
    assert "- model: not what fit saved; something else was put in its place" in refusal(project, "reporting")


def test_inputs_that_were_removed_are_believed(project: Project) -> None:
    (project.folder / "table.csv").unlink()
    project.run("export")


def test_only_missing_outputs_are_made(project: Project) -> None:
    page = project.folder / "page.html"
    page.unlink()
    before = project.record("table.csv"), (project.folder / "table.csv").stat().st_mtime_ns
    from kedro.runner import SequentialRunner

    class OnlyMissing(SequentialRunner):
        def run(self, *arguments: object, **options: object) -> object:
            return super().run(*arguments, only_missing_outputs=True, **options)

    project.run(runner=OnlyMissing())
    assert page.is_file()
    assert (project.record("table.csv"), (project.folder / "table.csv").stat().st_mtime_ns) == before
    page.unlink()
    project.parameters["fitting"]["epochs"] = 2
    with pytest.raises(LineageError, match="epochs 20 -> 2"):
        project.run(runner=OnlyMissing())
