"""What a person confirmed corrects what is published; what a machine suspects does not."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.disclosure import AUDIBLE_FACETS, Facet, Level, admits_audible_ai, complete
from schemas.exports.credits import confirmed_sentences, declared_lines, detected_sentences, undeclared_facets
from schemas.exports.eu_icon import IconClass, icon_class
from schemas.exports.published import CONFIRMS_AI, AskedAbout, published_declaration, published_detections
from schemas.verdict import Label

NOON = datetime(2026, 12, 1, 12, tzinfo=UTC)
UNANSWERED = AskedAbout(told=["ai_detected", "ai_mismatch"], due_at=NOON, settled=True, answered=False)
FREE = {"allowed": True, "admitted": False, "appealed": False, "reviewed": False, "now": NOON}
DECLARATIONS = st.dictionaries(st.sampled_from(Facet), st.sampled_from(Level))


@given(DECLARATIONS, st.sets(st.sampled_from(sorted(set(Label) - CONFIRMS_AI))))
def test_without_a_confirmation_of_ai_the_declaration_is_published_as_it_is(declared, confirmed):
    assert published_declaration(declared, confirmed) == complete(declared)


@given(DECLARATIONS, st.sampled_from(sorted(CONFIRMS_AI)))
def test_confirmed_ai_is_never_published_as_none(declared, label):
    said = published_declaration(declared, [label])
    assert admits_audible_ai(said)
    assert icon_class(said) is not IconClass.NONE
    if admits_audible_ai(declared):
        assert said == complete(declared)
    untouched = set(Facet) - set(AUDIBLE_FACETS)
    assert all(said[facet] is complete(declared)[facet] for facet in untouched)


@given(DECLARATIONS)
def test_every_facet_is_either_declared_or_named_as_open(declared):
    lines, open_facets = declared_lines(declared), undeclared_facets(declared)
    assert {line.facet for line in lines} | set(open_facets) >= set(Facet) - {Facet.VIDEO}
    assert not {line.facet for line in lines} & set(open_facets)


def test_listeners_read_nothing_about_spam_and_every_sentence_once():
    assert confirmed_sentences([Label.FUNCTIONAL_AUDIO, Label.DUPLICATE_RECORDING]) == []
    assert len(confirmed_sentences([Label.AI_DECLARED, Label.AI_DECLARED_PARTLY])) == 1


def test_a_finding_that_nobody_replied_to_is_published_and_no_other():
    standing = ["ai_detected", "ai_provenance", "duplicate_recording"]
    assert published_detections(UNANSWERED, standing, **FREE) == ["ai_detected"], "told of, and still standing"


@pytest.mark.parametrize(
    ("asked", "terms"),
    [
        (None, {}),
        (replace(UNANSWERED, told=[]), {}),
        (replace(UNANSWERED, settled=False), {}),
        (replace(UNANSWERED, answered=True), {}),
        (replace(UNANSWERED, taken_back=True), {}),
        (UNANSWERED, {"now": NOON - timedelta(microseconds=1)}),
        (UNANSWERED, {"allowed": False}),
        (UNANSWERED, {"admitted": True}),
        (UNANSWERED, {"appealed": True}),
        (UNANSWERED, {"reviewed": True}),
    ],
)
def test_one_thing_amiss_and_nothing_is_published(asked, terms):
    assert published_detections(asked, list(CONFIRMS_AI), **FREE | terms) == []


def test_a_published_finding_is_worded_as_what_software_found():
    said = detected_sentences(CONFIRMS_AI)
    assert len(said) == 3 and all("No person has confirmed it." in sentence for sentence in said)
    assert detected_sentences(["spam", "ai_declared"]) == []
    assert not set(said) & set(confirmed_sentences(CONFIRMS_AI))
