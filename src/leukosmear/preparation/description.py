"""How an image file becomes a model image, in a form that travels with every network."""

from dataclasses import asdict
from typing import Any

import pandas as pd

from leukosmear.parameters import ImageParameters
from leukosmear.scale_bars import masked_regions

Step = dict[str, Any]


def describe_preparation(accepted_images: pd.DataFrame, images: ImageParameters) -> list[Step]:
    """Say step by step what `make_model_images` does with a file.

    Args:
        accepted_images: The images that it works on, with their sizes and the boxes of scale bars.
        images: Its parameters.

    Returns:
        One entry per step, in their order: decode, fill (where scale bars are hidden), resize. Plain values, ready for
        JSON.
    """
    return [*_decoding(images), *_filling(accepted_images, images), *_resizing(images)]


def _decoding(images: ImageParameters) -> list[Step]:
    step: Step = {
        "step": "decode",
        "to": "RGB, 8 bits per channel, upright as EXIF says, transparent parts on white",
        "function": "leukosmear.decoding.decode",
    }
    if images.least is not None:
        step["jpeg"] = "at a half, a quarter or an eighth of its size, while width and height stay at least these"
        step["least"] = list(images.least)
    return [step]


def _filling(accepted_images: pd.DataFrame, images: ImageParameters) -> list[Step]:
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
            "function": "leukosmear.scale_bars.fill_regions",
        }
    ]


def _resizing(images: ImageParameters) -> list[Step]:
    return [
        {
            "step": "resize",
            "height": images.shape[0],
            "width": images.shape[1],
            "interpolation": images.interpolation,
            "what": "the whole image, nothing cut off; the interpolation averages where it reduces",
            "function": "PIL.Image.Image.resize",
        }
    ]
