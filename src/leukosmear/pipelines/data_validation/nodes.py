"""Nodes of the data validation pipeline."""

import dataclasses
import logging
from typing import Any

import numpy as np
import pandas as pd

from leukosmear.data_checks import comparisons, files, tables
from leukosmear.data_checks import labels as labelling
from leukosmear.data_checks.completeness import check_archive
from leukosmear.data_checks.verdicts import Check, DataGateError
from leukosmear.datasets.image_folder import ImageFolder
from leukosmear.image_files import THUMBNAIL_SIZE, Measured, describe_files
from leukosmear.inventory import accepted, hash_inventory, tabulate
from leukosmear.parameters import AcquisitionParameters, QualityParameters, ValidationParameters
from leukosmear.resemblance.acquisitions import name_acquisitions, name_fields
from leukosmear.resemblance.quality import flag_quality
from leukosmear.resemblance.streams import name_streams
from leukosmear.schemas import ImageInventory

logger = logging.getLogger(__name__)

# Messages on the terminal name this many cases; the report names all.
SHOWN_CASES = 5


def measure_files(
    raw_images: ImageFolder, parameters: ValidationParameters
) -> tuple[pd.DataFrame, dict[str, np.ndarray]]:
    """Read and decode every file of the data set once, and measure it.

    Args:
        raw_images: The data set's folder.
        parameters: Number of threads, and what says which class an image is of.

    Returns:
        The `FileMeasurements`, where a file that cannot be used is `rejected` with the reason, and thumbnails of the
        others: `image_id` (n,) and `grey` (n, 112, 112), uint8.

    Raises:
        DataGateError: If folders are to say the class, and the files lie in none.
    """
    if parameters.label_from == "folder" and not raw_images.classes:
        raise DataGateError(
            f"Expected one folder of images per class. Found {len(raw_images.files):,} files in no folder, such as "
            f"'{next(iter(raw_images.files), '')}'. Point the setting `raw_images` at the folder "
            "that holds the class folders; where the ends of the file names say the class, set "
            "`data_validation.label_from: file_ending`."
        )
    n_files = len(raw_images.files)
    # In one block from the start: at 100,000 images it is more than a gigabyte, which is not to be held twice.
    grey = np.zeros((n_files, THUMBNAIL_SIZE, THUMBNAIL_SIZE), np.uint8)
    measured: list[Measured] = []
    for file in describe_files(raw_images.files, parameters.workers):
        if file.thumbnail is not None:
            grey[len(measured)] = file.thumbnail
        measured.append(dataclasses.replace(file, thumbnail=None))
        if len(measured) % 1000 == 0:
            logger.info("Measured %s of %s files", f"{len(measured):,}", f"{n_files:,}")
    table = tabulate(measured)
    labels = [labelling.label_of(labelling.source_of(name, parameters), parameters) for name in table["file_name"]]
    table = _reject_repeated_ids(table.assign(label=pd.Series(labels, index=table.index, dtype="str")))
    usable = accepted(table)
    if len(usable) < n_files:
        grey = grey[usable.index]
    return table, {"image_id": usable["image_id"].to_numpy(np.str_), "grey": grey}


def _reject_repeated_ids(inventory: pd.DataFrame) -> pd.DataFrame:
    """Keep the first of files that differ only in their suffix, since an image_id must name one image."""
    usable = accepted(inventory)
    repeated = usable.index[usable["image_id"].duplicated()]
    inventory = inventory.copy()
    inventory.loc[repeated, "status"] = "rejected"
    inventory.loc[repeated, "reason"] = "another file has the same name but for its suffix; rename one"
    return inventory


