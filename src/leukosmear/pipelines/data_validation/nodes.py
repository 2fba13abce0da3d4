"""Nodes of the data validation pipeline."""

import logging
from typing import Any

import pandas as pd

from leukosmear.datasets.image_folder import ImageFolder
from leukosmear.parameters import ValidationParameters
from leukosmear.pipelines.data_validation import checks
from leukosmear.pipelines.data_validation.inventory import describe_files
from leukosmear.schemas import ImageInventory

logger = logging.getLogger(__name__)

# Messages on the terminal name this many cases; the report names all.
SHOWN_CASES = 5


def take_inventory(raw_images: ImageFolder, parameters: ValidationParameters) -> pd.DataFrame:
    """List every file of the data set with what can be measured of it.

    Args:
        raw_images: The data set's folder.
        parameters: `workers` is the number of threads.

    Returns:
        An `ImageInventory`. A file that cannot be used is `rejected`, with the reason.
    """
    rows = []
    for row in describe_files(raw_images.files.items(), parameters.workers):
        rows.append(row)
        if len(rows) % 1000 == 0:
            logger.info("Inventory: %s of %s files", f"{len(rows):,}", f"{len(raw_images.files):,}")
    inventory = pd.DataFrame(rows, columns=list(ImageInventory.to_schema().columns))
    return _reject_repeated_ids(inventory)


def _reject_repeated_ids(inventory: pd.DataFrame) -> pd.DataFrame:
    """Keep the first of files that differ only in their suffix, since an image_id must name one image."""
    usable = checks.accepted(inventory)
    repeated = usable.index[usable["image_id"].duplicated()]
    inventory = inventory.copy()
    inventory.loc[repeated, "status"] = "rejected"
    inventory.loc[repeated, "reason"] = "another file has the same name but for its suffix; rename one"
    return inventory


def count_classes(inventory: pd.DataFrame, raw_images: ImageFolder) -> pd.DataFrame:
    """Count the usable images of each class folder.

    Returns:
        Columns `label`, `n_images` and `share` (of all usable images, 0 to 1), one row per class folder.
    """
    counts = checks.accepted(inventory)["label"].value_counts()
    n_images = [int(counts.get(label, 0)) for label in raw_images.classes]
    total = max(sum(n_images), 1)
    return pd.DataFrame({"label": raw_images.classes, "n_images": n_images, "share": [n / total for n in n_images]})


def tabulate_sizes(inventory: pd.DataFrame) -> pd.DataFrame:
    """Count the usable images of each class by `width`, `height`, `mode` and `format`.

    Returns:
        Those columns after `label`, and `n_images`.
    """
    kinds = ["label", "width", "height", "mode", "format"]
    return checks.accepted(inventory).groupby(kinds).size().reset_index(name="n_images")


def judge(
    inventory: pd.DataFrame,
    raw_images: ImageFolder,
    archive_listing: pd.DataFrame,
    class_distribution: pd.DataFrame,
    parameters: ValidationParameters,
) -> dict[str, Any]:
    """Run every check.

    Returns:
        The validation report: `dataset` (counts) and `checks`, each with `check`, `expected`, `found`,
        `verdict` and `details`.
    """
    usable = checks.accepted(inventory)
    return {
        "dataset": {
            "n_files": len(inventory),
            "n_images": len(usable),
            "n_classes": len(raw_images.classes),
            "n_bytes": int(inventory["n_bytes"].sum()),
        },
        "checks": [
            checks.check_readable(inventory, parameters.max_rejected_fraction),
            checks.check_archive(inventory, archive_listing),
            checks.check_classes(inventory, raw_images.classes, parameters),
            checks.check_balance(class_distribution, parameters.max_imbalance_ratio),
            checks.check_sizes(inventory),
        ],
    }


def admit_images(inventory: pd.DataFrame, validation_report: dict[str, Any]) -> pd.DataFrame:
    """Let the usable images through to the later pipelines, or stop the run.

    Returns:
        The rows of the inventory that are accepted.

    Raises:
        DataGateError: If any check failed, with every failed check's words.
    """
    for check in validation_report["checks"]:
        if check["verdict"] == "warn":
            logger.warning("%s: found %s.%s", check["check"], check["found"], _cases(check["details"]))
    failed = [check for check in validation_report["checks"] if check["verdict"] == "fail"]
    if failed:
        raise checks.DataGateError(
            "The data set cannot be used as it is.\n"
            + "\n".join(
                f"- {check['check']}: expected {check['expected']}; found {check['found']}.{_cases(check['details'])}"
                for check in failed
            )
            + "\nThe validation report names every file. Limits and classes stand in parameters_data_validation.yml."
        )
    return checks.accepted(inventory).reset_index(drop=True)


def _cases(details: list[str]) -> str:
    shown = "".join(f"\n    {line}" for line in details[:SHOWN_CASES])
    more = len(details) - SHOWN_CASES
    return shown + (f"\n    ... and {more:,} more" if more > 0 else "")
