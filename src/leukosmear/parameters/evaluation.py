"""How predictions are scored."""

from typing import Literal, Self

from pydantic import Field, model_validator

from leukosmear.parameters.base import Parameters


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
