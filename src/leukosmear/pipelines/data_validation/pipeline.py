"""Wiring of the data validation pipeline."""

from collections.abc import Callable

from kedro.pipeline import Node, Pipeline

from leukosmear.pipelines.data_validation import figures, nodes, page
from leukosmear.pipelines.data_validation.acquisition_strips import draw_acquisitions
from leukosmear.pipelines.data_validation.same_field_sheet import draw_same_fields
from leukosmear.resemblance.duplicates import find_duplicates
from leukosmear.resemblance.field_pairs import find_same_fields
from leukosmear.resemblance.quality import measure_aspect

_TAGS = ["data_validation"]

_FIGURES = ("class_distribution", "image_size", "scale_bar", "quality", "acquisition", "same_field")
_LIMITS = ("data_validation", "duplicates", "same_field", "acquisitions", "quality")


def create_pipeline() -> Pipeline:
    """Lead from the folder of raw images to the images that later pipelines may use."""
    return Pipeline([*_inventory(), *_figures(), *_verdicts(), *_page()], tags=_TAGS) + create_gate()


def create_gate() -> Pipeline:
    """Stop the run where a check failed: the last step of data validation.

    It is also the first one of the pipelines that use the images. Run without data validation they would otherwise go
    on with what an earlier, accepted data set left behind.
    """
    # The page is an input so that it is there when the run stops.
    inputs = ["image_inventory", "validation_report", "validation_html"]
    return Pipeline([_node(nodes.admit_images, inputs, "accepted_images")], tags=_TAGS)


def _node(function: Callable, inputs: str | list[str] | dict[str, str], outputs: str | list[str]) -> Node:
    return Node(function, inputs, outputs, name=function.__name__)


def _inventory() -> list[Node]:
    return [
        _node(nodes.measure_files, ["raw_images", "params:data_validation"], ["file_measurements", "thumbnails"]),
        _node(find_duplicates, ["file_measurements", "params:duplicates"], "duplicate_pairs"),
        _node(find_same_fields, ["thumbnails", "file_measurements", "params:same_field"], "same_field_pairs"),
        _node(measure_aspect, ["thumbnails", "file_measurements", "params:quality"], "pixel_aspect"),
        _node(
            nodes.complete_inventory,
            [
                "file_measurements",
                "duplicate_pairs",
                "same_field_pairs",
                "patient_ids",
                "smear_ids",
                "params:acquisitions",
                "params:quality",
            ],
            "image_inventory",
        ),
        _node(
            nodes.count_classes, ["image_inventory", "raw_images", "params:data_validation"], "class_distribution_table"
        ),
        _node(nodes.tabulate_sizes, "image_inventory", "image_size_table"),
    ]


def _figures() -> list[Node]:
    return [
        _node(figures.draw_class_distribution, "class_distribution_table", "class_distribution_figure"),
        _node(figures.draw_image_sizes, "image_size_table", "image_size_figure"),
        _node(figures.draw_scale_bars, "image_inventory", "scale_bar_figure"),
        _node(figures.draw_quality, "image_inventory", "quality_figure"),
        _node(draw_acquisitions, "image_inventory", "acquisition_figure"),
        _node(draw_same_fields, ["raw_images", "image_inventory", "same_field_pairs"], "same_field_figure"),
    ]


def _verdicts() -> list[Node]:
    of_files = ["image_inventory", "raw_images", "archive_listing", "class_distribution_table"]
    of_pairs = ["image_inventory", "duplicate_pairs", "same_field_pairs", "patient_ids", "smear_ids", "pixel_aspect"]
    of_all = ["image_inventory", "class_distribution_table", "file_checks", "comparison_checks"]
    return [
        _node(nodes.check_files, [*of_files, "params:data_validation"], "file_checks"),
        _node(nodes.check_comparisons, of_pairs, "comparison_checks"),
        _node(nodes.report_verdicts, of_all, "validation_report"),
    ]


def _page() -> list[Node]:
    lists = ["image_inventory", "duplicate_pairs", "same_field_pairs"]
    parts = ["validation_report", "validation_lists", "validation_limits", "validation_figures"]
    about = ["params:reporting.dataset_title", "params:reporting.synthetic"]
    return [
        _node(page.list_cases, lists, "validation_lists"),
        _node(page.list_limits, [f"params:{block}" for block in _LIMITS], "validation_limits"),
        _node(page.collect_figures, {name: f"{name}_figure" for name in _FIGURES}, "validation_figures"),
        _node(page.render_validation_page, [*about, *parts], "validation_html"),
    ]
