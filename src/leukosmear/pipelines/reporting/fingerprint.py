"""What the results of two runs have to share before a difference between them is one of their splits."""

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from leukosmear.pipelines.reporting.contracts import Fingerprint
from leukosmear.schemas import SPLIT_NAME

# What of the inventory decides which images there are, and which of them belong together.
_COLUMNS = ["image_id", "label", "status", "sha256", "field_id", "acquisition_id", "stream_id", "smear_id"]

_NAMED = 5  # parameters that a message names


def take_fingerprint(image_inventory: pd.DataFrame, run_record: Mapping[str, Any]) -> Fingerprint:
    """Say what a run was made from, but for its split.

    Args:
        image_inventory: An `ImageInventory`.
        run_record: Its `parameters`, `versions` and `code`.

    Returns:
        Hashes of the images and of the code, the versions of packages, and all parameters by their paths.
    """
    rows = image_inventory.sort_values("file_name")[_COLUMNS].to_csv(index=False, lineterminator="\n")
    # Settings of the command line that are no block say where images come from, or name the split.
    blocks = {name: block for name, block in run_record["parameters"].items() if isinstance(block, Mapping)}
    not_compared = {f"split.{name}" for name in SPLIT_NAME}
    return Fingerprint(
        images=hashlib.sha256(rows.encode("utf-8")).hexdigest(),
        code=run_record["code"],
        versions=run_record["versions"],
        parameters={path: value for path, value in _flatten(blocks) if path not in not_compared},
    )


def name_differences(one: Fingerprint, other: Fingerprint) -> list[str]:
    """Name what two runs do not share; nothing where only their splits differ."""
    differences = [f"other {name}" for name in ("images", "code") if one[name] != other[name]]
    for name, here, there in (
        ("versions", one["versions"], other["versions"]),
        ("parameters", one["parameters"], other["parameters"]),
    ):
        changed = [key for key in {**here, **there} if key not in here or key not in there or here[key] != there[key]]
        if changed:
            more = f" and {len(changed) - _NAMED} more" if len(changed) > _NAMED else ""
            differences.append(f"other {name}: {', '.join(changed[:_NAMED])}{more}")
    return differences


def _flatten(block: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in block.items():
        if isinstance(value, Mapping):
            yield from _flatten(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value
