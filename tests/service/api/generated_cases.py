"""Requests that Schemathesis makes up from the OpenAPI document, sent to an application with things in it.

Half of them name things that are there, half carry whatever the generator says; right ones and wrong ones alike. An
answer is at fault where it is a server error that no problem type stands for, or where its status, media type, headers
or body are not what the document says.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.service.api.furnished import House

TOLD = ("/problems/not-ready", "/problems/busy", "/problems/not-offered")
"""Problems with a status of 500 and over that are answers, not accidents."""

_CHOSEN = {"format": "apple"}
_BYTES = "application/offset+octet-stream"


@schemathesis.serializer(_BYTES)
def _bytes_of(_context: Any, value: Any) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "replace")


@dataclass
class Tried:
    """What came of it: answers by status, and each fault once, with a request that shows it."""

    statuses: Counter[int] = field(default_factory=Counter)
    faults: dict[str, str] = field(default_factory=dict)

    @property
    def cases(self) -> int:
        return self.statuses.total()


Progress = Callable[[str, Tried], None]


def _nobody(_label: str, _tried: Tried) -> None:
    pass


def try_operations(
    house: House, per_operation: int, *, start: int = 0, part: tuple[int, int] = (0, 1), told: Progress = _nobody
) -> Tried:
    """Send so many requests to every operation; those that take something away come last.

    :param start: seed; the same one makes up the same requests
    :param part: the first of two numbers says which of how many equal shares of the operations
    :param told: hears of every operation when it was tried
    """
    tried = Tried()
    schema = schemathesis.openapi.from_asgi("/openapi.json", house.client.app)
    operations = [found.ok() for found in schema.get_all_operations()]
    ordered = list(enumerate(sorted(operations, key=lambda each: each.method.upper() == "DELETE")))
    for position, operation in ordered[part[0] :: part[1]]:
        _try(house, operation, per_operation, start + position, tried)
        told(operation.label, tried)
    return tried


def _try(house: House, operation: Any, examples: int, number: int, tried: Tried) -> None:
    right = operation.as_strategy(generation_mode=GenerationMode.POSITIVE)
    wrong = operation.as_strategy(generation_mode=GenerationMode.NEGATIVE)
    known = house.ids | _CHOSEN

    @seed(number)
    @settings(
        max_examples=examples,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=st.one_of(right, right, wrong), there=st.booleans(), current=st.booleans())
    def send(case: Any, there: bool, current: bool) -> None:
        if there:
            case.path_parameters = {**case.path_parameters, **{n: known[n] for n in case.path_parameters if n in known}}
        headers = {**house.owner.headers, **({"If-Match": "*"} if current else {})}
        response = case.call(headers=headers, session=house.client)
        tried.statuses[response.status_code] += 1
        if not _is_documented(operation.definition.raw["responses"], response.status_code):
            what = f"{operation.label}: {response.status_code}: this status is not documented"
            tried.faults.setdefault(what, f"{case.as_curl_command()[:600]}\n    {response.content[:300]!r}")
        try:
            case.validate_response(response, checks=list(_checks(response)))
        except (FailureGroup, AssertionError) as failed:
            what = "; ".join(str(each).splitlines()[0] for each in getattr(failed, "exceptions", [failed]))
            key = f"{operation.label}: {response.status_code}: {what}"
            tried.faults.setdefault(key, f"{case.as_curl_command()[:600]}\n    {response.content[:300]!r}")

    send()


def _is_documented(responses: dict[str, Any], status: int) -> bool:
    """By its own number or its class. ``default`` stands for accidents: it excuses no answer that was meant."""
    return str(status) in responses or f"{status // 100}XX" in responses


def _checks(response: Any) -> Iterator[Any]:
    if not any(told.encode() in response.content for told in TOLD):
        yield not_a_server_error
    yield from (status_code_conformance, content_type_conformance, response_headers_conformance)
    yield response_schema_conformance
