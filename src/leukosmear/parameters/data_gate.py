"""What a data set has to fulfil, and how its images are grouped."""

from typing import Any, Literal

from pydantic import Field, field_validator

from leukosmear.parameters.base import Parameters


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
    workers: int = Field(
        ge=1,
        description="threads, or for many files processes, that read and measure images",
        json_schema_extra={"effort": True},
    )

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
    workers: int = Field(
        ge=1, description="threads that look for landmarks and search among them", json_schema_extra={"effort": True}
    )


class AcquisitionParameters(Parameters):
    """How images are united into acquisitions where nobody says which patient they are of."""

    images_per_block: int = Field(
        ge=1, description="images of one class and scale bar, in the order of their names, that count as one session"
    )
