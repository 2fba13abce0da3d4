"""Wiring of the data validation pipeline."""

from kedro.pipeline import Node, Pipeline

from leukosmear.pipelines.data_validation.acquisition_strips import draw_acquisitions
from leukosmear.pipelines.data_validation.figures import (
    draw_class_distribution,
    draw_image_sizes,
    draw_quality,
    draw_scale_bars,
)
from leukosmear.pipelines.data_validation.nodes import (
    admit_images,
    complete_inventory,
    count_classes,
    find_same_fields,
    judge,
    measure_aspect,
    measure_files,
    tabulate_sizes,
)
from leukosmear.pipelines.data_validation.page import render_validation_page
from leukosmear.pipelines.data_validation.same_field_sheet import draw_same_fields
from leukosmear.resemblance.duplicates import find_duplicates

_TAGS = ["data_validation"]


def create_pipeline() -> Pipeline:
    """From the folder of raw images to the images that later pipelines may use."""
    return Pipeline([*_inventory(), *_figures(), *_verdicts()], tags=_TAGS) + create_gate()


def create_gate() -> Pipeline:
    """The last step of data validation, which stops the run where a check failed.

    It is also the first one of the pipelines that use the images. Run without data validation they would otherwise go
    on with what an earlier, accepted data set left behind.
    """
    return Pipeline(
        [
            # The page is an input so that it is there when the run stops.
            Node(
                admit_images,
                inputs=["image_inventory", "validation_report", "validation_html"],
                outputs="accepted_images",
                name="admit_images",
            ),
        ],
        tags=_TAGS,
    )


def _inventory() -> list[Node]:
    return [
        Node(
            measure_files,
            inputs=["raw_images", "params:data_validation"],
            outputs=["file_measurements", "thumbnails"],
            name="measure_files",
        ),
        Node(
            find_duplicates,
            inputs=["file_measurements", "params:duplicates"],
            outputs="duplicate_pairs",
            name="find_duplicates",
        ),
        Node(
            find_same_fields,
            inputs=["thumbnails", "file_measurements", "params:same_field"],
            outputs="same_field_pairs",
            name="find_same_fields",
        ),
        Node(
            measure_aspect,
            inputs=["thumbnails", "file_measurements", "params:quality"],
            outputs="pixel_aspect",
            name="measure_aspect",
        ),
        Node(
            complete_inventory,
            inputs=[
                "file_measurements",
                "duplicate_pairs",
                "same_field_pairs",
                "patient_ids",
                "smear_ids",
                "params:acquisitions",
                "params:quality",
            ],
            outputs="image_inventory",
            name="complete_inventory",
        ),
        Node(
            count_classes,
            inputs=["image_inventory", "raw_images", "params:data_validation"],
            outputs="class_distribution_table",
            name="count_classes",
        ),
        Node(tabulate_sizes, inputs="image_inventory", outputs="image_size_table", name="tabulate_sizes"),
    ]


def _figures() -> list[Node]:
    return [
        Node(
            draw_class_distribution,
            inputs="class_distribution_table",
            outputs="class_distribution_figure",
            name="draw_class_distribution",
        ),
        Node(draw_image_sizes, inputs="image_size_table", outputs="image_size_figure", name="draw_image_sizes"),
        Node(draw_scale_bars, inputs="image_inventory", outputs="scale_bar_figure", name="draw_scale_bars"),
        Node(draw_quality, inputs="image_inventory", outputs="quality_figure", name="draw_quality"),
        Node(draw_acquisitions, inputs="image_inventory", outputs="acquisition_figure", name="draw_acquisitions"),
        Node(
            draw_same_fields,
            inputs=["raw_images", "image_inventory", "same_field_pairs"],
            outputs="same_field_figure",
            name="draw_same_fields",
        ),
    ]


def _verdicts() -> list[Node]:
    return [
        Node(
            judge,
            inputs=[
                "image_inventory",
                "raw_images",
                "archive_listing",
                "class_distribution_table",
                "duplicate_pairs",
                "same_field_pairs",
                "patient_ids",
                "smear_ids",
                "pixel_aspect",
                "params:data_validation",
            ],
            outputs="validation_report",
            name="judge_data_set",
        ),
        Node(
            render_validation_page,
            inputs=[
                "params:reporting.dataset_title",
                "params:reporting.synthetic",
                "validation_report",
                "image_inventory",
                "duplicate_pairs",
                "same_field_pairs",
                "class_distribution_figure",
                "image_size_figure",
                "scale_bar_figure",
                "quality_figure",
                "acquisition_figure",
                "same_field_figure",
                "params:data_validation",
                "params:duplicates",
                "params:same_field",
                "params:acquisitions",
                "params:quality",
            ],
            outputs="validation_html",
            name="render_validation_page",
        ),
    ]
