"""Wiring of the family of networks, to be instantiated once for each model."""

from kedro.pipeline import Node, Pipeline

from leukosmear.attention.figures import draw_attention
from leukosmear.namespacing import bind, for_model
from leukosmear.prediction.networks import apply_network
from leukosmear.prediction.usage import SHARED_INPUTS, describe_usage, usage_inputs
from leukosmear.training.nodes import discard_checkpoint, train_network

SHARED = {
    *SHARED_INPUTS.values(),
    "model_images",
    "raw_images",
    "split",
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
                    "raw_images",
                    "accepted_images",
                    "preparations",
                    "params:training",
                    "params:attention",
                ],
                outputs=["predictions", "milliseconds", "attention", "interventions", "attention_examples"],
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
                inputs=usage_inputs("network@file"),
                outputs="usage",
                name="describe_usage",
            ),
            Node(discard_checkpoint, inputs=["checkpoint", "network@file"], outputs=None, name="discard_checkpoint"),
        ]
    )
    return for_model(base, model, SHARED)
