"""What the command line says of a mistake, and what it keeps to itself."""

from collections.abc import Callable
from pathlib import Path

import click
import pytest
from kedro.framework.cli.project import run as kedro_run
from kedro.framework.cli.utils import find_run_command
from kedro.io import DataCatalog, DatasetError

from leukosmear import cli
from leukosmear.cli import check_environment, is_for_people
from leukosmear.datasets.image_folder import ImageFolderDataset
from leukosmear.parameters.base import look_up


def test_both_commands_run_the_project_by_the_same_options() -> None:
    command = find_run_command("leukosmear")
    assert command is cli.cli.commands["run"] is cli.run
    assert {option.name for option in command.params} == {option.name for option in kedro_run.params} | {"verbose"}
    with pytest.raises(SystemExit) as refusal:
        command(["--env=tets"], standalone_mode=True)
    assert refusal.value.code == 2


def raised(call: Callable[[], object]) -> Exception:
    with pytest.raises((ValueError, KeyError, DatasetError)) as caught:
        call()
    return caught.value


def test_errors_that_the_project_raises_are_for_people_and_those_that_happen_to_it_are_not(tmp_path: Path) -> None:
    missing = ImageFolderDataset(path=str(tmp_path / "nowhere"))
    assert is_for_people(raised(missing.load))
    assert is_for_people(raised(lambda: DataCatalog().load("unknown")))
    assert not is_for_people(raised(lambda: look_up({}, "images.size")))
    assert not is_for_people(raised(lambda: int("three")))


@pytest.mark.parametrize(
    ("name", "message"),
    [("tset", r"one of local, test\. Found 'tset' \(did you mean 'test'\?\)"), ("x", "Found 'x'\\.")],
)
def test_environments_that_do_not_exist_are_named_beside_those_that_do(tmp_path: Path, name: str, message: str) -> None:
    for folder in ("base", "local", "test"):
        (tmp_path / folder).mkdir()
    check_environment("test", tmp_path)
    check_environment(None, tmp_path)
    check_environment("any", tmp_path / "elsewhere")
    with pytest.raises(click.UsageError, match=message):
        check_environment(name, tmp_path)
