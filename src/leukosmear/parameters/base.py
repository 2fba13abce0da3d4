"""What all parameter blocks share."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict
from pydantic_core import to_jsonable_python


class Parameters(BaseModel):
    """What all parameter blocks share: an unknown name is an error, and values never change."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    def identity(self) -> dict[str, Any]:
        """Return the values that results depend on, ready for JSON.

        Fields marked by `json_schema_extra={"effort": True}` are left out: they change only how long something takes or
        how much memory, or name the folder of what differs by them.
        """
        fields = type(self).model_fields.items()
        return {name: _identify(getattr(self, name)) for name, field in fields if _counts(field.json_schema_extra)}


def look_up(parameters: Mapping[str, Any], path: str) -> Any:  # noqa: ANN401 - some parameters are plain values
    """Find a value by its path, such as `compact_cnn.training`.

    Raises:
        KeyError: If there is none.
    """
    value: Any = parameters
    for part in path.split("."):
        value = value[part]
    return value


def _counts(extra: Any) -> bool:  # noqa: ANN401 - whatever pydantic takes
    return not (isinstance(extra, dict) and extra.get("effort"))


def _identify(value: Any) -> Any:  # noqa: ANN401 - whatever a field holds
    if isinstance(value, Parameters):
        return value.identity()
    if isinstance(value, dict):
        return {str(key): _identify(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_identify(inner) for inner in value]
    return to_jsonable_python(value)
