"""What all parameter blocks share."""

from typing import Any

from pydantic import BaseModel, ConfigDict
from pydantic_core import to_jsonable_python


class Parameters(BaseModel):
    """What all parameter blocks share: an unknown name is an error, and values never change."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    def identity(self) -> dict[str, Any]:
        """Return the values that results depend on, ready for JSON.

        Fields marked by `json_schema_extra={"effort": True}`, which change only how long something takes or how much
        memory, are left out.
        """
        fields = type(self).model_fields.items()
        return {
            name: _identify(getattr(self, name)) for name, field in fields if not _is_effort(field.json_schema_extra)
        }


def _is_effort(extra: Any) -> bool:  # noqa: ANN401 - whatever pydantic takes
    return isinstance(extra, dict) and bool(extra.get("effort"))


def _identify(value: Any) -> Any:  # noqa: ANN401 - whatever a field holds
    if isinstance(value, Parameters):
        return value.identity()
    if isinstance(value, dict):
        return {str(key): _identify(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_identify(inner) for inner in value]
    return to_jsonable_python(value)
