"""What a sender says is checked field by field, and nothing said is lost."""

import pytest
from pydantic import ValidationError

from schemas.catalogue import MAX_TITLE, TrackMetadata, unknown_keys
from schemas.disclosure import Facet, Level, admits_audible_ai, complete, denies_audible_ai


def metadata(**changes):
    return TrackMetadata.model_validate({"title": "Low Water", "artists": [{"name": "Orla Tamsin"}], **changes})


def test_unknown_keys_are_named_by_path_and_kept():
    said = metadata(mood="calm", release={"upc": "885016204075", "shelf": 3}, artists=[{"name": "O", "mbid": "x"}])
    assert unknown_keys(said) == ["mood", "artists[0].mbid", "release.shelf"]
    assert said.model_dump()["release"]["shelf"] == 3


@pytest.mark.parametrize(
    ("field", "change"),
    [
        (("title",), {"title": "x" * (MAX_TITLE + 1)}),
        (("title",), {"title": "   "}),
        (("artists",), {"artists": []}),
        (("isrc",), {"isrc": "nope"}),
        (("release", "upc"), {"release": {"upc": "885016204076"}}),
        (("declared_ai", "HUMMING", "[key]"), {"declared_ai": {"HUMMING": "ALL"}}),
        (("declared_ai", "VOCALS"), {"declared_ai": {"VOCALS": "MOSTLY"}}),
        (("sender", "tier"), {"sender": {"tier": "golden"}}),
    ],
)
def test_a_wrong_value_names_its_field(field, change):
    with pytest.raises(ValidationError) as refused:
        metadata(**change)
    assert refused.value.errors()[0]["loc"] == field


def test_a_missing_facet_is_undeclared_and_never_none():
    declared = complete(metadata(declared_ai={"VOCALS": "NONE"}).declared_ai)
    assert declared[Facet.VOCALS] is Level.NONE
    assert declared[Facet.LYRICS] is Level.UNDECLARED
    assert not denies_audible_ai(declared)


def test_partly_on_one_audible_facet_admits_and_artwork_does_not():
    assert admits_audible_ai({Facet.POST_PRODUCTION: Level.PARTLY})
    assert not admits_audible_ai({Facet.ARTWORK: Level.ALL, Facet.LYRICS: Level.ALL})
