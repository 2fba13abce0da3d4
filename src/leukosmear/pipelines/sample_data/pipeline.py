"""Wiring of the embedded sample: synthetic smears and their ground truth."""

from kedro.pipeline import Node, Pipeline

from leukosmear.pipelines.sample_data.nodes import draw_sample, plan_sample


def create_pipeline() -> Pipeline:
    """Wire the pipeline that writes the sample and the table of what it shows."""
    return Pipeline(
        [
            Node(plan_sample, inputs="params:sample_data", outputs="sample_truth", name="plan_sample"),
            Node(
                draw_sample,
                inputs=["sample_truth", "params:sample_data"],
                outputs="sample_images",
                name="draw_sample",
            ),
        ]
    )
