"""The sections of the report on the images and on the run, each a fragment of HTML."""

from typing import Any

import pandas as pd

from leukosmear.pages import records
from leukosmear.pipelines.reporting.parameters import ReportingParameters
from leukosmear.pipelines.reporting.rendering import fill
from leukosmear.pipelines.reporting.summary import (
    count_split,
    describe_protocol,
    list_durations,
    write_configuration,
)

# Long lists of files belong in the validation report on disk.
_MAX_DETAILS = 12


def render_data(
    validation_report: dict[str, Any],
    class_distribution_table: pd.DataFrame,
    image_size_table: pd.DataFrame,
    class_distribution_figure: str,
    image_size_figure: str,
) -> str:
    """Render what the data gate found.

    Args:
        validation_report: Checks of the data set, with their verdicts.
        class_distribution_table: Columns `label`, `n_images` and `share`.
        image_size_table: Columns `label`, `width`, `height`, `mode`, `format` and `n_images`.
        class_distribution_figure: Images per class.
        image_size_figure: Widths and heights.
    """
    return fill(
        "data",
        checks=validation_report["checks"],
        max_details=_MAX_DETAILS,
        classes=records(class_distribution_table),
        sizes=records(image_size_table),
        max_sizes=max(_MAX_DETAILS, len(class_distribution_table)),
        class_distribution_figure=class_distribution_figure,
        image_size_figure=image_size_figure,
    )


def render_split(
    split: pd.DataFrame, split_leakage: dict[str, Any], split_figure: str, augmentation_figure: str
) -> str:
    """Render how the images were divided, and how training images are changed.

    Args:
        split: One row per image; columns `label` and `side`.
        split_leakage: The protocol of the split.
        split_figure: Which images are on which side.
        augmentation_figure: Training images with random variants.
    """
    return fill(
        "split",
        split=records(count_split(split)),
        split_protocol=describe_protocol(split_leakage["protocol"]),
        split_figure=split_figure,
        augmentation_figure=augmentation_figure,
    )


def render_provenance(
    reporting: ReportingParameters, run_record: dict[str, Any], conclusions: dict[str, Any], model_table: pd.DataFrame
) -> str:
    """Render what the results were made from, and on what.

    Args:
        reporting: The seed.
        run_record: Versions, machine, parameters and durations.
        conclusions: Hash of the data set.
        model_table: Column `accelerator`.
    """
    return fill(
        "provenance",
        seed=reporting.seed,
        record=run_record,
        data_sha256=conclusions["data_sha256"],
        accelerators=list(dict.fromkeys(model_table["accelerator"])),
        configuration=write_configuration(run_record["parameters"]),
        durations=list_durations(run_record["nodes"]),
    )
