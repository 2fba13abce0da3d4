"""Wiring of the preprocessing pipeline."""

from kedro.pipeline import Node, Pipeline

from leukosmear.pipelines.preprocessing.figures import draw_split
from leukosmear.pipelines.preprocessing.nodes import make_model_images, measure_leakage
from leukosmear.pipelines.preprocessing.preview import draw_augmentations
from leukosmear.preparation.description import describe_preparation
from leukosmear.preparation.regions import mark_regions
from leukosmear.splitting import choose_split, deal_splits


def create_pipeline() -> Pipeline:
    """From the accepted images to the images, the split and the augmentation that all models share."""
    return Pipeline(
        [
            Node(deal_splits, inputs=["accepted_images", "params:split"], outputs="splits", name="deal_splits"),
            Node(choose_split, inputs=["splits", "params:split"], outputs="split", name="choose_split"),
            Node(measure_leakage, inputs=["split", "accepted_images"], outputs="split_leakage", name="measure_leakage"),
            Node(draw_split, inputs="split", outputs="split_figure", name="draw_split"),
            Node(
                make_model_images,
                inputs=["raw_images", "accepted_images", "params:images"],
                outputs="model_images",
                name="make_model_images",
            ),
            Node(
                describe_preparation,
                inputs=["accepted_images", "params:images"],
                outputs="image_preparation",
                name="describe_preparation",
            ),
            Node(
                mark_regions,
                inputs=[
                    "raw_images",
                    "accepted_images",
                    "split",
                    "params:images",
                    "params:features",
                    "params:attention",
                ],
                outputs="test_regions",
                name="mark_regions",
            ),
            Node(
                draw_augmentations,
                inputs=[
                    "model_images",
                    "split",
                    "params:augmentation",
                    "params:augmentation_preview",
                ],
                outputs="augmentation_figure",
                name="draw_augmentations",
            ),
        ],
        tags=["preprocessing"],
    )
