"""How the images of a data set are prepared: one way for models, one for measuring, of the same decoded image."""

import math

import pandas as pd
from pydantic import Field

from leukosmear.parameters import FeatureParameters, FrameParameters, ImageParameters
from leukosmear.parameters.base import Parameters
from leukosmear.preparation.preparation import Preparation
from leukosmear.scale_bars import masked_regions


class Preparations(Parameters):
    """The preparations of a data set; they share the decoded image, so that a file is decoded once."""

    model_images: Preparation = Field(description="for networks, and for estimators that work on pixels")
    features: Preparation = Field(description="for finding cells and measuring them: pixels are square")


def plan_preparations(
    accepted_images: pd.DataFrame, frame: FrameParameters, images: ImageParameters, features: FeatureParameters
) -> Preparations:
    """Say how each image of a data set is prepared.

    Scale bars are filled at the places of the whole data set, whichever bar an image has: filling each image's own
    would show by the size of the smooth patch what kind of bar was there, and so perhaps the class.

    Args:
        accepted_images: Columns `width`, `height`, and the boxes of scale bars, in pixels.
        frame: Aspect ratio of what the camera saw.
        images: Size of the model images, interpolation, masking, and how far files are decoded.
        features: Size of the images that are measured.
    """
    bars = tuple(masked_regions(accepted_images))
    model_width = images.size if images.square else round(images.size * frame.aspect_ratio)
    shapes = (images.size, model_width), (features.size, round(features.size * frame.aspect_ratio))
    least = None
    if images.decoding_margin is not None:
        height, width = (math.ceil(images.decoding_margin * max(sides)) for sides in zip(*shapes, strict=True))
        least = (width, height)
    of_models, of_features = (
        Preparation(height=height, width=width, interpolation=images.interpolation, least=least, filled=filled)
        for (height, width), filled in zip(shapes, (bars if images.mask_scale_bar else (), bars), strict=True)
    )
    return Preparations(model_images=of_models, features=of_features)
