"""Which class an image is of: what its file's name says, and what the configuration makes of that.

The *source* of a label is the folder of a file or, as in ALL-IDB, the ending of its name. A class is made up of one
source or of several.
"""

from collections.abc import Iterable
from pathlib import PurePosixPath

import pandas as pd

from leukosmear.parameters import ValidationParameters

NO_ENDING = "(no ending)"


def source_of(file_name: str, parameters: ValidationParameters) -> str:
    """Read the source of a file's label from its name.

    Args:
        file_name: Path relative to the data set's folder.
        parameters: `label_from` says whether it is the first folder, or what stands between the last underscore of
            the name and the suffix.
    """
    path = PurePosixPath(file_name)
    if parameters.label_from == "folder":
        return path.parts[0]
    _, underscore, ending = path.stem.rpartition("_")
    return ending if underscore and ending else NO_ENDING


def configured_classes(sources: Iterable[str], parameters: ValidationParameters) -> dict[str, list[str]]:
    """Say which sources make up each class.

    Args:
        sources: All that there are; each is a class of its own where none are configured.
        parameters: `classes` is None, a list of sources, or the sources of each class.
    """
    if isinstance(parameters.classes, dict):
        return parameters.classes
    return {source: [source] for source in (sources if parameters.classes is None else parameters.classes)}


def label_of(source: str, parameters: ValidationParameters) -> str:
    """Name the class of a source; what is in no class keeps its own name, and the check of classes fails."""
    classes = configured_classes([source], parameters)
    return next((label for label, members in classes.items() if source in members), source)


def find_sources(folders: Iterable[str], inventory: pd.DataFrame, parameters: ValidationParameters) -> list[str]:
    """Find the sources of a data set: its folders, even those without files, or the endings of its usable images.

    Args:
        folders: Names of the class folders.
        inventory: Columns `file_name` and `status`.
        parameters: `label_from` says which.
    """
    if parameters.label_from == "folder":
        return sorted(folders)
    names = inventory.loc[inventory["status"] == "accepted", "file_name"]
    return sorted({source_of(name, parameters) for name in names})
