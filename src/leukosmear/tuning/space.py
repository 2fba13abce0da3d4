"""The search space: from what a study stores to parameters that a network can be trained with."""

import json
from collections.abc import Mapping
from copy import deepcopy
from typing import TYPE_CHECKING, Any, NamedTuple

from pydantic import ValidationError

from leukosmear.parameters import AugmentationParameters, NetworkParameters, TrainingParameters
from leukosmear.parameters.tuning import SearchedParameter, TuningParameters

if TYPE_CHECKING:
    import optuna

# Digits of a searched number: more would make no difference, and be hard to read.
DIGITS = 3


class Blocks(NamedTuple):
    """The parameters that a network is trained with."""

    network: NetworkParameters
    training: TrainingParameters
    augmentation: AugmentationParameters


def suggest(searched: SearchedParameter, trial: "optuna.Trial") -> Any:  # noqa: ANN401 - whatever the parameter takes
    """Let a study choose a value."""
    if searched.choices is not None:
        stored = trial.suggest_categorical(searched.path, [_label(choice) for choice in searched.choices])
    elif isinstance(searched.low, int) and isinstance(searched.high, int):
        stored = trial.suggest_int(searched.path, searched.low, searched.high, log=searched.log)
    else:
        stored = trial.suggest_float(searched.path, float(searched.low), float(searched.high), log=searched.log)  # type: ignore[arg-type]
    return decode(searched, stored)


def decode(searched: SearchedParameter, stored: object) -> Any:  # noqa: ANN401
    """Turn what a study stores into the value of the parameter."""
    if searched.choices is not None:
        return next(choice for choice in searched.choices if _label(choice) == stored)
    return float(f"{stored:.{DIGITS}g}") if isinstance(stored, float) else stored


def _label(choice: object) -> Any:  # noqa: ANN401
    """Write a choice as something that a study can store: lists and blocks become text."""
    return json.dumps(choice) if isinstance(choice, list | tuple | dict) else choice


def configured(blocks: Blocks, tuning: TuningParameters) -> dict[str, Any]:
    """Find the configured parameters in the search space.

    Returns:
        What a study stores of each searched parameter; none where the configured value lies outside of the space.
    """
    dumped = {name: block.model_dump() for name, block in blocks._asdict().items()}
    stored = {}
    for searched in tuning.space:
        value = _at(dumped, searched.path)
        if searched.choices is not None:
            same = [choice for choice in searched.choices if _agrees(value, choice)]
            if same:
                # The choice that names most of the block.
                stored[searched.path] = max((_label(choice) for choice in same), key=lambda label: len(str(label)))
        elif value is not None and searched.low <= value <= searched.high:
            whole = isinstance(searched.low, int) and isinstance(searched.high, int)
            stored[searched.path] = round(value) if whole else float(value)
    return stored


def _at(values: Any, path: str) -> Any:  # noqa: ANN401
    """Return what stands at a path, or None."""
    for part in path.split("."):
        values = values.get(part) if isinstance(values, dict) else None
    return values


def _agrees(value: object, choice: object) -> bool:
    """Tell whether a choice would leave a value as it is."""
    if isinstance(value, dict) and isinstance(choice, dict):
        return all(key in value and _agrees(value[key], inner) for key, inner in choice.items())
    return isinstance(value, bool) == isinstance(choice, bool) and value == choice


def nest(values: Mapping[str, Any]) -> dict[str, Any]:
    """Turn values by path into nested blocks: {"a.b": 1} becomes {"a": {"b": 1}}."""
    nested: dict[str, Any] = {}
    for path, value in values.items():
        *parents, last = path.split(".")
        block = nested
        for part in parents:
            block = block.setdefault(part, {})
        block[last] = deepcopy(_merge(block.get(last), value))
    return nested


def _merge(value: Any, other: Any) -> Any:  # noqa: ANN401
    """Replace a value by another, blocks entry by entry."""
    if not (isinstance(value, dict) and isinstance(other, dict)):
        return other
    return value | {key: _merge(value.get(key), inner) for key, inner in other.items()}


def put(blocks: Blocks, values: Mapping[str, Any]) -> Blocks:
    """Put values into the parameters.

    Raises:
        ValueError: If the parameters do not take them.
    """
    changed = nest(values)
    try:
        return Blocks(
            *(
                type(block)(**_merge(block.model_dump(), changed.get(name, {})))
                for name, block in blocks._asdict().items()
            )
        )
    except ValidationError as error:
        raise _refusal(values, "; ".join(f"{line['loc']}: {line['msg']}" for line in error.errors())) from error


def _refusal(values: Mapping[str, Any], problem: str) -> ValueError:
    return ValueError(
        f"Expected `tuning.space` to hold paths and values that the network takes. Found {dict(values)}: {problem}. "
        "Correct the path, or the range or choices."
    )


def check(blocks: Blocks, tuning: TuningParameters, input_shape: tuple[int, int, int], n_classes: int) -> None:
    """Try the ends of every range and every choice, one at a time, so that no training fails by them after hours.

    Raises:
        ValueError: If a block or the builder of the network does not take one.
    """
    from leukosmear.networks.building import build_network

    for searched in tuning.space:
        for value in searched.choices if searched.choices is not None else (searched.low, searched.high):
            tried = put(blocks, {searched.path: value})
            if searched.path.startswith("network"):
                try:
                    build_network(tried.network, input_shape, n_classes)
                except ValueError as error:
                    raise _refusal({searched.path: value}, str(error)) from error
