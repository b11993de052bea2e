"""What is written as ERN 4.3.2 reads back as the same disclosure, for every facet, level, contributor and release."""

from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from schemas.catalogue import TrackMetadata
from schemas.disclosure import Facet, Level
from schemas.ern.write import DeliveredTrack
from tests.schemas.ern.written import ANY_TEXT, reads_back, tracks, written


@given(st.lists(tracks(), min_size=1, max_size=3))
def test_the_disclosure_and_everybody_credited_survive_the_round_trip(sent):
    reads_back(written(sent), sent)


@given(tracks(ANY_TEXT))
def test_whatever_a_title_holds_the_message_is_well_formed(track):
    etree.fromstring(written([track]))


def contributors(declared, *people):
    metadata = TrackMetadata(
        title="One",
        artists=[{"name": "Ada"}, *({"name": name, "role": role} for name, role in people)],
        declared_ai=declared,
    )
    root = etree.fromstring(written([DeliveredTrack(metadata=metadata, duration_s=1, uri="a.wav", sha256="e3" * 32)]))
    names = {p.findtext("PartyReference"): p.findtext("PartyName/FullName") for p in root.iter("Party")}
    return [
        (
            names.get(element.findtext("ContributorPartyReference"), element.findtext("SpecialContributor")),
            element.find("Role/Value").get("UserDefinedValue") or element.findtext("Role/Value"),
            element.findtext("AiContribution"),
        )
        for element in root.iter("Contributor")
    ]


def test_who_is_credited_says_what_is_declared_of_their_part():
    said = contributors({Facet.VOCALS: Level.PARTLY, Facet.LYRICS: Level.ALL}, ("Bo", "Singer"), ("Cy", "Lyricist"))
    assert said == [("GenerativeAI", "Lyricist", "All"), ("Bo", "Singer", "Partly")], "AI stands alone on the lyrics"


def test_a_role_of_two_parts_that_differ_is_written_part_by_part():
    said = contributors({Facet.COMPOSITION: Level.NONE}, ("Bo", "ComposerLyricist"))
    assert said == [("Bo", "Composer", "None"), ("Bo", "Lyricist", None)]


def test_generative_ai_stands_alone_on_a_recording_that_is_generated_as_a_whole():
    said = contributors(dict.fromkeys(Facet, Level.ALL), ("Bo", "Vocalist"), ("Cy", "ExecutiveProducer"))
    assert {name for name, _, _ in said} == {"GenerativeAI"}
