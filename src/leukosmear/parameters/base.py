"""What all parameter blocks share."""

from pydantic import BaseModel, ConfigDict


class Parameters(BaseModel):
    """What all parameter blocks share: an unknown name is an error, and values never change."""

    model_config = ConfigDict(extra="forbid", frozen=True)
