"""Releases of every shape that are written as ERN 4.3.2, and what reading them must give again."""

import io
from collections.abc import Callable
from datetime import UTC, date, datetime

from hypothesis import strategies as st

from schemas.catalogue import TrackMetadata
from schemas.disclosure import Facet, Level, complete, level_of
from schemas.ern.credited import DISPLAYED
from schemas.ern.disclosure import contains_ai_of
from schemas.ern.read import read_message
from schemas.ern.roles import FACETS_OF_ROLE, facets_of
from schemas.ern.write import DeliveredTrack, Envelope, write_message

FACETS = [facet for facet in Facet if facet is not Facet.VIDEO]
"""An ERN audio message says nothing of a video."""

NAMES = st.text(st.characters(exclude_categories=["Cs", "Cc", "Z"]), min_size=1, max_size=20)
ANY_TEXT = st.text(min_size=1, max_size=20).filter(lambda text: text.strip() != "")
ROLES = st.sampled_from([*DISPLAYED, *FACETS_OF_ROLE, "ExecutiveProducer", "Lead Vocalist", "Kazoo & comb"])
DECLARED = st.dictionaries(st.sampled_from(FACETS), st.sampled_from(Level))
PEOPLE = st.lists(st.tuples(NAMES, ROLES), min_size=1, max_size=5)
ENVELOPE = Envelope(
    message_id="M1",
    thread_id="T1",
    sender="PADPIDA2013042401U",
    sender_name="Label",
    recipient="PADPIDA2009101501Y",
    created_at=datetime(2026, 11, 1, tzinfo=UTC),
)
RELEASES = st.fixed_dictionaries(
    {},
    optional={
        "title": NAMES,
        "upc": st.just("036000291452"),
        "label": NAMES,
        "type": st.sampled_from(["Single", "album", "EP", "Something else"]),
        "release_date": st.dates(date(1900, 1, 1), date(2100, 1, 1)),
    },
)


@st.composite
def tracks(draw: Callable[..., object], titles: st.SearchStrategy[str] = NAMES) -> DeliveredTrack:
    """A track with any disclosure, under any roles."""
    people = draw(PEOPLE)
    metadata = TrackMetadata(
        title=draw(titles),
        version=draw(st.none() | NAMES),
        artists=[{"name": name, "role": role} for name, role in people],
        isrc=draw(st.none() | st.just("QZEM62600001")),
        release=draw(RELEASES),
        language=draw(st.none() | st.just("en")),
        p_line=draw(st.none() | NAMES),
        explicit=draw(st.none() | st.booleans()),
        declared_ai=draw(DECLARED),
    )
    duration_s = draw(st.floats(0, 100_000))
    return DeliveredTrack(metadata=metadata, duration_s=duration_s, uri="resources/a.wav", sha256="e3" * 32)


def written(releases: list[DeliveredTrack]) -> bytes:
    return write_message(ENVELOPE, releases)


def reads_back(content: bytes, sent: list[DeliveredTrack]) -> None:
    """Fail where anything was lost on the way: facets, titles, who is billed, who is credited. Nothing is warned of."""
    message = read_message(io.BytesIO(content))
    assert message.warnings == []
    assert len(message.tracks) == len(sent)
    cover = {Facet.ARTWORK: _highest(sent)}
    for found, track in zip(message.tracks, sent, strict=True):
        said = track.metadata
        assert found.declared_ai == complete(said.declared_ai) | cover
        assert (found.title, found.version) == (said.title, said.version)
        assert {(person.name, role) for person in found.artists for role in person.roles} >= {
            (artist.name, artist.role) for artist in said.artists if artist.role in DISPLAYED
        }
        credited = {(person.name, role) for person in found.contributors for role in person.roles}
        assert credited >= {
            (artist.name, artist.role)
            for artist in said.artists
            if artist.role not in DISPLAYED and contains_ai_of(said.declared_ai) is not Level.ALL
            if len({level_of(said.declared_ai, facet) for facet in facets_of(artist.role)} | {Level.ALL}) <= 2
            if not any(level_of(said.declared_ai, facet) is Level.ALL for facet in facets_of(artist.role))
        }


def _highest(sent: list[DeliveredTrack]) -> Level:
    """A release has one cover: what is declared of it on any track holds for all."""
    levels = {level_of(track.metadata.declared_ai, Facet.ARTWORK) for track in sent}
    return next((level for level in (Level.ALL, Level.PARTLY, Level.NONE) if level in levels), Level.UNDECLARED)
