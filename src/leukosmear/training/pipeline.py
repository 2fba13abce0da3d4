"""Wiring of the family of networks, to be instantiated once for each model."""

from kedro.pipeline import Node, Pipeline

from leukosmear.model_outputs import note_file_size
from leukosmear.pipelines.namespacing import for_model
from leukosmear.training.nodes import predict_with_network, train_network

SHARED = {"model_images", "split_manifest", "params:augmentation"}


def create_network_pipeline(model: str) -> Pipeline:
    """Train the network whose parameters stand under `model`, and apply it."""
    base = Pipeline(
        [
            Node(
                train_network,
                inputs=[
                    "params:name",
                    "model_images",
                    "split_manifest",
                    "params:network",
                    "params:training",
                    "params:augmentation",
                ],
                outputs=["network@keras", "history", "training"],
                name="train_network",
            ),
            Node(
                predict_with_network,
                inputs=["network@keras", "model_images", "split_manifest", "params:training"],
                outputs="predictions",
                name="predict_with_network",
            ),
            Node(note_file_size, inputs="network@bytes", outputs="file_bytes", name="weigh_network"),
        ]
    )
    return for_model(base, model, SHARED)
