"""What the first screen and the last section of the report say, computed before anything is rendered."""

import platform
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import pandas as pd

_PACKAGES = ("leukosmear", "kedro", "keras", "tensorflow", "scikit-learn", "numpy", "pandas")

_PROTOCOLS = {
    "random": "by image, stratified by class",
    "acquisition": "by acquisition, none of which is on two sides",
    "leave_stream_out": "by stream: of each class with several kinds of scale bar, one kind is in the test split alone",
}


def count_split(split_manifest: pd.DataFrame) -> pd.DataFrame:
    """Count the images of each class on each side of the split.

    Args:
        split_manifest: One row per image; columns `label` and `split`.

    Returns:
        One row per class, then "all classes"; columns `label`, `train`, `validation`, `test` and `total`.
    """
    sides = ["train", "validation", "test"]
    counts = pd.crosstab(split_manifest["label"], split_manifest["split"]).reindex(columns=sides, fill_value=0)
    counts.loc["all classes"] = counts.sum()
    counts["total"] = counts.sum(axis=1)
    return counts.rename_axis(index="label", columns=None).reset_index()


def describe_protocol(protocol: str) -> str:
    """Say in a few words how the images were divided.

    Args:
        protocol: Name of the protocol; one that is not known here is quoted.
    """
    return _PROTOCOLS.get(protocol, f"by the protocol “{protocol}”")


def describe_model(model: dict[str, Any]) -> dict[str, Any]:
    """Prepare a row of the table of models for a headline.

    Args:
        model: Columns `model`, `test_accuracy`, `ci_low`, `ci_high` and `n_test`.

    Returns:
        The same with `n_right`, the number of test images that were right.
    """
    return {**model, "n_right": round(model["test_accuracy"] * model["n_test"])}


def installed_versions() -> dict[str, str]:
    """Look up the versions of the packages that the results depend on.

    Returns:
        Version per package, "not installed" where it is missing.
    """
    return {"python": platform.python_version(), **{name: _version_of(name) for name in _PACKAGES}}


def _version_of(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"