def complete_inventory(
    file_measurements: pd.DataFrame,
    duplicate_pairs: pd.DataFrame,
    same_field_pairs: pd.DataFrame,
    patient_ids: pd.DataFrame,
    smear_ids: pd.DataFrame,
    acquisitions: AcquisitionParameters,
    quality_parameters: QualityParameters,
) -> pd.DataFrame:
    """Add to the measurements of each image what comparing it with the others says of it.

    Args:
        file_measurements: `FileMeasurements`.
        duplicate_pairs: `DuplicatePairs`. Of these only identical images count as one field without more ado;
            near-identical ones are among the pairs of one field where they show the same.
        same_field_pairs: `SameFieldPairs`.
        patient_ids: Columns `image_id` and `patient_id`; empty where patients are not known.
        smear_ids: Columns `image_id` and `smear_id`; empty where smears are not known.
        acquisitions: How images are united otherwise.
        quality_parameters: Which images are flagged.

    Returns:
        An `ImageInventory`.
    """
    usable = accepted(file_measurements)
    identical = duplicate_pairs[duplicate_pairs["kind"] == "identical"]
    fields = name_fields(usable["image_id"], identical, same_field_pairs)
    known = tables.known_rows(patient_ids, usable)
    streams = name_streams(usable)
    named = usable.assign(field_id=fields, stream_id=streams)
    groups = name_acquisitions(named, known, acquisitions.images_per_block)
    smears = tables.known_rows(smear_ids, usable).set_index("image_id")["smear_id"]
    inventory = file_measurements.assign(
        quality=flag_quality(file_measurements, quality_parameters),
        field_id=fields.reindex(file_measurements.index),
        acquisition_id=groups.reindex(file_measurements.index),
        stream_id=streams.reindex(file_measurements.index),
        smear_id=usable["image_id"].map(smears).reindex(file_measurements.index).astype("str"),
    )
    last = ["status", "reason"]
    order = [name for name in ImageInventory.to_schema().columns if name not in last] + last
    return inventory[order]


def count_classes(inventory: pd.DataFrame, raw_images: ImageFolder, parameters: ValidationParameters) -> pd.DataFrame:
    """Count the usable images of each class, of those without any, too.

    Returns:
        Columns `label`, `n_images` and `share` (of all usable images, 0 to 1), one row per class.
    """
    counts = accepted(inventory)["label"].value_counts()
    sources = labelling.find_sources(raw_images.classes, inventory, parameters)
    classes = sorted({labelling.label_of(source, parameters) for source in sources})
    n_images = [int(counts.get(label, 0)) for label in classes]
    total = max(sum(n_images), 1)
    return pd.DataFrame({"label": classes, "n_images": n_images, "share": [n / total for n in n_images]})


def tabulate_sizes(inventory: pd.DataFrame) -> pd.DataFrame:
    """Count the usable images of each class by `width`, `height`, `mode` and `format`.

    Returns:
        Those columns after `label`, and `n_images`.
    """
    kinds = ["label", "width", "height", "mode", "format"]
    return accepted(inventory).groupby(kinds).size().reset_index(name="n_images")


def check_files(
    inventory: pd.DataFrame,
    raw_images: ImageFolder,
    archive_listing: pd.DataFrame,
    class_distribution: pd.DataFrame,
    parameters: ValidationParameters,
) -> list[Check]:
    """Run the checks of files and classes.

    Args:
        inventory: An `ImageInventory`.
        raw_images: The data set's folder.
        archive_listing: Columns `name` and `n_bytes`; empty where there is no archive.
        class_distribution: The table of `count_classes`.
        parameters: The limits, and the classes to expect.
    """
    sources = labelling.find_sources(raw_images.classes, inventory, parameters)
    return [
        files.check_readable(inventory, parameters.max_rejected_fraction),
        files.check_strays(raw_images.beside),
        check_archive(inventory, archive_listing),
        files.check_classes(inventory, sources, parameters),
        files.check_balance(class_distribution, parameters.max_imbalance_ratio),
        files.check_sizes(inventory),
    ]


