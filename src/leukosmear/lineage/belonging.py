"""Whether datasets are what their records say, back to the raw images."""

import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from kedro.io import CatalogProtocol, MemoryDataset
from kedro.pipeline.node import Node

from leukosmear.lineage.differences import differing_values, say_values
from leukosmear.lineage.records import Hashes, Place, Record, identity_of_folder, place_of, read_record, state_of
from leukosmear.parameters.base import Parameters

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
    return [name for argument, names in _arguments(node).items() if not argument.startswith("_") for name in names]


def models_of_parameters(nodes: Iterable[Node]) -> dict[str, type[Parameters]]:
    """Find by the name of each parameter the model that a node asks for it as."""
    models: dict[str, type[Parameters]] = {}
    for node in nodes:
        signature = inspect.signature(node.func)
        for argument, names in _arguments(node).items():
            annotation = signature.parameters[argument].annotation
            for kind in (annotation, *get_args(annotation)):  # it may be optional
                if isinstance(kind, type) and issubclass(kind, Parameters):
                    models |= {name.removeprefix(_PARAMETERS): kind for name in names}
    return models


def _arguments(node: Node) -> dict[str, list[str]]:
    """Name what a node gets for each argument of its function."""
    given: Any = node._inputs
    positional = [given] if isinstance(given, str) else given or []
    signature = inspect.signature(node.func)
    bound = signature.bind(**given) if isinstance(given, dict) else signature.bind(*positional)
    return {
        argument: [value] if isinstance(value, str) else list(value.values() if isinstance(value, dict) else value)
        for argument, value in bound.arguments.items()
        if isinstance(value, str | dict | list | tuple)
    }


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
        self._places: dict[str, Place | None] = {}
        self._records: dict[str, tuple[tuple[Any, ...], Record | None, list[str]]] = {}
        self._makers: dict[str, Node] = {}
        self._full_names: dict[str, str] = {}
        for node in nodes:
            for name in node.outputs:
                self._makers.setdefault(base_name(name), node)
            for name in [*node.inputs, *node.outputs]:
                self._full_names.setdefault(base_name(name), name)

    def place(self, name: str) -> Place | None:
        """Find where a dataset lies; None if it is not on disk or no result."""
        base = base_name(name)
        if base not in self._places:
            self._places[base] = place_of(self._catalog.get(self._full_names.get(base, name)))
        return self._places[base]

    def record(self, place: Place) -> tuple[Record | None, list[str]]:
        """Read the record of what lies in a place, once while it is the same, and say which parameters differ."""
        path = str(place.record_path)
        try:
            state = state_of(place.fs, path)
        except FileNotFoundError:
            return None, []
        known = self._records.get(path)
        if known is None or known[0] != state:
            record = read_record(place)
            known = self._records[path] = state, record, self._changes(record) if record else []
        return known[1:]

    def is_model(self, name: str) -> bool:
        """Tell whether a dataset belongs to the layer of models."""
        dataset = self._catalog.get(self._full_names.get(base_name(name), name))
        shown = (getattr(dataset, "metadata", None) or {}).get("kedro-viz", {})
        return bool(shown.get("layer") == "models")

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

    def sources(self, node: Node) -> list[Node]:
        """Name a node, and those that made what it reads from memory, which keeps no record."""
        found = [node]
        for each in found:
            makers = [self.maker(name) for name in inputs_that_count(each) if self._in_memory(name)]
            found += [maker for maker in makers if maker and maker not in found]
        return found

    def _in_memory(self, name: str) -> bool:
        if is_parameter(name) or self.place(name) is not None:
            return False
        dataset = self._catalog.get(self._full_names.get(base_name(name), name))
        return dataset is None or isinstance(dataset, MemoryDataset)

    def values(self, node: Node) -> dict[str, Any]:
        """Read the parameters of a node, and of what it reads from memory, as they are now."""
        inputs = [name for each in self.sources(node) for name in inputs_that_count(each) if is_parameter(name)]
        names = [name.removeprefix(_PARAMETERS) for name in inputs]
        return {name: self._values_of(name) for name in names}

    def _changes(self, record: Record) -> list[str]:
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
        record, changes = self.record(place) if place else (None, [])
        inherited, reasons = False, list[str]()
        if place and record:
            found = self.hashes.of(place)
            if found not in (None, record.sha256):
                reasons.append(f"not what {record.node} saved; something else was put in its place")
            for source, sha256 in record.inputs.items():
                inherited |= self._examine(source, verdicts).stale
                if self._identity_or_record(source) != sha256:
                    reasons.append(f"made from another {source}")
            if changes:
                reasons.append(f"made with other parameters, {say_values(changes)}")
        elif place and maker and self.hashes.of(place) is not None:
            reasons.append("nothing says what it was made from")
        verdicts[name] = Verdict(tuple(reasons), bool(reasons) or inherited)
        return verdicts[name]

    def _identity_or_record(self, name: str) -> str | None:
        """Identify what a dataset holds, or held before it was removed."""
        identity = self.identity(name)
        place = self.place(name)
        if identity is None and place and (record := self.record(place)[0]):
            return record.sha256
        return identity


def stale_nodes(verdicts: Mapping[str, Verdict], results: Results) -> list[str]:
    """Name the nodes whose outputs do not belong; what runs first comes first."""
    makers = [results.maker(name) for name, verdict in verdicts.items() if verdict.stale]
    return list(dict.fromkeys(node.name for node in makers if node))
