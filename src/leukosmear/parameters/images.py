"""From image files to the images that models learn from."""

from typing import Literal

from pydantic import Field

from leukosmear.parameters.base import Parameters

Interpolation = Literal["nearest", "box", "bilinear", "hamming", "bicubic", "lanczos"]


class FrameParameters(Parameters):
    """What the camera saw in one image."""

    aspect_ratio: float = Field(
        default=1.0,
        ge=0.5,
        le=2,
        description="width over height of the frame on the slide: 1.3333 for frames of 4:3, also where they were saved "
        "as squares, in which round cells would count as elongated; 1.0 for squares",
    )


class ImageParameters(Parameters):
    """How the images are made that the models work on."""

    size: int = Field(ge=32, le=1024, description="height of the model images, in pixels")
    square: bool = Field(
        default=True,
        description="model images are squares, whatever the frame; false restores its aspect ratio",
    )
    mask_scale_bar: bool = Field(
        default=True,
        description="fill, in every image alike, the places where any image has its scale bar, so that none is seen",
    )
    interpolation: Interpolation = Field(
        description="how new pixels are computed from old ones, for models and for measuring; all but nearest also "
        "average when reducing"
    )
    decoding_margin: float | None = Field(
        default=2.0,
        ge=1,
        description="JPEG files are decoded at a half, a quarter or an eighth of their size while that leaves so many "
        "times the height and width of what is made of them, which differ by less than 1 of 255 on average at 2 or "
        "more; null decodes in full",
    )
    images_per_partition: int = Field(
        ge=1, description="images in one file; the memory that making one takes", json_schema_extra={"effort": True}
    )
    workers: int = Field(
        ge=1,
        description="processes that decode, resize and measure images",
        json_schema_extra={"effort": True},
    )


class SplitParameters(Parameters):
    """How the images are divided into train, validation and test."""

    protocol: str = Field(
        default="random",
        description="by image, as in the paper (random); by acquisition, so that none is on two sides; or by stream or "
        "smear, so that of each class with several one is in test alone (leave_stream_out, leave_smear_out)",
    )
    train: float = Field(gt=0, lt=1, description="share of each class's images for training; for random only")
    validation: float = Field(
        gt=0, lt=1, description="share for validation, and the test split gets the rest; for random only"
    )
    folds: int = Field(
        default=7,
        ge=3,
        description="parts into which acquisitions are dealt, one for test and one for validation; for random, how "
        "many splits are drawn",
    )
    # No part of what the table of all splits is made from: it names the folder of the chosen one instead.
    fold: int = Field(
        default=0,
        ge=0,
        description="which fold is worked on, from 0; for leave_stream_out and leave_smear_out, which stream or smear "
        "of each class is held out, counted round",
        json_schema_extra={"effort": True},
    )
    seed: int = Field(ge=0, description="seed of the division")


class AugmentationParameters(Parameters):
    """The random changes of the training images: the seven of the paper, and four more.

    Each is drawn afresh for every image in every epoch; those that move pixels are carried out in one resampling.
    """

    rotation: float = Field(ge=0, le=180, description="largest rotation either way, in degrees")
    width_shift: float = Field(ge=0, lt=1, description="largest shift left or right, as a share of the width")
    height_shift: float = Field(ge=0, lt=1, description="largest shift up or down, as a share of the height")
    shear: float = Field(ge=0, lt=90, description="largest shear angle either way, in degrees")
    zoom: float = Field(ge=0, lt=1, description="zoom factors are drawn from 1 - zoom to 1 + zoom, per axis")
    horizontal_flip: bool = Field(description="mirror left and right with probability one half")
    vertical_flip: bool = Field(default=False, description="mirror top and bottom with probability one half")
    fill_mode: Literal["nearest", "reflect", "wrap", "constant"] = Field(
        description="what lies beyond the edge: its last pixel, its mirror image, the other side, or black"
    )
    stain_factor: float = Field(
        default=0,
        ge=0,
        lt=1,
        description="the amounts of blue and of pink stain are multiplied by factors from 1 - this to 1 + this, each "
        "by its own; 0.05 is light, 0.2 strong",
    )
    stain_shift: float = Field(
        default=0,
        ge=0,
        lt=1,
        description="largest amount of each stain that is added or taken away everywhere, in optical density, of "
        "which 0.3 halves the light",
    )
    cut_outs: int = Field(
        default=0, ge=0, le=16, description="squares of each image that are filled with its mean colour"
    )
    cut_out_size: float = Field(default=0.25, gt=0, le=1, description="side of those squares, as a share of the height")


class PreviewParameters(Parameters):
    """The figure that shows the augmentations."""

    images: int = Field(ge=1, le=12, description="training images shown, taken in turn from the classes")
    variants: int = Field(ge=1, le=12, description="random variants shown of each")
    seed: int = Field(ge=0, description="seed of the variants")
