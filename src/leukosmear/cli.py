"""`kedro run` of this project: Kedro's own, which says in a few lines what a mistake is."""

import difflib
import linecache
import logging
import sys
import traceback
from pathlib import Path
from typing import Any

import click
import kedro
from kedro.framework.cli.project import run as kedro_run

import leukosmear

_AT_HOME = (*leukosmear.__path__, *kedro.__path__)


@click.group(name="leukosmear")
def cli() -> None:
    """Take commands of the project over Kedro's own."""


def run_project(verbose: bool, **options: Any) -> Any:  # noqa: ANN401 - those of `kedro run`
    """Run the pipelines, as `kedro run` does.

    Args:
        verbose: Log what Kedro does, and show where an error arose.
        **options: Those of Kedro's command.

    Returns:
        The outputs that the catalog does not know.
    """
    if verbose:
        for name in ("kedro", "kedro.runner.sequential_runner"):  # which conf/logging.yml keeps quiet
            logging.getLogger(name).setLevel(logging.INFO)
    check_environment(options["env"], Path(options["conf_source"] or "conf"))
    try:
        return kedro_run.callback(**options)  # type: ignore[misc] # a command may lack one
    except click.ClickException:
        raise
    except Exception as error:
        if verbose or not is_for_people(error):
            raise
        click.secho(f"\n{error}", err=True, fg="red" if sys.stderr.isatty() else None)
        click.echo("(kedro run --verbose shows where this arose)", err=True)
        sys.exit(1)


def check_environment(name: str | None, conf: Path) -> None:
    """Check that an environment exists.

    Args:
        name: That of `--env`; None if there was none.
        conf: The folder of the configuration; where it is none of this machine, Kedro checks.

    Raises:
        UsageError: If it has no folder.
    """
    if name is None or not conf.is_dir() or (conf / name).is_dir():
        return
    known = sorted(path.name for path in conf.iterdir() if path.is_dir() and path.name != "base")
    close = difflib.get_close_matches(name, known, n=1)
    hint = f" (did you mean '{close[0]}'?)" if close else ""
    raise click.UsageError(f"Expected --env to be one of {', '.join(known)}. Found '{name}'{hint}.")


def is_for_people(error: Exception) -> bool:
    """Tell whether an error says what is wrong: this project or Kedro raised it on purpose.

    Args:
        error: What ended a run.
    """
    *_, (frame, line) = traceback.walk_tb(error.__traceback__)
    file = frame.f_code.co_filename
    return file.startswith(_AT_HOME) and linecache.getline(file, line).lstrip().startswith("raise ")


_VERBOSE = click.Option(["--verbose"], is_flag=True, help="Log what Kedro does, and show where an error arose.")

# Kedro looks for the command by this name.
run = click.Command("run", callback=run_project, params=[*kedro_run.params, _VERBOSE], help=kedro_run.help)
cli.add_command(run)
