"""How a trained network is to be used, in a form that travels with its file."""

from typing import Any

import pandas as pd

from leukosmear.provenance import installed_versions

PURPOSE = "For research use only; not a medical device."


def describe_usage(
    training: dict[str, Any], image_preparation: list[dict[str, Any]], accepted_images: pd.DataFrame
) -> dict[str, Any]:
    """Say what a network takes, how an image is made into that, and what comes out.

    Args:
        training: The record of the training; its `model`, `classes` and `input_shape` (height, width, channels).
        image_preparation: The steps by which preprocessing made the model images, the last of which resizes.
        accepted_images: The images that the data gate let through; column `label`.

    Returns:
        Plain values, ready for JSON: `model`, `purpose`, `classes` (in the order of the probabilities), `data` (the
        number of images of each class), `input`, `preparation` (one entry per step, in their order), `output` and
        `versions`.

    Raises:
        ValueError: If the network takes images of another size than these.
    """
    height, width = (image_preparation[-1][side] for side in ("height", "width"))
    if list(training["input_shape"]) != [height, width, 3]:
        raise ValueError(
            f"Expected {training['model']} to take the images that preprocessing made, {height} x {width} pixels. "
            f"Found that it was trained on (height, width, channels) {training['input_shape']}. Run the modelling "
            "pipeline again, or the preprocessing pipeline with the size that the network was trained with."
        )
    return {
        "model": training["model"],
        "purpose": PURPOSE,
        "classes": training["classes"],
        "data": {
            "images": {str(name): int(n) for name, n in accepted_images["label"].value_counts(sort=False).items()}
        },
        "input": {
            "dtype": "uint8",
            "shape": training["input_shape"],
            "axes": ["height", "width", "channel"],
            "batch": "any number of images, along an axis before these",
            "channels": ["red", "green", "blue"],
            "range": [0, 255],
            "scaling": "none: pass pixels as they are, the network rescales them itself",
        },
        "preparation": image_preparation,
        "output": {"dtype": "float32", "shape": [len(training["classes"])], "meaning": "probability of each class"},
        "versions": installed_versions(),
    }
