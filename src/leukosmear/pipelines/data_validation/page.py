"""The findings of the data gate as one HTML file that opens from disk, without a network."""

from pathlib import Path
from typing import Any

import pandas as pd

from leukosmear.data_checks.verdicts import Check
from leukosmear.inventory import accepted
from leukosmear.pages import page_environment, records
from leukosmear.parameters import (
    AcquisitionParameters,
    DuplicateParameters,
    Parameters,
    QualityParameters,
    SameFieldParameters,
    ValidationParameters,
)
from leukosmear.pipelines.data_validation.acquisition_strips import number_groups

_TEMPLATES = page_environment(Path(__file__).parent / "templates")

# What comes first is what needs doing.
_SEVERITY = {"fail": 0, "warn": 1, "not checked": 2, "pass": 3}

_FACTS = {
    "n_files": "Files",
    "n_images": "Usable images",
    "n_classes": "Classes",
    "n_fields": "Fields of view",
    "n_acquisitions": "Groups taken together",
    "n_bytes": "Size on disk",
}

# Checks whose cases have a table of their own on the page, and its id.
_TABLES = {"duplicates": "duplicates", "fields of view": "same-fields", "quality": "flagged"}

_ADVICE = {
    "readable files": "Replace the files listed under this check by whole ones, or remove them from the folder. Where "
    "very many are listed, see whether the folder is the right one (`raw_images`) and the download complete.",
    "classes": "The data set\u2019s folder has to hold one folder per class, with enough images in each. Correct the "
    "folders, or the names of classes in the parameters.",
    "labels": "Find out which label of each pair listed under this check is right, and move or remove the other image.",
    "patients": "Correct the table of patients: each image is of one.",
    "smears": "Correct the table of smears: each image is of one.",
}
_GENERAL_ADVICE = (
    "Mend or remove the cases listed under this check, or change its limit if it does not suit this data set."
)


def list_cases(
    image_inventory: pd.DataFrame, duplicate_pairs: pd.DataFrame, same_field_pairs: pd.DataFrame
) -> dict[str, list[dict[str, Any]]]:
    """List what the page names one by one.

    Args:
        image_inventory: An `ImageInventory`.
        duplicate_pairs: `DuplicatePairs`.
        same_field_pairs: `SameFieldPairs`.

    Returns:
        Rows of each table: `classes`, `scale_bars`, `flagged` images, `groups`, `duplicates` and `pairs` of one field.
    """
    usable = accepted(image_inventory)
    return {
        "classes": _count_by_class(image_inventory),
        "scale_bars": records(usable.groupby(["label", "scale_bar"], sort=False).size().reset_index(name="n_images")),
        "flagged": records(usable[usable["quality"] != ""]),
        "groups": _list_groups(image_inventory),
        "duplicates": records(duplicate_pairs),
        "pairs": records(same_field_pairs.sort_values("correlation", kind="stable")),
    }


def list_limits(
    data_validation: ValidationParameters,
    duplicates: DuplicateParameters,
    same_field: SameFieldParameters,
    acquisitions: AcquisitionParameters,
    quality: QualityParameters,
) -> dict[str, list[tuple[str, Any, str]]]:
    """List the name, value and meaning of each parameter of the data gate, by block.

    Args:
        data_validation: The limits of the checks.
        duplicates: When images count as near-identical.
        same_field: When images count as of one field.
        acquisitions: How images are united into groups.
        quality: What stands out.
    """
    blocks = {
        "data_validation": data_validation,
        "duplicates": duplicates,
        "same_field": same_field,
        "acquisitions": acquisitions,
        "quality": quality,
    }
    return {name: _describe(block) for name, block in blocks.items()}


def collect_figures(**figures: str) -> dict[str, str]:
    """Put the figures of the page together: the text of each SVG by its name."""
    return figures


def render_validation_page(
    title: str,
    synthetic: bool,
    validation_report: dict[str, Any],
    lists: dict[str, list[dict[str, Any]]],
    limits: dict[str, list[tuple[str, Any, str]]],
    figures: dict[str, str],
) -> str:
    """Render the page.

    Args:
        title: What the data set is called in a sentence, such as "the embedded sample of 240 synthetic smear images".
        synthetic: Whether its images were drawn by a program; the page then says so.
        validation_report: `dataset` (counts) and `checks`.
        lists: Rows of each table.
        limits: Name, value and meaning of each parameter, by block.
        figures: Text of an SVG by the name of the figure.

    Returns:
        A whole HTML document without references to other files.
    """
    checks: list[Check] = sorted(validation_report["checks"], key=lambda check: _SEVERITY[check["verdict"]])
    dataset = validation_report["dataset"]
    return _TEMPLATES.get_template("validation.html.j2").render(
        **lists,
        title=title,
        synthetic=synthetic,
        facts=[(key, name, dataset[key]) for key, name in _FACTS.items()],
        checks=checks,
        n_verdicts={verdict: sum(check["verdict"] == verdict for check in checks) for verdict in _SEVERITY},
        tables=_TABLES,
        advice=_ADVICE,
        general_advice=_GENERAL_ADVICE,
        limits=limits,
        figures=figures,
    )


def _count_by_class(inventory: pd.DataFrame) -> list[dict[str, Any]]:
    """Count the files, usable images, fields, groups and flagged images of each class.

    A link beside the class folders that leads nowhere, or back, is a file of no class: its label is its own name.
    """
    inventory = inventory[inventory["file_name"] != inventory["label"]]
    usable = accepted(inventory)
    by_class = usable.groupby("label")
    table = pd.DataFrame(
        {
            "n_files": inventory.groupby("label", sort=False).size(),
            "n_images": by_class.size(),
            "n_flagged": usable["quality"].ne("").groupby(usable["label"]).sum(),
            "n_scale_bars": by_class["scale_bar"].nunique(),
            "n_groups": by_class["acquisition_id"].nunique(),
            "n_fields": by_class["field_id"].nunique(),
        }
    ).fillna(0)  # a class of rejected files only
    return records(table.rename_axis("label").reset_index())


def _list_groups(inventory: pd.DataFrame) -> list[dict[str, Any]]:
    """Describe the groups of images that were taken together, with their numbers in the figure."""
    groups = accepted(inventory).groupby(["label", "acquisition_id"], sort=False)
    table = groups.agg(
        n_images=("image_id", "size"),
        scale_bars=("scale_bar", lambda kinds: ", ".join(kinds.unique())),
        first=("image_id", "first"),
        last=("image_id", "last"),
    ).reset_index()
    numbers = number_groups(inventory)
    table["number"] = [numbers[key] for key in zip(table["label"], table["acquisition_id"], strict=True)]
    return records(table)


def _describe(parameters: Parameters) -> list[tuple[str, Any, str]]:
    """List the name, value and meaning of each parameter of a block."""
    fields = type(parameters).model_fields
    return [(name, _readable(getattr(parameters, name)), field.description or "") for name, field in fields.items()]


def _readable(value: Any) -> Any:  # noqa: ANN401 - a parameter can be anything
    """Write what a mapping holds as a list; leave all else alone."""
    if not isinstance(value, dict):
        return value
    return [f"{key} = {' + '.join(map(str, members))}" for key, members in value.items()]
