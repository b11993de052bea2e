import asyncio
from collections.abc import AsyncIterator

import pytest

from schemas.problems import ProblemType
from service.api.multipart import MAX_PARTS, PartBegin, PartData, PartEnd, form_boundary, part_events
from service.api.problems import ProblemError

FORM = (
    b'--B\r\nContent-Disposition: form-data; name="metadata"\r\n\r\n{"a": 1}\r\n'
    b'--B\r\nContent-Disposition: form-data; name="audio"; filename="\xc3\xa9.wav"\r\nContent-Type: audio/wav\r\n\r\n'
    b"RIFF\r\n--Bx\r\n\r\n--\r\n--B--\r\n"
)


async def chunked(data: bytes, size: int) -> AsyncIterator[bytes]:
    for start in range(0, len(data), size):
        yield data[start : start + size]


def read(data: bytes, size: int = 1 << 16) -> list[tuple[str, str | None, bytes, bool]]:
    async def collect() -> list[tuple[str, str | None, bytes, bool]]:
        parts: list[tuple[str, str | None, bytes, bool]] = []
        async for event in part_events(chunked(data, size), b"B"):
            if isinstance(event, PartBegin):
                parts.append((event.name, event.filename, b"", False))
            elif isinstance(event, PartData):
                name, filename, before, _ = parts[-1]
                parts[-1] = (name, filename, before + event.data, False)
            else:
                assert isinstance(event, PartEnd)
                parts[-1] = (*parts[-1][:3], True)
        return parts

    return asyncio.run(collect())


@pytest.mark.parametrize("size", [1, 2, 3, 7, 64, 1 << 16])
def test_parts_come_out_the_same_however_the_bytes_arrive(size: int) -> None:
    assert read(FORM, size) == [
        ("metadata", None, b'{"a": 1}', True),
        ("audio", "é.wav", b"RIFF\r\n--Bx\r\n\r\n--", True),
    ]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"--B",
        b"no form at all",
        FORM[:-8],
        FORM[:60],
        b"--B\r\n\r\nno headers\r\n--B--\r\n",
        b"--B\r\nContent-Disposition: form-data\r\n\r\nno name\r\n--B--\r\n",
        b"--B\r\nContent-Disposition: attachment; name=x\r\n\r\n\r\n--B--\r\n",
        b"--B\r\n" + b"X: y\r\n" * 1000 + b"\r\n\r\n--B--\r\n",
        b"--B\r\nX: " + b"y" * 100_000 + b"\r\n\r\n\r\n--B--\r\n",
        b"".join(
            b'--B\r\nContent-Disposition: form-data; name="p%d"\r\n\r\n\r\n' % number for number in range(MAX_PARTS + 1)
        )
        + b"--B--\r\n",
    ],
)
def test_a_broken_form_is_malformed(data: bytes) -> None:
    with pytest.raises(ProblemError) as caught:
        read(data)
    assert caught.value.kind is ProblemType.MALFORMED_BODY


@pytest.mark.parametrize(
    ("content_type", "status"),
    [
        (None, 415),
        ("application/json", 415),
        ("multipart/mixed; boundary=B", 415),
        ("multipart/form-data", 400),
        ("multipart/form-data; boundary=", 400),
        ("multipart/form-data; boundary=" + "x" * 71, 400),
    ],
)
def test_a_form_needs_its_type_and_a_boundary(content_type: str | None, status: int) -> None:
    with pytest.raises(ProblemError) as caught:
        form_boundary(content_type)
    assert caught.value.status_code == status


def test_a_quoted_boundary_is_read() -> None:
    assert form_boundary('multipart/form-data; charset=utf-8; boundary="a b"') == b"a b"
