"""What is written as ERN 4.3.2 reads back as the same disclosure, for every facet, level and shape of release."""

import io
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from schemas.catalogue import TrackMetadata
from schemas.disclosure import Facet, Level, complete
from schemas.ern.read import read_message
from schemas.ern.write import DeliveredTrack, Envelope, write_message

WRITTEN = [facet for facet in Facet if facet is not Facet.VIDEO]
NAMES = st.text(st.characters(exclude_categories=["Cs", "Cc", "Z"]), min_size=1, max_size=20)
ENVELOPE = Envelope(
    message_id="M1",
    thread_id="T1",
    sender="PADPIDA2013042401U",
    sender_name="Label",
    recipient="PADPIDA2009101501Y",
    created_at=datetime(2026, 11, 1, tzinfo=UTC),
)


def track(declared, title, artists):
    metadata = TrackMetadata(
        title=title, artists=[{"name": name} for name in artists], isrc="QZEM62600001", declared_ai=declared
    )
    return DeliveredTrack(metadata=metadata, duration_s=181.2, uri="resources/a.wav", sha256="e3" * 32)


@given(
    declared=st.dictionaries(st.sampled_from(WRITTEN), st.sampled_from(Level)),
    title=NAMES,
    artists=st.lists(NAMES, min_size=1, max_size=3),
)
def test_the_disclosure_survives_the_round_trip_without_a_warning(declared, title, artists):
    message = read_message(io.BytesIO(write_message(ENVELOPE, [track(declared, title, artists)])))
    assert message.tracks[0].declared_ai == complete(declared)
    assert message.tracks[0].title == title.strip()
    assert [artist.name for artist in message.tracks[0].artists] == [name.strip() for name in artists]
    assert message.warnings == []


@given(st.lists(st.dictionaries(st.sampled_from(WRITTEN[:5]), st.sampled_from(Level)), min_size=2, max_size=4))
def test_tracks_of_one_release_keep_their_own_disclosures(declarations):
    content = write_message(ENVELOPE, [track(declared, "One", ["Ada"]) for declared in declarations])
    message = read_message(io.BytesIO(content))
    assert [found.declared_ai for found in message.tracks] == [complete(declared) for declared in declarations]
