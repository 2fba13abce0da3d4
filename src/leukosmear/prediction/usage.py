"""Everything that is needed to answer for one image with a trained model, in one file beside it."""

from typing import Any, Literal

import numpy as np
import pandas as pd
from pydantic import Field

from leukosmear.evaluation import take_side
from leukosmear.evaluation.calibration import fit_temperature
from leukosmear.evaluation.clinical import find_threshold
from leukosmear.features.recipe import FeatureRecipe, FeatureTable
from leukosmear.parameters import FeatureParameters, PixelFeatureParameters
from leukosmear.parameters.base import Parameters
from leukosmear.preparation import Preparation, Preparations
from leukosmear.provenance import installed_versions

PURPOSE = "For research use only; not a medical device."

# What the node `describe_usage` takes for an argument that is the same for all models.
SHARED_INPUTS = {
    "accepted_images": "accepted_images",
    "preparations": "preparations",
    "negative_class": "params:evaluation.negative_class",
    "threshold_rule": "params:evaluation.threshold_rule",
    "target_sensitivity": "params:evaluation.target_sensitivity",
}

ThresholdRule = Literal["target_sensitivity", "youden"]


class Weights(Parameters):
    """The file that the model itself is in."""

    sha256: str
    n_bytes: int


class Usage(Parameters):
    """How a trained model is to be used, network or estimator; its JSON lies beside the model and in exported files.

    `preparation` is executable: `usage.take(data)` makes the model's input of the bytes of an image file.
    """

    model: str
    family: Literal["network", "estimator"]
    purpose: str = PURPOSE
    classes: tuple[str, ...] = Field(description="in the order of the probabilities")
    images: dict[str, int] = Field(description="images of each class that the data gate let through")
    split: dict[str, str | int] = Field(description="protocol, fold and seed of the split that it was trained on")
    preparation: Preparation = Field(description="from the bytes of a file to pixels")
    features: FeatureRecipe | None = Field(default=None, description="from pixels to the estimator's features")
    input: dict[str, Any] = Field(description="what the model takes")
    output: dict[str, Any] = Field(description="what it returns")
    temperature: float = Field(description="by which the logarithms of the probabilities are divided to calibrate them")
    negative_class: str | None = Field(description="the class that means no disease; null if there is none")
    threshold: float | None = Field(description="of the probability of any other class, from which on it is called")
    weights: Weights
    milliseconds: float = Field(description="for one image, from the bytes of its file to probabilities")
    versions: dict[str, str]

    def take(self, data: bytes) -> np.ndarray | pd.DataFrame:
        """Make the model's input of an image file.

        Args:
            data: The bytes of the file.

        Returns:
            For a network uint8 of shape (1, height, width, 3); for an estimator one row of features by name, of which
            it takes those in its `feature_names_in_`.

        Raises:
            UnreadableImageError: If the file cannot be used as an image.
        """
        if self.features is None:
            return self.preparation.apply(data)[np.newaxis]
        return pd.DataFrame([self.features.measure(data, self.preparation)], dtype=np.float32)


def usage_inputs(file: str) -> dict[str, str]:
    """Name what the node `describe_usage` takes for each argument.

    Args:
        file: The dataset that knows the hash and the size of the model's file.
    """
    own = {name: name for name in ("training", "predictions", "milliseconds")}
    return own | {"weights": file} | SHARED_INPUTS


def describe_usage(
    training: dict[str, Any],
    predictions: pd.DataFrame,
    milliseconds: float,
    weights: dict[str, Any],
    accepted_images: pd.DataFrame,
    preparations: dict[str, Any],
    negative_class: str | None,
    threshold_rule: ThresholdRule,
    target_sensitivity: float,
    recipe: FeatureRecipe | None = None,
) -> dict[str, Any]:
    """Gather all that is needed to answer for one image with a model.

    Args:
        training: The record of the training.
        predictions: `Predictions` of the model; validation chooses temperature and threshold.
        milliseconds: Time for one image.
        weights: `sha256` and `n_bytes` of the model's file.
        accepted_images: The images that the data gate let through; column `label`.
        preparations: How images were prepared.
        negative_class: The class that means no disease; None if there is none.
        threshold_rule: How the threshold is chosen.
        target_sensitivity: Lowest sensitivity that is accepted, if the rule asks for one.
        recipe: What an estimator takes of an image; None for a network.

    Returns:
        A `Usage` as plain values.

    Raises:
        ValueError: If a network takes images of another size than those that were prepared.
    """
    of_all = Preparations.model_validate(preparations)
    preparation = recipe.choose(of_all) if recipe else of_all.model_images
    validation = take_side(predictions, "validation")
    has_negative = negative_class in validation.classes
    return Usage(
        model=training["model"],
        family=training["family"],
        classes=validation.classes,
        images={str(name): int(n) for name, n in accepted_images["label"].value_counts(sort=False).items()},
        split={name: predictions[name].iloc[0] for name in ("protocol", "fold", "seed")},
        preparation=preparation,
        features=recipe,
        input=_describe_features(training) if recipe else _describe_pixels(training, preparation),
        output={"dtype": "float32", "shape": [len(validation.classes)], "meaning": "probability of each class"},
        temperature=fit_temperature(validation.truth, validation.probabilities),
        negative_class=negative_class if has_negative else None,
        threshold=find_threshold(validation, str(negative_class), threshold_rule, target_sensitivity)
        if has_negative
        else None,
        weights=Weights.model_validate(weights),
        milliseconds=milliseconds,
        versions=installed_versions(),
    ).model_dump(mode="json")


def describe_estimator_usage(
    table: FeatureTable,
    features: FeatureParameters,
    pixel_features: PixelFeatureParameters,
    **described: Any,  # noqa: ANN401 - each of its own type
) -> dict[str, Any]:
    """Gather all that is needed to answer for one image with an estimator.

    Args:
        table: The table of features that it works on.
        features: What is measured of images.
        pixel_features: Size of the images of which pixels are features.
        **described: What `describe_usage` takes of every model.
    """
    recipe = FeatureRecipe(table=table, features=features, pixel_features=pixel_features)
    return describe_usage(**described, recipe=recipe)


def _describe_pixels(training: dict[str, Any], preparation: Preparation) -> dict[str, Any]:
    shape = [*preparation.shape, 3]
    if list(training["input_shape"]) != shape:
        raise ValueError(
            f"Expected {training['model']} to take the images that preprocessing made, {shape[0]} x {shape[1]} pixels. "
            f"Found that it was trained on (height, width, channels) {training['input_shape']}. Run the pipeline again "
            "that trains it, or the preprocessing pipeline with the size that the network was trained with."
        )
    return {
        "dtype": "uint8",
        "shape": shape,
        "axes": ["height", "width", "channel"],
        "batch": "any number of images, along an axis before these",
        "channels": ["red", "green", "blue"],
        "range": [0, 255],
        "scaling": "none: pass pixels as they are, the network rescales them itself",
    }


def _describe_features(training: dict[str, Any]) -> dict[str, Any]:
    return {
        "dtype": "float32",
        "shape": [training["n_features"]],
        "axes": ["feature"],
        "meaning": "features by name, those in the estimator's feature_names_in_",
    }
