"""Which networks are built, how they are trained, looked into and shipped."""

from typing import Literal, Self

from pydantic import Field, model_validator

from leukosmear.parameters.base import Parameters


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
        json_schema_extra={"effort": True},
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
