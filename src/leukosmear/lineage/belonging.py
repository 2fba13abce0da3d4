"""Whether datasets are what their records say, back to the raw images."""

import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kedro.io import CatalogProtocol
from kedro.pipeline.node import Node

from leukosmear.lineage.differences import differing_values, say_values
from leukosmear.lineage.records import Hashes, Place, Record, identity_of_folder, place_of, read_record

_PARAMETERS = "params:"
_NOTHING = "nothing"  # identifies an input that the user goes without


def is_parameter(name: str) -> bool:
    """Tell parameters from datasets."""
    return name == "parameters" or name.startswith(_PARAMETERS)


def base_name(name: str) -> str:
    """Name what is declared more than once on one file, such as `network@keras`."""
    return name.split("@")[0]


def inputs_that_count(node: Node) -> list[str]:
    """Name the inputs that a node reads.

    What it takes by a name with an underscore in front is there only so that it was made before.
    """
    signature = inspect.signature(node.func)
    given: Any = node._inputs
    if isinstance(given, dict):
        bound = signature.bind(**given)
    else:
        bound = signature.bind(*([given] if isinstance(given, str) else given or []))
    names: list[str] = []
    for argument, value in bound.arguments.items():
        if not argument.startswith("_"):
            names += [value] if isinstance(value, str) else value.values() if isinstance(value, dict) else value
    return names


@dataclass(frozen=True)
class Verdict:
    """What is known of one dataset.

    Attributes:
        reasons: What is wrong with it itself.
        stale: Whether it, or anything it was made from, is wrong.
    """

    reasons: tuple[str, ...]
    stale: bool


class Results:
    """The datasets of a catalog, with what each was made from.

    Args:
        catalog: Knows where they lie.
        nodes: All nodes of all pipelines, that of this run or not.
        values_of: Gives the values of a parameter that results depend on; raises a KeyError if there is none.
        project: The project's folder.
    """

    def __init__(
        self, catalog: CatalogProtocol, nodes: Iterable[Node], values_of: Callable[[str], Any], project: Path
    ) -> None:
        self.hashes = Hashes()
        self._catalog, self._values_of, self._project = catalog, values_of, project
        self._makers: dict[str, Node] = {}
        self._full_names: dict[str, str] = {}
        for node in nodes:
            for name in node.outputs:
                self._makers.setdefault(base_name(name), node)
            for name in [*node.inputs, *node.outputs]:
                self._full_names.setdefault(base_name(name), name)

    def place(self, name: str) -> Place | None:
        """Find where a dataset lies; None if it is not on disk or no result."""
        return place_of(self._catalog.get(self._full_names.get(base_name(name), name)))

    def maker(self, name: str) -> Node | None:
        """Find the node that makes a dataset; None if it is an input of the project."""
        return self._makers.get(base_name(name))

    def identity(self, name: str) -> str | None:
        """Identify what a dataset holds now.

        Returns:
            The SHA-256 of its files, or the path of a folder of inputs; None for what is not on disk or no result.
        """
        place = self.place(name)
        if place:
            return self.hashes.of(place)
        dataset = self._catalog.get(self._full_names.get(base_name(name), name))
        if (getattr(dataset, "metadata", None) or {}).get("lineage") is False:
            return None
        if folder := getattr(dataset, "_path", None):
            return identity_of_folder(folder, self._project)
        return _NOTHING if hasattr(dataset, "_filepath") else None

    def values(self, node: Node) -> dict[str, Any]:
        """Read the parameters of a node as they are now."""
        names = [name.removeprefix(_PARAMETERS) for name in inputs_that_count(node) if is_parameter(name)]
        return {name: self._values_of(name) for name in names}

    def changes(self, record: Record) -> list[str]:
        """Say which parameters differ from those of a record."""
        now = {}
        for name in record.parameters:
            try:
                now[name] = self._values_of(name)
            except KeyError:
                continue
        return differing_values(record.parameters, now)

    def examine(self, names: Iterable[str]) -> dict[str, Verdict]:
        """Judge datasets and all that they were made from.

        Returns:
            By dataset; what was made first comes first.
        """
        verdicts: dict[str, Verdict] = {}
        for name in names:
            self._examine(base_name(name), verdicts)
        return verdicts

    def _examine(self, name: str, verdicts: dict[str, Verdict]) -> Verdict:
        if name in verdicts:
            return verdicts[name]
        place, maker = self.place(name), self.maker(name)
        record = read_record(place) if place else None
        inherited, reasons = False, list[str]()
        if place and record:
            found = self.hashes.of(place)
            if found not in (None, record.sha256):
                reasons.append(f"is not what {record.node} saved: something else was put in its place")
            for source, sha256 in record.inputs.items():
                inherited |= self._examine(source, verdicts).stale
                if self._identity_or_record(source) != sha256:
                    reasons.append(f"was made from another {source}")
            if changes := self.changes(record):
                reasons.append(f"was made with other parameters: {say_values(changes)}")
        elif place and maker and self.hashes.of(place) is not None:
            reasons.append("does not say what it was made from")
        verdicts[name] = Verdict(tuple(reasons), bool(reasons) or inherited)
        return verdicts[name]

    def _identity_or_record(self, name: str) -> str | None:
        """Identify what a dataset holds, or held before it was removed."""
        identity = self.identity(name)
        place = self.place(name)
        if identity is None and place and (record := read_record(place)):
            return record.sha256
        return identity


def stale_nodes(verdicts: Mapping[str, Verdict], results: Results) -> list[str]:
    """Name the nodes whose outputs do not belong; what runs first comes first."""
    makers = [results.maker(name) for name, verdict in verdicts.items() if verdict.stale]
    return list(dict.fromkeys(node.name for node in makers if node))
