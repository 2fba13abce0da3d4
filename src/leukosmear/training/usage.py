"""How a trained network is to be used, in a form that travels with its file."""

import math
from dataclasses import asdict
from typing import Any

import pandas as pd

from leukosmear.parameters import ImageParameters
from leukosmear.provenance import installed_versions
from leukosmear.scale_bars import masked_regions

PURPOSE = "For research use only; not a medical device."


def describe_usage(training: dict[str, Any], accepted_images: pd.DataFrame, images: ImageParameters) -> dict[str, Any]:
    """Say what a network takes, how an image is made into that, and what comes out.

    Args:
        training: The record of the training; its `model`, `classes` and `input_shape` (height, width, channels).
        accepted_images: The images that preprocessing worked on, with their sizes and the boxes of scale bars.
        images: How preprocessing made model images of them.

    Returns:
        Plain values, ready for JSON: `model`, `purpose`, `classes` (in the order of the probabilities), `input`,
        `preparation` (one entry per step, in their order), `output` and `versions`.

    Raises:
        ValueError: If the network takes images of another size than the parameters make.
    """
    height, width = images.shape
    if list(training["input_shape"]) != [height, width, 3]:
        raise ValueError(
            f"Expected {training['model']} to take the images that `images` describes, {height} x {width} pixels. "
            f"Found that it was trained on (height, width, channels) {training['input_shape']}. Run the preprocessing "
            "and modelling pipelines again, or give `images` the values that the network was trained with."
        )
    return {
        "model": training["model"],
        "purpose": PURPOSE,
        "classes": training["classes"],
        "input": {
            "dtype": "uint8",
            "shape": training["input_shape"],
            "axes": ["height", "width", "channel"],
            "batch": "any number of images, along an axis before these",
            "channels": ["red", "green", "blue"],
            "range": [0, 255],
            "scaling": "none: pass pixels as they are, the network rescales them itself",
        },
        "preparation": [*_decoding(images, width), *_filling(accepted_images, images), *_resizing(images, width)],
        "output": {"dtype": "float32", "shape": [len(training["classes"])], "meaning": "probability of each class"},
        "versions": installed_versions(),
    }


def _decoding(images: ImageParameters, width: int) -> list[dict[str, Any]]:
    step: dict[str, Any] = {
        "step": "decode",
        "to": "RGB, 8 bits per channel, upright as EXIF says, transparent parts on white",
        "function": "leukosmear.decoding.decode",
    }
    if images.decoding_margin is not None:
        step["jpeg"] = "at a half, a quarter or an eighth of its size, while width and height stay at least these"
        step["least"] = [math.ceil(images.decoding_margin * side) for side in (width, images.size)]
    return [step]


def _filling(accepted_images: pd.DataFrame, images: ImageParameters) -> list[dict[str, Any]]:
    """Describe what is filled in every image; nothing where no image has a scale bar, or bars are left to be seen."""
    regions = masked_regions(accepted_images) if images.mask_scale_bar else []
    if not regions:
        return []
    return [
        {
            "step": "fill",
            "what": "these parts of every image, whether it has a scale bar or not, from what surrounds them",
            "regions": [asdict(region) for region in regions],
            "unit": "share of the width (left, right) and of the height (top, bottom); all pixels touched are filled",
            "function": "leukosmear.scale_bars.fill_boxes",
        }
    ]


def _resizing(images: ImageParameters, width: int) -> list[dict[str, Any]]:
    return [
        {
            "step": "resize",
            "height": images.size,
            "width": width,
            "interpolation": images.interpolation,
            "what": "the whole image, nothing cut off; the interpolation averages where it reduces",
            "function": "PIL.Image.Image.resize",
        }
    ]
