"""Wiring of the export pipeline."""

from kedro.pipeline import Node, Pipeline

from leukosmear.export.comparing import tabulate_formats
from leukosmear.models import MODELS
from leukosmear.namespacing import for_model
from leukosmear.pipelines.export.figures import draw_formats
from leukosmear.pipelines.export.nodes import check_formats, convert_network, run_formats

SHARED = {"model_images", "split", "params:export", "params:evaluation.confidence"}

FORMATS = ["tflite_float32", "tflite_float16", "tflite_int8", "onnx"]


def create_pipeline() -> Pipeline:
    """Convert the networks that are declared to be exported, and run what comes out."""
    exports = (for_model(_create_base(), model.name, SHARED) for model in MODELS if model.exported)
    return Pipeline(sum(exports, Pipeline([])), tags=["export"])


def _create_base() -> Pipeline:
    return Pipeline(
        [
            Node(
                convert_network,
                inputs=["network@keras", "usage", "model_images", "split", "params:export"],
                outputs=FORMATS,
                name="convert_network",
            ),
            Node(
                run_formats,
                inputs=["network@keras", *FORMATS, "model_images", "split", "params:export"],
                outputs=["export_probabilities", "export_runs"],
                name="run_formats",
            ),
            Node(
                tabulate_formats,
                inputs=[
                    "export_probabilities",
                    "export_runs",
                    "usage",
                    "params:export",
                    "params:evaluation.confidence",
                ],
                outputs=["export_table", "export_results"],
                name="tabulate_formats",
            ),
            Node(draw_formats, inputs=["export_table", "params:export"], outputs="export_figure", name="draw_formats"),
            # Stops the run where a format lost too much. Table and figure come first, so that they are there then.
            Node(
                check_formats,
                inputs=["export_results", "export_table", "export_figure"],
                outputs=None,
                name="check_formats",
            ),
        ]
    )
