import pytest
from pydantic import ValidationError

from schemas.catalogue import TrackMetadata
from schemas.problems import FieldError
from service.api.fields import MAX_ERRORS, field_errors, inert, shown


def errors_of(document: object) -> list[FieldError]:
    with pytest.raises(ValidationError) as caught:
        TrackMetadata.model_validate(document)
    return field_errors(caught.value.errors(), "metadata")


def track(**changes: object) -> dict[str, object]:
    return {"title": "Night Drive", "artists": [{"name": "Ada"}], **changes}


@pytest.mark.parametrize(
    ("document", "field", "pointer", "message"),
    [
        (
            track(isrc="QZ-EM6"),
            "metadata.isrc",
            "/isrc",
            "an ISRC has 12 characters: two letters, three letters or digits and seven digits, such as QZEM62600001",
        ),
        (
            track(release={"upc": "036000291451"}),
            "metadata.release.upc",
            "/release/upc",
            "the check digit of this UPC or EAN is wrong: 1 is written, 2 is right",
        ),
        (
            track(declared_ai={"DRUMS": "NONE"}),
            "metadata.declared_ai.DRUMS",
            "/declared_ai/DRUMS",
            "must be one of VOCALS, INSTRUMENTATION, COMPOSITION, LYRICS, POST_PRODUCTION, ARTWORK or VIDEO",
        ),
        (
            track(declared_ai={"VOCALS": "SOME"}),
            "metadata.declared_ai.VOCALS",
            "/declared_ai/VOCALS",
            "must be one of UNDECLARED, NONE, PARTLY or ALL",
        ),
        (track(title="x" * 2001), "metadata.title", "/title", "has more than 2000 characters"),
        (track(title=" "), "metadata.title", "/title", "must not be empty"),
        (track(artists=[]), "metadata.artists", "/artists", "needs at least 1 entry"),
        (track(artists=[{}]), "metadata.artists[0].name", "/artists/0/name", "is required"),
        (track(release={"release_date": "soon"}), "metadata.release.release_date", "/release/release_date", None),
        ([], "metadata", None, "must be an object"),
    ],
)
def test_a_broken_rule_names_the_field_and_says_the_rule(
    document: object, field: str, pointer: str | None, message: str | None
) -> None:
    (error,) = errors_of(document)
    assert (error.field, error.pointer) == (field, pointer)
    assert error.message == (message or "must be a date such as 2026-12-01")


def test_hostile_values_come_back_short_and_inert() -> None:
    (error,) = errors_of(track(title="<script>\u202e\x1b[2J" + "A" * 100_000))
    assert error.value == "<script>\ufffd\ufffd[2J" + "A" * 66 + "…"
    (error,) = errors_of(track(declared_ai={"x\u2028" * 10_000: "NONE"}))
    assert len(error.field) < 100


def test_a_flood_of_errors_is_cut() -> None:
    assert len(errors_of(track(artists=[{}] * 200))) == MAX_ERRORS


def test_values_that_are_not_plain_are_not_shown() -> None:
    assert shown({"a": 1}) is None
    assert shown(b"x") is None
    assert shown(10**30) == str(10**30)
    assert shown(True) is True
    assert inert("a\x00b", 10) == "a\ufffdb"
