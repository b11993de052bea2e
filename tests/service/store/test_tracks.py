from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError, NoResultFound

from schemas.catalogue import Release
from schemas.disclosure import Facet, Level
from schemas.events import EventKind
from schemas.review import TrackState
from service.store.blob_rows import Blobs
from service.store.events import Events
from service.store.jobs import Jobs
from service.store.releases import Releases
from service.store.tables.jobs import JobKind, JobState, Lane
from service.store.tables.track_revisions import RevisionKind
from service.store.tracks import Tracks
from tests.deliveries import NOON, deliver, metadata, sha, tenant

UPC = "4006381333931"


def kinds(session, track):
    return [event.kind for event in Events(session).of(track.id)]


def test_an_accepted_track_comes_with_its_revision_its_event_and_its_job(database):
    with database.write() as session:
        track = deliver(session, declared_ai={"VOCALS": "NONE"}, sender={"id": "sub-label 12"}, unheard_of="kept")
    with database.read() as session:
        found = Tracks(session).get(track.tenant_id, track.id)
        assert (found.state, found.revision, found.audio_sha256) == (TrackState.RECEIVED, 1, sha("audio"))
        assert found.accepted_at == NOON
        assert found.sender_key == f"{track.tenant_id}/sub-label 12"
        assert Tracks(session).metadata(track.id).declared_ai == {Facet.VOCALS: Level.NONE}
        assert Tracks(session).revision(track.id).details["unheard_of"] == "kept"
        assert Tracks(session).revision(track.id).declaration == {"VOCALS": "NONE"}
        assert kinds(session, track) == [EventKind.RECEIVED]
        assert Jobs(session).of(JobKind.ANALYSE, track.id).state is JobState.PENDING


def test_a_track_without_stored_audio_is_refused(database):
    with pytest.raises(IntegrityError), database.write() as session:
        Tracks(session).accept(
            tenant_id=tenant(session).id, metadata=metadata(), audio_sha256=sha("never stored"), now=NOON
        )


def test_ids_sort_by_acceptance_and_the_order_of_acceptance_is_over_all_tenants(database):
    tracks = []
    for number in range(4):
        with database.write() as session:
            tracks.append(deliver(session, by=f"tenant {number % 2}"))
    assert [track.accepted_seq for track in tracks] == sorted({track.accepted_seq for track in tracks})
    assert len({track.id for track in tracks}) == 4


def test_another_tenants_track_is_as_if_it_did_not_exist(database):
    with database.write() as session:
        track = deliver(session, by="harbour")
        stranger = tenant(session, "stranger")
        assert Tracks(session).get(stranger.id, track.id) is None
        assert Tracks(session).page(stranger.id) == []
        assert [found.id for found in Tracks(session).page(track.tenant_id)] == [track.id]


def test_pages_go_in_order_of_acceptance_and_can_be_narrowed(database):
    with database.write() as session:
        tracks = [deliver(session, isrc=f"QZEM6260000{n}", client_reference=f"ref {n % 2}") for n in range(5)]
        repository, owner = Tracks(session), tracks[0].tenant_id
        first = repository.page(owner, limit=3)
        rest = repository.page(owner, after=first[-1].accepted_seq, limit=3)
        assert [track.id for track in [*first, *rest]] == [track.id for track in tracks]
        assert [track.id for track in repository.page(owner, isrc="QZEM62600003")] == [tracks[3].id]
        assert len(repository.page(owner, client_reference="ref 0")) == 3
        assert len(repository.page(owner, state=TrackState.RECEIVED)) == 5
        assert repository.page(owner, state=TrackState.DECIDED) == []


@pytest.mark.parametrize("title", ["nul \x00 here", "<script>alert(1)</script>", "名前 🎵 " * 100])
def test_text_that_a_database_may_refuse_is_kept_all_the_same(database, title):
    with database.write() as session:
        track = deliver(session, title=title, artist=title, sender={"id": title[:100]})
    with database.read() as session:
        assert Tracks(session).metadata(track.id).title == title.strip()
        assert "\x00" not in Tracks(session).find(track.id).title


