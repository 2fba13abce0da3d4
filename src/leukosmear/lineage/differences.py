"""Which values differ, and what a person is told of it."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

_SHOWN = 6  # lines of reasons
_SHOWN_VALUES = 3  # of the values of one dataset
_LENGTH = 40  # characters of a value


class LineageError(ValueError):
    """Results that do not belong together, or not to the parameters of this run."""


def differing_values(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """Say which parameters differ, such as `images.size 112 -> 96`."""
    old, new = _flatten(before), _flatten(now)
    return [
        f"{name} {_shorten(old.get(name))} -> {_shorten(new.get(name))}"
        for name in sorted(old.keys() | new.keys())
        if old.get(name) != new.get(name) or (name in old) != (name in new)
    ]


def _flatten(values: Any, name: str = "") -> dict[str, Any]:  # noqa: ANN401 - whatever JSON can hold
    if not isinstance(values, Mapping) or not values:
        return {name: values} if name else {}
    return {k: v for key, inner in values.items() for k, v in _flatten(inner, f"{name}.{key}" if name else key).items()}


def _shorten(value: Any) -> str:  # noqa: ANN401 - whatever JSON can hold
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LENGTH else f"{text[: _LENGTH - 3]}..."


def say_values(changes: Sequence[str]) -> str:
    """List changed values in a few words."""
    more = len(changes) - _SHOWN_VALUES
    return ", ".join(changes[:_SHOWN_VALUES]) + (f" and {more} more" if more > 0 else "")


def explain(reasons: Mapping[str, Sequence[str]], command: str) -> str:
    """Say in a few lines what does not belong, and what mends it.

    Args:
        reasons: By dataset, what is wrong with it; what comes first was made first.
        command: What makes all anew that is wrong.
    """
    alike: dict[str, list[str]] = {}
    for name, words in reasons.items():
        for word in words:
            alike.setdefault(word, []).append(name)
    lines = [f"- {_and_more(names)} {word}" for word, names in alike.items()]
    if len(lines) > _SHOWN:
        lines = [*lines[:_SHOWN], f"- and {len(lines) - _SHOWN} more reasons"]
    return "\n".join(
        [
            "Expected results that were made from one another, with the parameters of this run. Found:",
            *lines,
            f"Make them again: {command}",
        ]
    )


def _and_more(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1} more"


def command_for(
    nodes: Iterable[str], pipelines: Mapping[str, Sequence[str]], env: str | None, runtime_params: Mapping[str, Any]
) -> str:
    """Write the command that runs nodes again.

    Args:
        nodes: Names of the nodes.
        pipelines: By name of a pipeline, the names of its nodes; in the order in which they run.
        env: The environment of this run.
        runtime_params: What this run was given by `--params`.

    Returns:
        The command; it names up to three nodes, and of more the pipelines that they are in.
    """
    wanted = list(dict.fromkeys(nodes))
    homes = {node: next((name for name, inside in pipelines.items() if node in inside), None) for node in wanted}
    command = ["kedro run"]
    if env and env != "local":
        command.append(f"--env={env}")
    if runtime_params:
        values = _flatten(runtime_params).items()
        command.append("--params=" + ",".join(f"{name}={value}" for name, value in values))
    command.append("--pipelines=" + ",".join(name for name in pipelines if name in homes.values()))
    if len(wanted) <= 3:
        command.append("--nodes=" + ",".join(wanted))
    return " ".join(command)
