"""Every parameter of the project as a validated model.

Each pipeline node receives only the block it uses. Kedro checks the blocks, values from the
command line's `--params` included, before the first node runs.
"""

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator


class Parameters(BaseModel):
    """What all parameter blocks share: an unknown name is an error, and values never change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ValidationParameters(Parameters):
    """What a data set has to fulfil before a model sees it."""

    classes: list[str] | None = Field(
        default=None,
        description="names of the class folders to expect; null takes the folders that are there",
    )
    max_rejected_fraction: float = Field(
        ge=0, le=1, description="share of files that may be unusable before the run stops"
    )
    min_images_per_class: int = Field(ge=8, description="fewest usable images a class can be split with")
    max_imbalance_ratio: float = Field(
        ge=1, description="largest class over smallest class, in images, from which on the report warns"
    )
    workers: int = Field(ge=1, description="threads that read and decode images")


class DuplicateParameters(Parameters):
    """When two images count as the same picture."""

    max_distance: int = Field(
        default=6, ge=0, le=12, description="most bits in which the 64-bit hashes of near-identical images differ"
    )


class QualityParameters(Parameters):
    """Which images are flagged as badly taken, and how the shape of the data set's pixels is measured."""

    max_deviation: float = Field(
        default=3.5,
        gt=0,
        description="distance from the median of the class, in robust standard deviations, from which on an image is "
        "blurred, dark, bright or low in contrast",
    )
    aspect_images: int = Field(default=300, ge=1, description="images drawn to measure the pixels' aspect ratio")
    seed: int = Field(default=0, ge=0, description="seed of the drawing of those images, and of the interval")


class SameFieldParameters(Parameters):
    """When two images count as photographs of one field of view, shifted."""

    landmarks: int = Field(
        default=40, ge=8, le=200, description="points of each image that are looked for in the others"
    )
    min_overlap: float = Field(
        default=0.25, gt=0.1, le=1, description="share of the frame that two images have to have in common"
    )
    min_correlation: float = Field(
        default=0.5, gt=0, lt=1, description="smallest correlation of what two images show where they overlap"
    )
    workers: int = Field(ge=1, description="threads that look for landmarks and search among them")


class AcquisitionParameters(Parameters):
    """How images are united into acquisitions where nobody says which patient they are of."""

    images_per_block: int = Field(
        ge=1, description="images of one class and scale bar, in the order of their names, that count as one session"
    )


class ImageParameters(Parameters):
    """How the images are made that the models work on."""

    size: int = Field(ge=32, le=1024, description="height of the model images, in pixels")
    aspect_ratio: float = Field(
        default=1.0,
        ge=0.5,
        le=2,
        description="width of the model images over their height; 1.33 restores 4:3 frames that were saved as squares",
    )
    mask_scale_bar: bool = Field(
        default=True,
        description="fill, in every image alike, the places where any image has its scale bar, so that none is seen",
    )
    interpolation: Literal["nearest", "box", "bilinear", "hamming", "bicubic", "lanczos"] = Field(
        description="how new pixels are computed from old ones; all but nearest also average when reducing"
    )
    images_per_partition: int = Field(ge=1, description="images in one file; the memory that making one takes")
    workers: int = Field(ge=1, description="threads that decode and resize images")


class SplitParameters(Parameters):
    """How the images are divided into train, validation and test."""

    protocol: Literal["random", "acquisition", "leave_stream_out"] = Field(
        default="random",
        description="by image, as in the paper; by acquisition, so that none is on two sides; or by stream (class and "
        "kind of scale bar), so that of each class with several one is in test alone",
    )
    train: float = Field(gt=0, lt=1, description="share of each class's images for training; for random only")
    validation: float = Field(
        gt=0, lt=1, description="share for validation, and the test split gets the rest; for random only"
    )
    folds: int = Field(
        default=7,
        ge=3,
        description="parts into which acquisitions are dealt, one for test and one for validation; for acquisition "
        "and leave_stream_out",
    )
    fold: int = Field(
        default=0,
        ge=0,
        description="which fold is the test split, from 0, for acquisition; which stream of each class is held out, "
        "counted round, for leave_stream_out",
    )
    seed: int = Field(ge=0, description="seed of the random division; for all protocols")

    @model_validator(mode="after")
    def _fold_exists(self) -> Self:
        if self.protocol == "acquisition" and self.fold >= self.folds:
            raise ValueError(
                f"Expected `split.fold` from 0 to {self.folds - 1}, since `split.folds` is {self.folds}. "
                f"Found {self.fold}. Lower the fold, or raise the number of folds."
            )
        return self


