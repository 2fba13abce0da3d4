"""Every parameter of the project as a validated model.

Each pipeline node receives only the block it uses. Kedro checks the blocks, values from the
command line's `--params` included, before the first node runs.
"""

from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator


class Parameters(BaseModel):
    """What all parameter blocks share: an unknown name is an error, and values never change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ValidationParameters(Parameters):
    """What a data set has to fulfil before a model sees it."""

    classes: list[str] | dict[str, list[str]] | None = Field(
        default=None,
        description="names of the class folders to expect, or the folders that make up each class; null takes the "
        "folders that are there; endings instead of folders where those say the class",
    )
    label_from: Literal["folder", "file_ending"] = Field(
        default="folder",
        description="what says which class an image is of: its folder, or what stands after the last underscore of its "
        "name, as in ALL-IDB (Im001_1.tif)",
    )
    max_rejected_fraction: float = Field(
        ge=0, le=1, description="share of files that may be unusable before the run stops"
    )
    min_images_per_class: int = Field(ge=8, description="fewest usable images a class can be split with")
    max_imbalance_ratio: float = Field(
        ge=1, description="largest class over smallest class, in images, from which on the report warns"
    )
    workers: int = Field(ge=1, description="threads, or for many files processes, that read and measure images")

    @field_validator("classes")
    @classmethod
    def _no_source_has_two_classes(cls, classes: list[str] | dict[str, list[str]] | None) -> Any:  # noqa: ANN401
        if isinstance(classes, dict):
            sources = [source for members in classes.values() for source in members]
            twice = sorted({source for source in sources if sources.count(source) > 1})
            if twice or not all(classes.values()):
                raise ValueError(
                    "Expected `data_validation.classes` to list at least one folder (or ending) for each class, and "
                    f"each of them once. Found {', '.join(twice) if twice else 'none'} "
                    f"{'more than once' if twice else 'for a class'} in {classes}."
                )
        return classes


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


class FrameParameters(Parameters):
    """To which frame images are resized."""

    size: int = Field(description="height of the resized images, in pixels")
    aspect_ratio: float = Field(
        default=1.0,
        ge=0.5,
        le=2,
        description="their width over their height; 1.3333 restores 4:3 frames that were saved as squares, without "
        "which round cells would count as elongated",
    )
    interpolation: Literal["nearest", "box", "bilinear", "hamming", "bicubic", "lanczos"] = Field(
        description="how new pixels are computed from old ones; all but nearest also average when reducing"
    )

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width of the resized images, in pixels."""
        return self.size, round(self.size * self.aspect_ratio)