def test_one_release_is_made_for_each_upc_of_a_tenant(database):
    with database.write() as session:
        release = {"title": "Tides", "upc": UPC}
        one, two = deliver(session, release=release), deliver(session, "other", release=release)
        elsewhere = deliver(session, by="stranger", release=release)
        single = deliver(session, release={"title": "No UPC"})
        assert one.release_id == two.release_id
        assert elsewhere.release_id not in (None, one.release_id)
        assert single.release_id is None
        assert Releases(session).get(one.tenant_id, one.release_id).details["title"] == "Tides"
        assert Releases(session).get(elsewhere.tenant_id, one.release_id) is None


def test_a_release_is_brought_up_to_date_under_its_upc(database):
    with database.write() as session:
        owner = tenant(session).id
        one = Releases(session).put(owner, Release(title="Tides", upc=UPC), NOON)
        two = Releases(session).put(owner, Release(title="Tides (Deluxe)", upc=UPC), NOON + timedelta(days=1))
        assert one.id == two.id and two.details["title"] == "Tides (Deluxe)"
        assert (
            Releases(session).put(owner, Release(title="A"), NOON).id
            != Releases(session).put(owner, Release(), NOON).id
        )
        assert len(Releases(session).page(owner)) == 3


def test_a_state_is_logged_when_it_changes_and_not_when_it_stays(database):
    with database.write() as session:
        track = deliver(session)
        tracks = Tracks(session)
        tracks.move(track, TrackState.ANALYSING, NOON)
        for _ in range(2):
            tracks.move(track, TrackState.UNREADABLE, NOON, problem="unreadable-audio", detail="no audio stream")
        assert kinds(session, track) == [EventKind.RECEIVED, EventKind.UNREADABLE]
        tracks.move(track, TrackState.DECIDED, NOON)
        assert (track.state_type, track.state_detail) == (None, None)


def test_events_are_numbered_without_gaps(database):
    with database.write() as session:
        track = deliver(session)
        for _ in range(3):
            Events(session).append(track.id, EventKind.DECIDED, NOON, {"why": "\x00"})
        assert [event.seq for event in Events(session).of(track.id)] == [1, 2, 3, 4]
        assert [event.seq for event in Events(session).of(track.id, after=2)] == [3, 4]


def test_new_words_are_decided_and_new_audio_is_analysed(database):
    with database.write() as session:
        track = deliver(session, declared_ai={"VOCALS": "NONE"})
        Tracks(session).move(track, TrackState.DECIDED, NOON)
        changed = metadata("New Title", declared_ai={"VOCALS": "ALL"})
        revision = Tracks(session).revise(track, RevisionKind.DECLARATION, metadata=changed, now=NOON)
        assert (revision.revision, track.revision, track.title) == (2, 2, "New Title")
        assert revision.audio_sha256 == sha("audio")
        assert Jobs(session).of(JobKind.DECIDE, track.id).state is JobState.PENDING
        assert track.state is TrackState.DECIDED
        assert Tracks(session).metadata(track.id, 1).title == "Low Water"

        Blobs(session).record(sha("remaster"), 8, NOON)
        Tracks(session).revise(track, RevisionKind.AUDIO, audio_sha256=sha("remaster"), file_name="b.wav", now=NOON)
        assert (track.state, track.audio_sha256) == (TrackState.RECEIVED, sha("remaster"))
        assert Jobs(session).of(JobKind.ANALYSE, track.id).state is JobState.PENDING

        Tracks(session).revise(track, RevisionKind.WITHDRAWAL, now=NOON)
        assert track.state is TrackState.WITHDRAWN
        log = kinds(session, track)
        assert log.count(EventKind.REVISED) == 3 and log[-1] is EventKind.WITHDRAWN


def test_a_revision_that_does_not_exist_is_not_made_up(database):
    with database.write() as session:
        track = deliver(session)
        with pytest.raises(NoResultFound):
            Tracks(session).revision(track.id, 2)


def test_the_lane_of_a_track_is_that_of_its_jobs(database):
    with database.write() as session:
        Blobs(session).record(sha("x"), 1, NOON)
        track = Tracks(session).accept(
            tenant_id=tenant(session).id, metadata=metadata(), audio_sha256=sha("x"), now=NOON, lane=Lane.RELEASE_DATE
        )
        assert Jobs(session).of(JobKind.ANALYSE, track.id).lane == Lane.RELEASE_DATE
