"""Wiring of the preprocessing pipeline."""

from kedro.pipeline import Node, Pipeline

from leukosmear.pipelines.preprocessing.cells_figure import draw_cells
from leukosmear.pipelines.preprocessing.figures import draw_split
from leukosmear.pipelines.preprocessing.images import make_features, make_model_images, plan_images
from leukosmear.pipelines.preprocessing.nodes import measure_leakage
from leukosmear.pipelines.preprocessing.preview import draw_augmentations
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
                plan_images,
                inputs=["accepted_images", "params:frame", "params:images", "params:features"],
                outputs="preparations",
                name="plan_images",
            ),
            Node(
                make_model_images,
                inputs=[
                    "raw_images",
                    "accepted_images",
                    "preparations",
                    "params:images",
                    "params:features",
                    "params:cells_figure",
                ],
                outputs="model_images",
                name="make_model_images",
            ),
            Node(
                make_features,
                inputs=["model_images", "accepted_images", "params:pixel_features"],
                outputs=[
                    "cells",
                    "cell_features",
                    "background_features",
                    "scale_bar_features",
                    "histogram_features",
                    "pixel_features",
                ],
                name="make_features",
            ),
            Node(
                draw_cells,
                inputs=["model_images", "accepted_images", "params:frame", "params:cells_figure"],
                outputs="cells_figure",
                name="draw_cells",
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
