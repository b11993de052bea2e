"""Audio goes when its time has run out, never under somebody's hands, and comes back when it is delivered again."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from schemas.review import DecisionIn, ReasonCode, TrackState
from schemas.verdict import Action
from service.store.appeals import Appeals
from service.store.blob_rows import Blobs
from service.store.cases import Cases
from service.store.decisions import Decisions
from service.store.retention import Retention
from service.store.spectrograms import Spectrograms
from service.store.tables.blobs import Blob
from service.store.tables.jobs import Job, JobState
from service.store.tables.waveforms import Waveform
from service.store.tracks import Tracks
from tests.deliveries import NOON, cause, deliver, fired, judgement, know_rules, sha
from workers.retention import erase_expired

KEEP = {TrackState.DECIDED: 30}
LATER = NOON + timedelta(days=31)


@pytest.fixture
def deliver_decided(database):
    def made(session, audio="audio", state=TrackState.DECIDED, **said):
        track = deliver(session, audio, **said)
        Tracks(session).move(track, state, NOON)
        session.execute(update(Job).values(state=JobState.DONE))
        return track

    return made


def erase(session, now=LATER, keep=KEEP):
    found = Retention(session).page(keep, now, after="", limit=10)
    assert Retention(session).erase_expired(found, keep, now) == len(found)
    return set(found)


def test_audio_is_erased_after_its_days_and_the_row_says_so(database, deliver_decided):
    with database.write() as session:
        track = deliver_decided(session)
        session.add(Waveform(audio_sha256=sha("audio"), duration_s=1.0, peaks=b"\x01", pipeline="test"))
        Spectrograms(session).put(sha("audio"), picture=b"\x89PNG", trace=None, pipeline="test")
        session.flush()
        assert erase(session, NOON + timedelta(days=29)) == set()
        assert erase(session, keep={TrackState.UNREADABLE: 1}) == set()
        assert erase(session, keep={}) == set()
        assert erase(session) == {track.audio_sha256}
        assert Blobs(session).get(track.audio_sha256).erased_at == LATER
        assert Blobs(session).known([track.audio_sha256]) == set(), "the sweep may remove its bytes"
        assert session.scalars(select(Waveform)).all() == []
        assert Spectrograms(session).picture(track.audio_sha256) is None
        assert erase(session) == set(), "once"
        deliver(session, at=LATER)
        assert Blobs(session).known([track.audio_sha256]) == {track.audio_sha256}, "delivered again, it is kept again"


def test_what_another_track_needs_stays(database, deliver_decided):
    with database.write() as session:
        deliver_decided(session)
        other = deliver(session, by="other")
        assert erase(session) == set()
        Tracks(session).move(other, TrackState.DECIDED, LATER)
        session.execute(update(Job).values(state=JobState.DONE))
        assert erase(session) == set()
        assert erase(session, LATER + timedelta(days=31)) == {other.audio_sha256}


def test_nothing_goes_while_work_a_case_or_an_appeal_is_open(database, deliver_decided):
    with database.write() as session:
        know_rules(session)
        track = deliver_decided(session)
        session.execute(update(Job).values(state=JobState.PENDING))
        assert erase(session) == set()
        session.execute(update(Job).values(state=JobState.DONE))
        [case] = Cases(session).reconcile(track, [cause(track.id, action=Action.QUEUE)], content="1", now=NOON)
        assert erase(session) == set()
        said = DecisionIn(case_id=case.id, action=Action.LABEL, policy_clause="AI-1", reason=ReasonCode.AI_CONFIRMED)
        Decisions(session).decide(track.tenant_id, said, decided_by="rita", now=NOON)
        session.execute(update(Job).values(state=JobState.DONE))
        from service.store.verdicts import Verdicts
        from tests.deliveries import PIPELINE, facts

        Verdicts(session).stand(track, pipeline=PIPELINE, facts=facts(), judgement=judgement(fired("ai")), now=NOON)
        appeal = {"by": "key", "now": NOON, "window_days": 183, "answer_within": timedelta(days=14)}
        Appeals(session).lodge(track.tenant_id, track.id, "It is mine.", **appeal)
        assert erase(session) == set()


def test_all_pages_are_erased_by_the_worker(database, deliver_decided, monkeypatch):
    monkeypatch.setattr("workers.retention.PAGE", 2)
    monkeypatch.setattr("workers.retention.utc_now", lambda: LATER)
    with database.write() as session:
        for number in range(5):
            deliver_decided(session, f"audio {number}")
    assert erase_expired(database, {}) == 0
    assert erase_expired(database, KEEP) == 5
    with database.read() as session:
        assert len(session.scalars(select(Blob).where(Blob.erased_at.is_not(None))).all()) == 5
