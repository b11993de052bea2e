"""From a validator's findings to fields that a sender recognises, in sentences, with nothing hostile in them."""

import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any

from schemas.problems import FieldError

MAX_ERRORS = 50
_MAX_VALUE = 80
_MAX_KEY = 60

_SENTENCES = {
    "missing": "is required",
    "extra_forbidden": "is not a field that this operation knows",
    "string_too_long": "has more than {max_length} characters",
    "string_too_short": "must not be empty",
    "enum": "must be one of {expected}",
    "literal_error": "must be one of {expected}",
    "too_long": "has {actual_length} entries where at most {max_length} are allowed",
    "too_short": "needs at least {min_length} entry",
    "string_type": "must be a string",
    "list_type": "must be a list",
    "dict_type": "must be an object",
    "model_type": "must be an object",
    "model_attributes_type": "must be an object",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "int_parsing": "must be a whole number",
    "int_type": "must be a whole number",
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "must be at most {le}",
    "string_pattern_mismatch": "does not have the right form",
    "string_unicode": "is not valid text",
    "date_from_datetime_parsing": "must be a date such as 2026-12-01",
    "date_parsing": "must be a date such as 2026-12-01",
    "date_type": "must be a date such as 2026-12-01",
    "date_from_datetime_inexact": "must be a date such as 2026-12-01",
}


_SECRET = frozenset({"artist_key", "password"})


def field_errors(findings: Iterable[Mapping[str, Any]], root: str | None = None) -> list[FieldError]:
    """Pydantic's findings as field errors, at most ``MAX_ERRORS``, in the order found.

    ``root`` is where the validated document stands (``metadata``); without one, the first element of each location
    is taken for it, as FastAPI writes ``query``, ``path``, ``header`` or ``body`` there.
    """
    errors: list[FieldError] = []
    for finding in findings:
        if len(errors) == MAX_ERRORS:
            break
        location = [part for part in finding["loc"] if part != "[key]"]
        place = root or str(location.pop(0) if location else "body")
        errors.append(
            FieldError(
                field=dotted([place, *location]),
                pointer=pointer(location) if place in ("body", "metadata") and location else None,
                message=sentence(finding),
                value=shown(finding.get("input"))
                if finding["type"] != "missing" and not _is_secret(location)
                else None,
            )
        )
    return errors


def _is_secret(location: list[Any]) -> bool:
    """Whether the place holds what nobody may read again, such as an artist's key."""
    return any(part in _SECRET for part in location)


def sentence(finding: Mapping[str, Any]) -> str:
    """The rule as a sentence: ours where the validator's own is technical, the rule's own where it has one."""
    if finding["type"] == "value_error":
        return str(finding["msg"]).removeprefix("Value error, ")
    template = _SENTENCES.get(finding["type"])
    if template is None:
        return inert(str(finding["msg"]), 200)
    return template.format(**{key: str(value).replace("'", "") for key, value in finding.get("ctx", {}).items()})


def dotted(location: Iterable[Any]) -> str:
    """``metadata.artists[0].name`` from the parts of a location."""
    path = ""
    for part in location:
        if isinstance(part, int):
            path += f"[{part}]"
        else:
            path += ("." if path else "") + inert(str(part), _MAX_KEY)
    return path


def pointer(location: Iterable[Any]) -> str:
    """JSON pointer (RFC 6901) from the parts of a location."""
    return "".join("/" + inert(str(part), _MAX_KEY).replace("~", "~0").replace("/", "~1") for part in location)


def shown(value: Any) -> str | int | float | bool | None:
    """A plain value as it may stand in an answer; nothing for objects, lists and bytes."""
    if isinstance(value, bool | float) or value is None:
        return value
    if isinstance(value, int):
        return value if abs(value) < 2**53 else inert(str(value)[: _MAX_VALUE + 1], _MAX_VALUE)
    return inert(value, _MAX_VALUE) if isinstance(value, str) else None


def inert(text: str, longest: int) -> str:
    """The text cut to ``longest`` characters, with control, format and surrogate characters replaced.

    Direction marks and zero-width characters are format characters: shown as sent they could make an error page or a
    log line read otherwise than it is.
    """
    cut = text if len(text) <= longest else text[: longest - 1] + "…"
    return "".join("\ufffd" if unicodedata.category(char) in ("Cc", "Cf", "Cs") else char for char in cut)
