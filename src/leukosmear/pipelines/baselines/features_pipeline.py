"""Wiring of the part of the baselines pipeline that makes features, once for all estimators."""

from kedro.pipeline import Node, Pipeline

from leukosmear.features import pixels_as_features
from leukosmear.pipelines.baselines.figures import draw_cells
from leukosmear.pipelines.baselines.nodes import make_features


def create_features_pipeline() -> Pipeline:
    """From the images to a table of their cells, and to one table of features for each kind of estimator."""
    return Pipeline(
        [
            Node(
                pixels_as_features,
                inputs=["model_images", "params:pixel_features"],
                outputs="pixel_features",
                name="make_pixel_features",
            ),
            Node(
                make_features,
                inputs=["raw_images", "accepted_images", "params:features"],
                outputs=[
                    "cells",
                    "cell_features",
                    "background_features",
                    "scale_bar_features",
                    "histogram_features",
                ],
                name="make_cell_features",
            ),
            Node(
                draw_cells,
                inputs=[
                    "raw_images",
                    "accepted_images",
                    "cell_features",
                    "params:features",
                    "params:cells_figure",
                ],
                outputs="cells_figure",
                name="draw_cells",
            ),
        ]
    )