class ImageParameters(FrameParameters):
    """How the images are made that the models work on."""

    size: int = Field(ge=32, le=1024, description="height of the model images, in pixels")
    mask_scale_bar: bool = Field(
        default=True,
        description="fill, in every image alike, the places where any image has its scale bar, so that none is seen",
    )
    decoding_margin: float | None = Field(
        default=2.0,
        ge=1,
        description="JPEG files are decoded at a half, a quarter or an eighth of their size while that leaves so many "
        "times the height and width of the model images, which differ by less than 1 of 255 on average at 2 or more; "
        "null decodes in full",
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


class NetworkParameters(Parameters):
    """Which network is built."""

    builder: str = Field(description="import path of a function (input_shape, n_classes, **options) -> keras.Model")
    options: dict[str, bool | int | float | str | list[int] | None] = Field(
        default_factory=dict, description="further arguments of the builder"
    )


class TrainingParameters(Parameters):
    """How a network is trained: Adam on categorical cross-entropy, the validation split watched (docs/training.md)."""

    epochs: int | None = Field(
        default=None, ge=1, description="passes over the training split, at most; null if only `max_minutes` counts"
    )
    max_minutes: float | None = Field(
        default=None,
        gt=0,
        description="minutes that training may take, validation and checkpoints included; the schedule of the learning "
        "rate comes to its end when they are over, or with the last of `epochs` if that is sooner; null for no limit",
    )
    batch_size: int = Field(ge=1, description="images per step")
    images_in_memory: int = Field(
        default=20_000,
        ge=1,
        description="images of the data set that are held at once, of height x width x 3 bytes each; of a larger data "
        "set each epoch reads all images from disk again, and draws its order from a pool of not quite so many",
    )
    learning_rate: float = Field(gt=0, description="step size of Adam at its highest")
    schedule: Literal["constant", "cosine", "linear"] = Field(
        description="the learning rate stays, or falls to zero along a cosine or a line until training is over"
    )
    warmup_epochs: float = Field(
        default=0, ge=0, description="epochs in which the learning rate first rises from zero, along a line"
    )
    weight_decay: float = Field(
        default=0,
        ge=0,
        description="share of every kernel that is taken off in a step, times the learning rate, as in AdamW; biases "
        "and normalizations keep theirs; 0 is plain Adam, usual values are 0.001 to 0.1",
    )
    max_gradient_norm: float | None = Field(
        default=None,
        gt=0,
        description="gradients of a step that are longer than this, all weights together, are scaled down to it; null "
        "for no limit; 1 calms a training whose loss jumps or is not finite",
    )
    label_smoothing: float = Field(
        default=0, ge=0, lt=1, description="share of the target spread evenly over all classes"
    )
    class_weights: Literal["none", "balanced"] = Field(
        default="none",
        description="every training image counts the same, or every class does: an image of a class with n of all N "
        "images counts N / (n x number of classes); validation is never weighted",
    )
    monitor: Literal["validation_loss", "validation_accuracy", "validation_f1"] = Field(
        description="what decides which epoch's weights are kept"
    )
    patience: int = Field(ge=1, description="epochs without improvement after which training stops early")
    checkpoint_epochs: int = Field(
        default=1,
        ge=0,
        description="epochs between two checkpoints, from which a training that was killed goes on; each takes four "
        "times the space of the weights, and is removed when training is complete; 0 for none",
    )
    precision: Literal["auto", "float32", "mixed_bfloat16", "mixed_float16"] = Field(
        default="auto",
        description="what is computed with: 32 bits, or 16 for all but weights, statistics and the output, which is "
        "faster on chips made for it and slower on others; auto looks at the chip. Weights and the network that is "
        "kept are float32 in any case (docs/accelerators.md)",
    )
    graph: bool = Field(
        default=True,
        description="trace a step into a graph first: up to a minute for a deep network, which is lost time if "
        "only a few steps follow",
    )
    seed: int = Field(ge=0, description="seed of initial weights, order of images, dropout and augmentation")

    @property
    def images_per_call(self) -> int:
        """Images that a trained network is applied to at a time: without gradients, layers' outputs are not kept."""
        return 4 * self.batch_size

    @model_validator(mode="after")
    def _ends(self) -> Self:
        if self.epochs is None and self.max_minutes is None:
            raise ValueError(
                "Expected `epochs` or `max_minutes`, or both, to say when training ends. Found neither. Set one."
            )
        return self


class ExportParameters(Parameters):
    """How trained networks are converted for other runtimes, and what that may cost."""

    calibration_images: int = Field(
        default=200,
        ge=1,
        description="training images from which int8 learns the ranges of what flows between layers; conversion takes "
        "longer with each",
    )
    seed: int = Field(ge=0, description="seed of their choice")
    opset: int = Field(default=18, ge=15, le=18, description="version of ONNX's operators; tf2onnx knows none above 18")
    warm_up_calls: int = Field(default=10, ge=1, description="calls of each exported model before any is timed")
    max_accuracy_drop: float = Field(
        default=0.5,
        ge=0,
        lt=100,
        description="most percentage points of accuracy on the test images that an exported format may lose",
    )


class AttentionParameters(Parameters):
    """In which test images networks are asked what they look at; in the same ones for all networks."""

    images: int = Field(
        ge=4, description="test images that are looked at, at most; of more, some of each class are drawn"
    )
    images_per_class: int = Field(ge=1, le=6, description="images of each class that the figure shows")
    seed: int = Field(ge=0, description="seed of both choices")


class FeatureParameters(FrameParameters):
    """How images are made ready for measuring their cells, and what is measured of the whole."""

    size: int = Field(ge=64, le=2048, description="height of the images that are measured, in pixels")
    corner_columns: int = Field(ge=1, le=64, description="pixels across to which the corner with the bar is averaged")
    corner_rows: int = Field(ge=1, le=64, description="pixels down")
    histogram_bins: int = Field(ge=2, le=256, description="of equal width, for each of red, green and blue")
    workers: int = Field(ge=1, description="processes that measure images")


class CellsFigureParameters(Parameters):
    """The figure that shows which cells were found."""

    images_per_class: int = Field(ge=1, le=8, description="images shown of each class")
    seed: int = Field(ge=0, description="seed of their choice")


class PixelFeatureParameters(Parameters):
    """How images become rows of numbers for the estimators that work on pixels."""

    size: int = Field(ge=1, le=256, description="images are averaged down to size x size RGB pixels")


class SelectionParameters(Parameters):
    """Which of an estimator's features are left out, by what the training images say."""

    selector: str = Field(description="import path of a scikit-learn selector of features")
    options: dict[str, bool | int | float | str | None] = Field(
        default_factory=dict, description="arguments of the selector"
    )


class EstimatorParameters(Parameters):
    """Which scikit-learn estimator is fitted, on what, behind which steps; a standard scaler is always one."""

    columns: list[str] = Field(
        default=["*"],
        min_length=1,
        description="columns of the table of features that are used, by name; * stands for any characters",
    )
    impute: bool = Field(
        default=True,
        description="fill missing values by the median of the training images; false saves time where none are missing",
    )
    selection: SelectionParameters | None = Field(
        default=None, description="how features are selected after scaling; null keeps all"
    )
    estimator: str = Field(description="import path of a classifier class with predict_proba or decision_function")
    options: dict[str, bool | int | float | str | None] = Field(
        default_factory=dict, description="arguments of the class"
    )
    grid: dict[str, list[int | float | str | None]] = Field(
        default_factory=dict, description="values of arguments to choose from, inside the training split"
    )
    folds: int = Field(default=5, ge=2, description="folds of the cross-validation that chooses")
    jobs: int = Field(default=1, ge=-1, description="processes that choose; -1 takes all cores")
    permute_labels: bool = Field(
        default=False,
        description="shuffle the labels of the training images first: a control, which has to come out at chance",
    )
    single_features: int = Field(
        default=15,
        ge=0,
        description="features whose importance is measured one by one, those that correlate most with the class first; "
        "that of the entries of `columns` always is",
    )
    seed: int = Field(ge=0, description="seed of the folds, and of the shuffling of labels")


class ImportanceParameters(Parameters):
    """How much an estimator relies on its features: the accuracy it loses where their values are shuffled."""

    repeats: int = Field(ge=0, description="times that each feature is shuffled; 0 measures nothing")
    seed: int = Field(ge=0, description="seed of the shuffling")


class MistakeCosts(Parameters):
    """What a mistake costs, by its kind, where one class means no disease; set by judgement, not measured."""

    missed: float = Field(default=1.0, ge=0, description="disease taken for the negative class")
    false_alarm: float = Field(default=0.25, ge=0, description="the negative class taken for disease")
    confused: float = Field(default=0.1, ge=0, description="one kind of disease taken for another")

    @model_validator(mode="after")
    def _a_miss_is_the_worst(self) -> Self:
        if self.missed < max(self.false_alarm, self.confused):
            raise ValueError(
                "Expected `costs.missed` to be the highest cost, since a missed disease is the worst mistake. "
                f"Found {self.missed}, below {max(self.false_alarm, self.confused)}. Raise it, or lower the others."
            )
        return self


class EvaluationParameters(Parameters):
    """How predictions are scored (docs/evaluation.md)."""

    confidence: float = Field(default=0.95, gt=0, lt=1, description="confidence level of all intervals")
    resamples: int = Field(default=2000, ge=100, description="times that groups are drawn anew for the bootstrap")
    seed: int = Field(ge=0, description="seed of the resamples; models share them")
    min_groups: int = Field(
        default=30, ge=2, description="groups of equal size below which intervals come with a warning"
    )
    min_groups_per_class: int = Field(
        default=5, ge=1, description="groups with images of a class below which its figures come with a warning"
    )
    calibration_bins: int = Field(
        default=15, ge=1, description="bins of equal width, from 0 to 1, of the expected calibration error"
    )
    negative_class: str | None = Field(
        default=None,
        description="the class that means no disease, against which all others are read together; null for none",
    )
    threshold_rule: Literal["target_sensitivity", "youden"] = Field(
        default="target_sensitivity",
        description="what the validation split chooses the threshold by: the highest specificity at the target, or "
        "the highest sum of sensitivity and specificity",
    )
    target_sensitivity: float = Field(
        default=0.99, gt=0, le=1, description="lowest sensitivity on validation that is accepted"
    )
    costs: MistakeCosts = Field(default_factory=MistakeCosts, description="what each kind of mistake costs")
