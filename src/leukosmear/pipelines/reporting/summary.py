"""What the pages say of data, split and provenance, computed before anything is rendered."""

import hashlib
from collections.abc import Mapping
from typing import Any

import pandas as pd
import yaml

from leukosmear.splitting import PROTOCOLS

# Quoted at length elsewhere on the pages.
_NOT_SHOWN = ("paper", "reporting", "sample_data")


def count_split(split: pd.DataFrame) -> pd.DataFrame:
    """Count the images of each class on each side of the split.

    Args:
        split: One row per image; columns `label` and `side`.

    Returns:
        One row per class, then "all classes"; columns `label`, `train`, `validation`, `test` and `total`.
    """
    sides = ["train", "validation", "test"]
    counts = pd.crosstab(split["label"], split["side"]).reindex(columns=sides, fill_value=0)
    counts.loc["all classes"] = counts.sum()
    counts["total"] = counts.sum(axis=1)
    return counts.rename_axis(index="label", columns=None).reset_index()


def describe_protocol(protocol: str) -> str:
    """Say in a few words how the images were divided.

    Args:
        protocol: Name of the protocol.
    """
    return PROTOCOLS[protocol].words


def hash_files(image_inventory: pd.DataFrame) -> str:
    """Compute one hash of all files of the data set, used or not.

    Args:
        image_inventory: Columns `file_name` and `sha256`.

    Returns:
        The SHA-256, in hexadecimal digits, of the lines that `sha256sum` prints of the files in the order of their
        names. Files that could not be read, which have no hash, are left out.
    """
    files = sorted(zip(image_inventory["file_name"], image_inventory["sha256"], strict=True))
    listing = "".join(f"{sha256}  {file_name}\n" for file_name, sha256 in files if sha256)
    return hashlib.sha256(listing.encode("utf-8")).hexdigest()


def write_configuration(parameters: Mapping[str, Any]) -> str:
    """Write the parameters of a run as YAML, without those that the pages quote elsewhere.

    Args:
        parameters: Blocks by name.
    """
    shown = {name: block for name, block in parameters.items() if name not in _NOT_SHOWN}
    return yaml.safe_dump(shown, allow_unicode=True, default_flow_style=None, width=110)


def list_durations(nodes: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    """List the nodes of a record, the slowest first.

    Args:
        nodes: `seconds`, `finished` and `commit` of each node, by its name.
    """
    return sorted(({"node": name, **values} for name, values in nodes.items()), key=lambda row: -row["seconds"])
