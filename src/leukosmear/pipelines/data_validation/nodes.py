"""Nodes of the data validation pipeline."""

import dataclasses
import logging
from typing import Any

import numpy as np
import pandas as pd

from leukosmear.data_checks import comparisons, completeness, files, tables
from leukosmear.data_checks import labels as labelling
from leukosmear.data_checks.verdicts import DataGateError
from leukosmear.datasets.image_folder import ImageFolder
from leukosmear.image_files import THUMBNAIL_SIZE, Measured, describe_files
from leukosmear.inventory import accepted, hash_inventory, tabulate
from leukosmear.parameters import (
    AcquisitionParameters,
    QualityParameters,
    SameFieldParameters,
    ValidationParameters,
)
from leukosmear.resemblance import acquisitions as grouping
from leukosmear.resemblance import quality
from leukosmear.resemblance.copies import name_copies
from leukosmear.resemblance.same_field import search_same_fields
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
            f"'{next(iter(raw_images.files), '')}'. Point the setting `raw_images` (or PBS_DATA_DIR) at the folder "
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


def find_same_fields(
    thumbnails: dict[str, np.ndarray], file_measurements: pd.DataFrame, parameters: SameFieldParameters
) -> pd.DataFrame:
    """Find the pairs of images that show the same field of view, one shifted against the other.

    Args:
        thumbnails: `image_id` and `grey` of the accepted images.
        file_measurements: `FileMeasurements`, for the sizes of images and the places of scale bars.
        parameters: What a pair needs.

    Returns:
        `SameFieldPairs`, a before b in the order of the measurements.
    """
    images = accepted(file_measurements).reset_index(drop=True)
    # Copies show the same as their first, so they are not searched, but named with it.
    first = np.flatnonzero(~images["sha256"].duplicated())
    grey = thumbnails["grey"]
    hidden = bar_pixels(images.iloc[first], grey.shape[1])
    found = search_same_fields(grey[first], hidden, parameters)
    pairs = name_copies(found.assign(a=first[found["a"]], b=first[found["b"]]), images["sha256"])
    of_a, of_b = images.loc[pairs["a"]], images.loc[pairs["b"]]
    logger.info("Same fields: %s pairs of %s images", f"{len(pairs):,}", f"{len(images):,}")
    return pd.DataFrame(
        {
            "image_id_a": of_a["image_id"].to_numpy(),
            "image_id_b": of_b["image_id"].to_numpy(),
            "shift_x": pairs["column"].to_numpy() * of_a["width"].to_numpy(float) / grey.shape[2],
            "shift_y": pairs["row"].to_numpy() * of_a["height"].to_numpy(float) / grey.shape[1],
            "overlap": pairs["overlap"].to_numpy(float),
            "correlation": pairs["correlation"].to_numpy(float),
        }
    )


def bar_pixels(images: pd.DataFrame, size: int) -> np.ndarray:
    """Mark the pixels of thumbnails that a scale bar touches: bool of shape (n, size, size)."""
    pixels = np.arange(size)
    hidden = np.zeros((len(images), size, size), dtype=bool)
    for place in np.flatnonzero(images["bar_left"].notna()):
        row = images.iloc[place]
        across, down = size / row["width"], size / row["height"]
        columns = (pixels + 1 > row["bar_left"] * across) & (pixels < row["bar_right"] * across)
        rows = (pixels + 1 > row["bar_top"] * down) & (pixels < row["bar_bottom"] * down)
        hidden[place] = rows[:, None] & columns[None, :]
    return hidden


def measure_aspect(
    thumbnails: dict[str, np.ndarray], file_measurements: pd.DataFrame, parameters: QualityParameters
) -> dict[str, Any]:
    """Measure how many times taller than wide round things look in the files.

    Returns:
        `aspect`, the ends `low` and `high` of its 95 % interval, and `n_images`; None where no image shows anything.
    """
    images = accepted(file_measurements)
    estimate = quality.estimate_aspect(thumbnails["grey"], images, parameters)
    if estimate is None:
        return {"aspect": None, "low": None, "high": None, "n_images": 0}
    return dataclasses.asdict(estimate)


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
    fields = grouping.name_fields(usable["image_id"], identical, same_field_pairs)
    known = tables.known_rows(patient_ids, usable)
    streams = name_streams(usable)
    named = usable.assign(field_id=fields, stream_id=streams)
    groups = grouping.name_acquisitions(named, known, acquisitions.images_per_block)
    smears = tables.known_rows(smear_ids, usable).set_index("image_id")["smear_id"]
    inventory = file_measurements.assign(
        quality=quality.flag_quality(file_measurements, quality_parameters),
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


def judge(
    inventory: pd.DataFrame,
    raw_images: ImageFolder,
    archive_listing: pd.DataFrame,
    class_distribution: pd.DataFrame,
    duplicate_pairs: pd.DataFrame,
    same_field_pairs: pd.DataFrame,
    patient_ids: pd.DataFrame,
    smear_ids: pd.DataFrame,
    pixel_aspect: dict[str, Any],
    parameters: ValidationParameters,
) -> dict[str, Any]:
    """Run every check.

    Returns:
        The validation report: `dataset` (counts, and the hash of the inventory) and `checks`, each with `check`,
        `expected`, `found`, `verdict` and `details`.
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
        "checks": [
            files.check_readable(inventory, parameters.max_rejected_fraction),
            files.check_strays(raw_images.beside),
            completeness.check_archive(inventory, archive_listing),
            files.check_classes(
                inventory, labelling.find_sources(raw_images.classes, inventory, parameters), parameters
            ),
            files.check_balance(class_distribution, parameters.max_imbalance_ratio),
            files.check_sizes(inventory),
            comparisons.check_labels(usable, duplicate_pairs, same_field_pairs),
            comparisons.check_duplicates(usable, duplicate_pairs),
            comparisons.check_same_fields(usable, same_field_pairs),
            comparisons.check_scale_bars(usable),
            comparisons.check_acquisitions(usable, patient_ids),
            tables.check_table(usable, patient_ids, "patient"),
            tables.check_table(usable, smear_ids, "smear"),
            comparisons.check_quality(usable),
            comparisons.check_aspect(pixel_aspect),
        ],
    }


def admit_images(inventory: pd.DataFrame, validation_report: dict[str, Any], validation_html: str) -> pd.DataFrame:
    """Let the usable images through to the later pipelines, or stop the run.

    Args:
        inventory: An `ImageInventory`.
        validation_report: The verdicts.
        validation_html: The page of the verdicts; asked for so that it is there when the run stops.

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
