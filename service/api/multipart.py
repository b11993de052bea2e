"""Reading ``multipart/form-data`` (RFC 7578) as it arrives: parts in any order, nothing kept in memory or on disk."""

import logging
from collections.abc import AsyncIterator
from typing import NamedTuple

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from schemas.problems import FieldError, ProblemType
from service.api.problems import ProblemError

logging.getLogger("python_multipart").setLevel(logging.ERROR)  # its warnings say what the sender is told anyway

MAX_PARTS = 20
"""Most parts of one form; three are known, others are dropped with a warning."""


class PartBegin(NamedTuple):
    """A part's headers have been read."""

    name: str
    filename: str | None


class PartData(NamedTuple):
    """Some bytes of the part that began last."""

    data: bytes


class PartEnd(NamedTuple):
    """The part that began last is whole."""


PartEvent = PartBegin | PartData | PartEnd


def form_boundary(content_type: str | None) -> bytes:
    """The boundary of a multipart form; a 415 or 400 problem where there is none."""
    kind, options = parse_options_header(content_type)
    if kind != b"multipart/form-data":
        raise ProblemError(
            ProblemType.UNSUPPORTED_MEDIA_TYPE, "Send multipart/form-data with the parts metadata and audio."
        )
    boundary = options.get(b"boundary", b"")
    if not 1 <= len(boundary) <= 70:
        raise _malformed("the Content-Type has no boundary of 1 to 70 characters")
    return boundary


async def part_events(
    chunks: AsyncIterator[bytes], boundary: bytes, *, max_parts: int = MAX_PARTS
) -> AsyncIterator[PartEvent]:
    """The parts of a form as they arrive. A broken form ends in a 400 problem, also when it just stops."""
    reader = _Reader(boundary, max_parts)
    async for chunk in chunks:
        for event in reader.feed(chunk):
            yield event
    if not reader.ended:
        raise _malformed("the form breaks off before its closing boundary")


class _Reader:
    """Turns the parser's callbacks into events, one chunk at a time."""

    def __init__(self, boundary: bytes, max_parts: int) -> None:
        self._max_parts = max_parts
        self.ended = False
        self._events: list[PartEvent] = []
        self._headers: dict[str, bytes] = {}
        self._field = self._value = b""
        self._parts = 0
        self._parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._on_part_begin,
                "on_header_field": self._on_header_field,
                "on_header_value": self._on_header_value,
                "on_header_end": self._on_header_end,
                "on_headers_finished": self._on_headers_finished,
                "on_part_data": self._on_part_data,
                "on_part_end": self._on_part_end,
                "on_end": self._on_end,
            },
        )

    def feed(self, chunk: bytes) -> list[PartEvent]:
        self._events = []
        try:
            self._parser.write(chunk)
        except FormParserError:
            raise _malformed("the form does not keep to RFC 7578") from None
        return self._events

    def _on_part_begin(self) -> None:
        self._parts += 1
        if self._parts > self._max_parts:
            raise _malformed(f"the form has more than {self._max_parts} parts")
        self._headers = {}

    def _on_header_field(self, data: bytes, start: int, end: int) -> None:
        self._field += data[start:end]

    def _on_header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _on_header_end(self) -> None:
        self._headers[self._field.decode("latin-1").lower()] = self._value
        self._field = self._value = b""

    def _on_headers_finished(self) -> None:
        disposition = self._headers.get("content-disposition", b"").decode("latin-1")
        kind, options = parse_options_header(disposition)
        if kind != b"form-data" or b"name" not in options:
            raise _malformed("a part has no name")
        filename = options.get(b"filename")
        self._events.append(PartBegin(_text(options[b"name"]), None if filename is None else _text(filename)))

    def _on_part_data(self, data: bytes, start: int, end: int) -> None:
        self._events.append(PartData(data[start:end]))

    def _on_part_end(self) -> None:
        self._events.append(PartEnd())

    def _on_end(self) -> None:
        self.ended = True


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")


def _malformed(message: str) -> ProblemError:
    return ProblemError(ProblemType.MALFORMED_BODY, errors=[FieldError(field="body", message=message)])