def check_comparisons(
    inventory: pd.DataFrame,
    duplicate_pairs: pd.DataFrame,
    same_field_pairs: pd.DataFrame,
    patient_ids: pd.DataFrame,
    smear_ids: pd.DataFrame,
    pixel_aspect: dict[str, Any],
) -> list[Check]:
    """Run the checks of what comparing the usable images with one another found.

    Args:
        inventory: An `ImageInventory`.
        duplicate_pairs: `DuplicatePairs`.
        same_field_pairs: `SameFieldPairs`.
        patient_ids: Columns `image_id` and `patient_id`; empty where patients are not known.
        smear_ids: Columns `image_id` and `smear_id`; empty where smears are not known.
        pixel_aspect: What `measure_aspect` found.
    """
    usable = accepted(inventory)
    return [
        comparisons.check_labels(usable, duplicate_pairs, same_field_pairs),
        comparisons.check_duplicates(usable, duplicate_pairs),
        comparisons.check_same_fields(usable, same_field_pairs),
        comparisons.check_scale_bars(usable),
        comparisons.check_acquisitions(usable, patient_ids),
        tables.check_table(usable, patient_ids, "patient"),
        tables.check_table(usable, smear_ids, "smear"),
        comparisons.check_quality(usable),
        comparisons.check_aspect(pixel_aspect),
    ]


def report_verdicts(
    inventory: pd.DataFrame,
    class_distribution: pd.DataFrame,
    file_checks: list[Check],
    comparison_checks: list[Check],
) -> dict[str, Any]:
    """Put the verdicts together, and say of which data set they are.

    Returns:
        The validation report: `dataset` (counts, and `sha256`, the hash of the inventory) and `checks`, each with
        `check`, `expected`, `found`, `verdict` and `details`.
    """
    usable = accepted(inventory)
    return {
        "dataset": {
            "n_files": len(inventory),
            "n_images": len(usable),
            "n_classes": len(class_distribution),
            "n_fields": int(usable["field_id"].nunique()),
            "n_acquisitions": int(usable["acquisition_id"].nunique()),
            "n_bytes": int(inventory["n_bytes"].sum()),
            "sha256": hash_inventory(inventory),
        },
        "checks": [*file_checks, *comparison_checks],
    }


def admit_images(inventory: pd.DataFrame, validation_report: dict[str, Any], _validation_html: str) -> pd.DataFrame:
    """Let the usable images through to the later pipelines, or stop the run.

    Args:
        inventory: An `ImageInventory`.
        validation_report: The verdicts.
        _validation_html: The page of the verdicts; asked for so that it is there when the run stops.

    Returns:
        The rows of the inventory that are accepted.

    Raises:
        DataGateError: If any check failed, with every failed check's words; or if the verdicts are on other images.
    """
    if validation_report["dataset"].get("sha256") != hash_inventory(inventory):
        raise DataGateError(
            "Expected verdicts on the inventory as it is. Found verdicts on another one: files, classes, fields or "
            "acquisitions have changed since. Run `kedro run --pipelines=data_validation`."
        )
    for check in validation_report["checks"]:
        if check["verdict"] == "warn":
            logger.warning("%s: found %s.%s", check["check"], check["found"], _cases(check["details"]))
    failed = [check for check in validation_report["checks"] if check["verdict"] == "fail"]
    if failed:
        raise DataGateError(
            "The data set cannot be used as it is.\n"
            + "\n".join(
                f"- {check['check']}: expected {check['expected']}; found {check['found']}.{_cases(check['details'])}"
                for check in failed
            )
            + "\nThe page validation.html names every case. Limits and classes stand in parameters_data_validation.yml."
        )
    return accepted(inventory).reset_index(drop=True)


def _cases(details: list[str]) -> str:
    shown = "".join(f"\n    {line}" for line in details[:SHOWN_CASES])
    more = len(details) - SHOWN_CASES
    return shown + (f"\n    ... and {more:,} more" if more > 0 else "")
