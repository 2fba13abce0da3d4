"""Wiring of the data validation pipeline."""

from kedro.pipeline import Node, Pipeline

from leukosmear.pipelines.data_validation.figures import draw_class_distribution, draw_image_sizes
from leukosmear.pipelines.data_validation.nodes import (
    admit_images,
    count_classes,
    judge,
    tabulate_sizes,
    take_inventory,
)


def create_pipeline() -> Pipeline:
    """From the folder of raw images to the images that later pipelines may use."""
    return Pipeline(
        [
            Node(
                take_inventory,
                inputs=["raw_images", "params:data_validation"],
                outputs="image_inventory",
                name="take_inventory",
            ),
            Node(
                count_classes,
                inputs=["image_inventory", "raw_images"],
                outputs="class_distribution_table",
                name="count_classes",
            ),
            Node(tabulate_sizes, inputs="image_inventory", outputs="image_size_table", name="tabulate_sizes"),
            Node(
                draw_class_distribution,
                inputs="class_distribution_table",
                outputs="class_distribution_figure",
                name="draw_class_distribution",
            ),
            Node(
                draw_image_sizes,
                inputs="image_size_table",
                outputs="image_size_figure",
                name="draw_image_sizes",
            ),
            Node(
                judge,
                inputs=[
                    "image_inventory",
                    "raw_images",
                    "archive_listing",
                    "class_distribution_table",
                    "params:data_validation",
                ],
                outputs="validation_report",
                name="judge_data_set",
            ),
            Node(
                admit_images,
                inputs=["image_inventory", "validation_report"],
                outputs="accepted_images",
                name="admit_images",
            ),
        ],
        tags=["data_validation"],
    )