class AugmentationParameters(Parameters):
    """The random changes of the training images: the seven of the paper.

    Each is drawn afresh for every image in every epoch; all are carried out in one resampling.
    """

    rotation: float = Field(ge=0, le=180, description="largest rotation either way, in degrees")
    width_shift: float = Field(ge=0, lt=1, description="largest shift left or right, as a share of the width")
    height_shift: float = Field(ge=0, lt=1, description="largest shift up or down, as a share of the height")
    shear: float = Field(ge=0, lt=90, description="largest shear angle either way, in degrees")
    zoom: float = Field(ge=0, lt=1, description="zoom factors are drawn from 1 - zoom to 1 + zoom, per axis")
    horizontal_flip: bool = Field(description="mirror left and right with probability one half")
    fill_mode: Literal["nearest", "reflect", "wrap", "constant"] = Field(
        description="what lies beyond the edge: its last pixel, its mirror image, the other side, or black"
    )


class PreviewParameters(Parameters):
    """The figure that shows the augmentations."""

    images: int = Field(ge=1, le=12, description="training images shown, taken in turn from the classes")
    variants: int = Field(ge=1, le=12, description="random variants shown of each")
    seed: int = Field(ge=0, description="seed of the variants")


class NetworkParameters(Parameters):
    """Which network is built."""

    builder: str = Field(description="import path of a function (input_shape, n_classes, **options) -> keras.Model")
    options: dict[str, bool | int | float | str | list[int] | None] = Field(
        default_factory=dict, description="further arguments of the builder"
    )


class TrainingParameters(Parameters):
    """How a network is trained: Adam on categorical cross-entropy, the validation split watched."""

    epochs: int = Field(ge=1, description="passes over the training split, at most")
    batch_size: int = Field(ge=1, description="images per step")
    learning_rate: float = Field(gt=0, description="step size of Adam at its highest")
    schedule: Literal["constant", "cosine"] = Field(
        description="the learning rate stays, or falls to zero along a cosine until the last epoch"
    )
    warmup_epochs: float = Field(default=0, ge=0, description="epochs in which a cosine schedule first rises from zero")
    label_smoothing: float = Field(
        default=0, ge=0, lt=1, description="share of the target spread evenly over all classes"
    )
    monitor: Literal["validation_loss", "validation_accuracy", "validation_f1"] = Field(
        description="what decides which epoch's weights are kept"
    )
    patience: int = Field(ge=1, description="epochs without improvement after which training stops early")
    graph: bool = Field(
        default=True,
        description="trace a step into a graph first: up to a minute for a deep network, which is lost time if "
        "only a few steps follow",
    )
    seed: int = Field(ge=0, description="seed of initial weights, order of images, dropout and augmentation")


class PixelFeatureParameters(Parameters):
    """How images become rows of numbers for the estimators that work on pixels."""

    size: int = Field(ge=1, le=256, description="images are averaged down to size x size RGB pixels")


class EstimatorParameters(Parameters):
    """Which scikit-learn estimator is fitted, behind a standard scaler."""

    estimator: str = Field(description="import path of a classifier class with predict_proba")
    options: dict[str, bool | int | float | str | None] = Field(
        default_factory=dict, description="arguments of the class"
    )
    grid: dict[str, list[int | float | str | None]] = Field(
        default_factory=dict, description="values of arguments to choose from, inside the training split"
    )
    folds: int = Field(default=5, ge=2, description="folds of the cross-validation that chooses")
    jobs: int = Field(default=1, ge=-1, description="processes that choose; -1 takes all cores")
    seed: int = Field(ge=0, description="seed of the folds")
