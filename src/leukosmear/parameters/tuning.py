"""Parameters of the search for parameters."""

import json
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from leukosmear.parameters.base import Parameters


class SearchedParameter(Parameters):
    """A parameter that is searched: a range, or choices."""

    path: str = Field(
        pattern=r"^(network|training|augmentation)(\.\w+)*$",
        description="where it stands: network and training in the model's own block, augmentation beside it; such as "
        "training.learning_rate or network.options.dropout",
    )
    low: int | float | None = Field(default=None, description="lowest value; two whole numbers make a whole one")
    high: int | float | None = Field(default=None, description="highest value")
    log: bool = Field(default=False, description="search the range by factors instead of differences")
    choices: tuple[Any, ...] | None = Field(
        default=None,
        description="values to choose from; a choice that is a block replaces the values that it names, and leaves the "
        "others as they are",
    )

    @model_validator(mode="after")
    def _is_range_or_choices(self) -> Self:
        is_range = self.low is not None and self.high is not None and self.choices is None
        is_choice = self.low is None and self.high is None and self.choices is not None
        if not (is_range or is_choice):
            raise ValueError(f"Expected `low` and `high`, or `choices`. Found {self.model_dump(exclude_unset=True)}.")
        if is_range and not (0 if self.log else float("-inf")) < float(self.low or 0) < float(self.high or 0):
            raise ValueError(
                f"Expected `low` below `high`{', and above 0 for `log`' if self.log else ''}. "
                f"Found {self.low} and {self.high} for {self.path}."
            )
        if self.choices is not None and len({json.dumps(choice) for choice in self.choices}) != len(self.choices):
            raise ValueError(f"Expected each of `choices` once. Found {list(self.choices)} for {self.path}.")
        return self


class TuningParameters(Parameters):
    """What is searched, for how long, and by which score (docs/tuning.md)."""

    model: str = Field(description="name of the network")
    space: tuple[SearchedParameter, ...] = Field(min_length=1, description="the parameters that are searched")
    score: Literal["validation_accuracy", "validation_f1"] = Field(
        description="what is to be as high as possible, in the epoch whose weights are kept; no loss, since label "
        "smoothing changes what it measures"
    )
    trials: int | None = Field(
        ge=1,
        description="trainings in the study, those of earlier and of other runs included; null if only minutes count",
    )
    minutes: float | None = Field(
        gt=0, description="after which this run begins no further training; null if only trials count"
    )
    pruner: Literal["median", "hyperband", "none"] = Field(
        description="how a training is given up: below the median of the others at its epoch, by hyperband's brackets "
        "of epochs, or never"
    )
    startup_trials: int = Field(
        ge=1,
        description="trainings with random parameters that come first, to guide the others; none of them is pruned",
    )
    min_epochs: int = Field(ge=1, description="epochs that every training gets")
    folds: int = Field(
        ge=2,
        description="parts into which the acquisitions of train and validation are dealt, one of them to score on, "
        "where the split left acquisitions on both sides",
    )
    seed: int = Field(ge=0, description="seed of the parts, and of the choice of parameters")

    @model_validator(mode="after")
    def _ends(self) -> Self:
        if self.trials is None and self.minutes is None:
            raise ValueError("Expected `trials` or `minutes`, or both, to end the search. Found neither. Set one.")
        return self

    @model_validator(mode="after")
    def _each_path_once(self) -> Self:
        paths = [searched.path for searched in self.space]
        twice = sorted({path for path in paths if paths.count(path) > 1})
        if twice:
            raise ValueError(f"Expected each path of `space` once. Found {', '.join(twice)} again.")
        return self
