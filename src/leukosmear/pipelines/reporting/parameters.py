"""Parameters of the report."""

from typing import Literal

from pydantic import Field

from leukosmear.parameters import Parameters


class ReportingParameters(Parameters):
    """What the report says about the run, and how it orders it."""

    title: str = Field(description="heading of the report")
    dataset_title: str = Field(description="what the images are, in a few words")
    synthetic: bool = Field(description="the images were drawn by a program; the first screen then says so")
    seed: int = Field(ge=0, description="the seed of the run")
    sort_by: Literal["model", "test_accuracy", "parameters", "bytes", "train_seconds", "latency_ms"] = Field(
        description="column that orders the table of all models"
    )
    descending: bool = Field(description="the highest value comes first")
    worst_mistakes: int = Field(ge=1, le=8, description="mistakes shown of each model")
    notes: tuple[str, ...] = Field(description="what may and may not be concluded, a sentence or two each")
