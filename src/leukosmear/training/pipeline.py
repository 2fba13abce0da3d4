"""Wiring of the family of networks, to be instantiated once for each model."""

from kedro.pipeline import Node, Pipeline

from leukosmear.attention.figures import draw_attention
from leukosmear.namespacing import bind, for_model
from leukosmear.prediction.networks import apply_network
from leukosmear.prediction.outputs import note_file_size
from leukosmear.prediction.usage import describe_usage
from leukosmear.training.nodes import discard_checkpoint, train_network

SHARED = {
    "accepted_images",
    "image_preparation",
    "model_images",
    "split",
    "test_regions",
    "params:attention",
    "params:augmentation",
}


def create_network_pipeline(model: str) -> Pipeline:
    """Train the network whose parameters stand under `model`, and apply it."""
    base = Pipeline(
        [
            Node(
                bind(train_network, model),
                inputs=[
                    "model_images",
                    "split",
                    "params:network",
                    "params:training",
                    "params:augmentation",
                    "checkpoint",
                ],
                outputs=["network@keras", "history", "training"],
                name="train_network",
            ),
            Node(
                apply_network,
                inputs=[
                    "network@keras",
                    "model_images",
                    "split",
                    "test_regions",
                    "params:training",
                    "params:attention",
                ],
                outputs=["predictions", "attention", "interventions", "attention_examples"],
                name="apply_network",
            ),
            Node(
                bind(draw_attention, model),
                inputs=["attention_examples", "predictions"],
                outputs="attention_figure",
                name="draw_attention",
            ),
            Node(
                describe_usage,
                inputs=["training", "image_preparation", "accepted_images"],
                outputs="usage",
                name="describe_usage",
            ),
            Node(note_file_size, inputs="network@bytes", outputs="file_bytes", name="weigh_network"),
            Node(discard_checkpoint, inputs=["checkpoint", "network@bytes"], outputs=None, name="discard_checkpoint"),
        ]
    )
    return for_model(base, model, SHARED)
