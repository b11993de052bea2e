"""Stored facts read from JSON lines, one moment a line."""

from collections.abc import Iterable, Iterator
from typing import Any

import orjson
from pydantic import BaseModel, ConfigDict, ValidationError

from schemas.facts import Scalar
from service.rules.backtest import Confirmed, Moment
from service.rules.engine import fact_language


class MomentRefused(ValueError):
    """A line that is no moment; the message says which and why."""


class _Line(BaseModel):
    model_config = ConfigDict(extra="ignore")

    track: str
    day: str
    facts: dict[str, Any]
    sender: str | None = None
    release: str | None = None
    recording: str | None = None
    confirmed: Confirmed | None = None


def read_moments(lines: Iterable[bytes]) -> Iterator[Moment]:
    """Moments from JSON lines, facts by group (as they are stored) or as ``group.field``; empty lines are left out.

    Facts that no longer exist are dropped. Raises :class:`MomentRefused`.
    """
    types = fact_language().types
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            read = _Line.model_validate(orjson.loads(line))
        except (orjson.JSONDecodeError, ValidationError) as error:
            raise MomentRefused(f"line {number}: {_first(error)}") from None
        facts = {name: value for name, value in flattened(read.facts).items() if name in types}
        yield Moment(read.track, read.day[:10], facts, read.sender, read.release, read.recording, read.confirmed)


def flattened(facts: dict[str, Any]) -> dict[str, Scalar]:
    """Known facts by qualified name, from either form."""
    flat: dict[str, Scalar] = {}
    for name, value in facts.items():
        if isinstance(value, dict):
            flat.update({f"{name}.{field}": inner for field, inner in value.items() if inner is not None})
        elif value is not None:
            flat[name] = value
    return flat


def _first(error: Exception) -> str:
    if isinstance(error, ValidationError):
        fault = error.errors(include_url=False)[0]
        return f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}"
    return str(error)
