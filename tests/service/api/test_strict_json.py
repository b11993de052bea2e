import pytest

from schemas.problems import ProblemType
from service.api.problems import ProblemError
from service.api.strict_json import MAX_DEPTH, parse


@pytest.mark.parametrize(
    ("document", "said"),
    [
        (b"", "is not valid JSON"),
        (b"{", "is not valid JSON"),
        (b"\xff\xfe", "is not valid JSON"),
        (b'{"a": NaN}', "is not valid JSON"),
        (b'{"a": Infinity}', "is not valid JSON"),
        (b'{"a": 1e999}', "is not valid JSON"),
        (b'"\\ud800"', "is not valid JSON"),
        (b"\xef\xbb\xbf{}", "byte order mark"),
        (b"[" * 100_000, "is not valid JSON"),
        (b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1), "is nested deeper than 32 levels"),
        (b'{"a":' * 200 + b"1" + b"}" * 200, "is nested deeper than 32 levels"),
        (b'{"title": "A", "title": "B"}', "has the key 'title' twice"),
        (b"9" * 5000, "is not valid JSON"),
        (b"9" * 300, "holds an integer beyond 64 bits"),
        (b"9223372036854775808", "holds an integer beyond 64 bits"),
    ],
)
def test_a_document_that_parsers_read_differently_is_malformed(document: bytes, said: str) -> None:
    with pytest.raises(ProblemError) as caught:
        parse(document, "metadata")
    assert caught.value.kind is ProblemType.MALFORMED_BODY
    assert caught.value.errors[0].field == "metadata"
    assert said in caught.value.errors[0].message
    assert len(caught.value.errors[0].message) < 300


@pytest.mark.parametrize(
    ("document", "field"),
    [
        (b'{"title": "a\\u0000b"}', "metadata.title"),
        (b'{"artists": [{"name": "\\u0000"}]}', "metadata.artists[0].name"),
        (b'{"own": {"k\\u0000": 1}}', "metadata.own"),
    ],
)
def test_a_nul_character_is_refused_with_its_field(document: bytes, field: str) -> None:
    with pytest.raises(ProblemError) as caught:
        parse(document, "metadata")
    assert caught.value.status_code == 422
    assert caught.value.errors[0].field == field


def test_an_honest_document_comes_out_as_it_is() -> None:
    assert parse(b'{"a": [1, -2.5, true, null, "\xc3\xa9\\n"], "b": 9223372036854775807}', "body") == {
        "a": [1, -2.5, True, None, "é\n"],
        "b": 2**63 - 1,
    }


def test_depth_up_to_the_limit_is_allowed() -> None:
    document = b"[" * MAX_DEPTH + b"]" * MAX_DEPTH
    assert parse(document, "body")
