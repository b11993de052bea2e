"""What every fact is made of: a value that may be unknown, its meaning, its unit and its producer."""

from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

Scalar = bool | int | float | str | list[str]


def fact(description: str, *, producer: str, values: type[StrEnum] | None = None) -> Any:
    """A fact that may be unknown. ``producer`` names who computes it, or ``not produced``.

    ``values`` is given where a text takes a few values only: a rule that compares with another one is refused.
    """
    extra: dict[str, Any] = {"producer": producer}
    if values is not None:
        extra["values"] = [member.value for member in values]
    return Field(default=None, description=description, json_schema_extra=extra)


class FactGroup(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")
