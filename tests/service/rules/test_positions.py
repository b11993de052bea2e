"""Where things stand in a pack, and what YAML is not let in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.rules import PackRefused
from service.rules.positions import MAX_DEPTH, MAX_VALUES, read_yaml
from service.rules.problems import Position

TEXT = """\
plain: a text
quoted: 'a text'
block: |
  first line
    second line
list:
  - one
  - {key: value}
"""


def test_every_value_and_key_has_its_place() -> None:
    document, positions = read_yaml(TEXT, "test")
    assert document["list"][1] == {"key": "value"}
    assert positions.of(("list", 1, "key")) == Position(8, 11)
    assert positions.of_key(("list", 1, "key")) == Position(8, 6)
    assert positions.of(("list", 7, "nothing")) == positions.of(("list",)) == Position(7, 3)


def test_a_place_within_a_text_is_a_place_in_the_document() -> None:
    _, positions = read_yaml(TEXT, "test")
    assert positions.inside(("plain",), Position(1, 3)) == Position(1, 10)
    assert positions.inside(("quoted",), Position(1, 3)) == Position(2, 12)
    assert positions.inside(("block",), Position(2, 3)) == Position(5, 5)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("no", "no"),
        ("yes", "yes"),
        ("on", "on"),
        ("true", True),
        ("1:30", "1:30"),
        ("2026-11-20", "2026-11-20"),
        ("007", 7),
        ("-3", -3),
        ("1.0", 1.0),
        ("1e3", 1000.0),
        ("'1'", "1"),
        ("~", None),
        ("1_000", "1_000"),
        ("0x1F", "0x1F"),
    ],
)
def test_plain_words_and_numbers_are_what_they_look_like(written: str, read: object) -> None:
    value = read_yaml(f"key: {written}", "test")[0]["key"]
    assert (value, type(value)) == (read, type(read))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: &x 1\nb: *x", "anchors"),
        ("a: 1\na: 2", "stands twice"),
        ("? [a, b]\n: 1", "a key must be a plain word"),
        ("!!python/name:os.system", "the tag"),
        ("[" * (MAX_DEPTH + 1) + "]" * (MAX_DEPTH + 1), "nested more than"),
        ("[" + "1," * MAX_VALUES + "]", "values"),
        ("a: b: c", "not readable as YAML"),
        ("\x00", "not readable as YAML"),
        ("--- a\n--- b", "not readable as YAML"),
        ("", "is empty"),
    ],
)
def test_what_is_no_plain_document_is_refused(text: str, said: str) -> None:
    with pytest.raises(PackRefused, match=said):
        read_yaml(text, "test")


@given(st.text(alphabet=st.sampled_from("ab:{}[]-'\"|>\n &*!?#,é\t0"), max_size=60))
def test_whatever_is_written_is_read_or_refused(text: str) -> None:
    try:
        read_yaml(text, "test")
    except PackRefused as refused:
        assert str(refused)


@given(st.text(max_size=30).filter(lambda text: "\r" not in text), st.data())
def test_an_offset_becomes_a_line_and_a_column(text: str, data: st.DataObject) -> None:
    offset = data.draw(st.integers(0, len(text)))
    place = Position.at(offset, text)
    lines = text.split("\n")
    assert sum(len(line) + 1 for line in lines[: place.line - 1]) + place.column - 1 == offset
