"""What stands in the end depends on what was delivered and in which order it was accepted, and on nothing else."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from classifiers.audio.decode import DecodedStream, Decoder, Limits
from schemas.disclosure import Facet, Level
from schemas.events import EventKind
from schemas.review import TrackState
from service.settings import Settings
from service.store.cases import Cases
from service.store.clock import utc_now
from service.store.events import Events
from service.store.jobs import Jobs
from service.store.label_feed import LabelFeed
from service.store.tables.jobs import JobKind
from service.store.tables.track_revisions import RevisionKind
from service.store.tracks import Tracks
from service.store.verdicts import Verdicts, judgement_of
from tests.sounds import music, silence, write_audio
from tests.workers.conftest import deliver_to
from workers.analyse import analyse
from workers.decide import FEW, LONGEST_PAUSE_S, PAUSE_EACH_S, decide, pause_for
from workers.deliver import deliver
from workers.ledger import work_through
from workers.lifecycle import Context
from workers.notify import notify

LENGTH_S = 8.0
HANDLERS = {JobKind.ANALYSE: analyse, JobKind.DECIDE: decide, JobKind.DELIVER: deliver, JobKind.NOTIFY: notify}


@pytest.fixture(scope="module")
def recordings(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("recordings")
    song, other = music(LENGTH_S, seed=1), music(LENGTH_S, seed=2)
    return {
        "song": write_audio(folder / "song.flac", song),
        "song again": write_audio(folder / "again.mp3", song, bit_rate_kbps=128),
        "song once more": write_audio(folder / "more.ogg", song),
        "other": write_audio(folder / "other.flac", other),
        "silence": write_audio(folder / "silence.wav", silence(LENGTH_S)),
    }


def _work(context: Context) -> None:
    """Work as workers do until nothing is due."""
    while any(work_through(context, kind, handle, batch=4) for kind, handle in HANDLERS.items()):
        pass


def _settle(context: Context) -> None:
    """Work as workers do until nothing is left."""
    _work(context)
    with context.database.read() as session:
        assert not Jobs(session).unsettled()


def _analyse_one_by_one(context: Context, tracks: list[str]) -> None:
    """Analyse in the given order and decide in between, as a busy service would."""
    for track_id in tracks:
        with context.database.write() as session:
            jobs = Jobs(session).claim([JobKind.ANALYSE], limit=100, worker="test", lease_s=60, now=utc_now())
            [chosen] = [job for job in jobs if job.subject_id == track_id]
            for job in jobs:
                if job is not chosen:
                    Jobs(session).release(job.id, job.token, utc_now())
        analyse(context, chosen)
        work_through(context, JobKind.DECIDE, decide, batch=4)
        work_through(context, JobKind.DELIVER, deliver, batch=4)
    _settle(context)


def _standing(context: Context, tracks: list[str]) -> list[dict[str, Any]]:
    """Everything that stands of each track, without ids and moments, which differ from run to run."""
    standing = []
    with context.database.read() as session:
        for track_id in tracks:
            track, verdict = Tracks(session).find(track_id), Verdicts(session).standing(track_id)
            assert track is not None
            assert verdict is not None
            verdict.facts["sender"].pop("age_days")
            verdict.facts.pop("velocity")
            standing.append(
                {
                    "state": track.state,
                    "labels": judgement_of(verdict).labels,
                    "action": verdict.action,
                    "facts": verdict.facts,
                    "cases": [(case.scope, case.cause, case.reason) for case in Cases(session).of_track(track_id)],
                }
            )
    return standing


ORDERS: dict[str, Callable[[list[str]], list[str]]] = {
    "as accepted": lambda tracks: tracks,
    "the other way round": lambda tracks: tracks[::-1],
    "copies before the original": lambda tracks: [tracks[place] for place in (4, 2, 0, 3, 1, 5)],
}


def test_the_order_of_analysis_changes_nothing(tmp_path: Path, recordings: dict[str, Path]) -> None:
    results = {}
    names = ["song", "other", "song again", "silence", "song once more", "song"]
    for order, arranged in ORDERS.items():
        context = Context(Settings(data_dir=tmp_path / order))
        context.database.migrate()
        tracks = [
            deliver_to(
                context,
                recordings[name],
                title=f"Title {number}",
                artist=f"Artist {number}",
                isrc=f"QZEM6260{number:04d}",
                sender={"id": "farm" if number > 1 else "label"},
            )
            for number, name in enumerate(names)
        ]
        _analyse_one_by_one(context, arranged(tracks))
        results[order] = _standing(context, tracks)
        context.close()
    assert [track["labels"] for track in results["as accepted"]] == [
        [],
        [],
        ["duplicate_recording"],
        ["functional_audio"],
        ["duplicate_recording"],
        ["duplicate_recording"],
    ]
    assert results["the other way round"] == results["as accepted"]
    assert results["copies before the original"] == results["as accepted"]


def test_the_same_bytes_are_analysed_once(context: Context, recordings: dict[str, Path]) -> None:
    tracks = [deliver_to(context, recordings["other"], artist=f"Artist {number}") for number in range(3)]
    _settle(context)
    with context.database.read() as session:
        assert session.scalar(text("SELECT count(*) FROM evidence")) == 1
        assert session.scalar(text("SELECT count(*) FROM verdict WHERE standing")) == 3
        kinds = [[event.kind for event in Events(session).of(track)] for track in tracks]
    assert all(found.count(EventKind.ANALYSED) == 1 for found in kinds)


def test_one_cause_is_one_case_for_all_copies(context: Context, recordings: dict[str, Path]) -> None:
    names = ["song", "song again", "song once more"]
    tracks = [
        deliver_to(context, recordings[name], artist=f"Artist {number}", isrc=f"QZEM6260{number:04d}")
        for number, name in enumerate(names)
    ]
    _settle(context)
    with context.database.read() as session:
        cases = {case.id for track in tracks for case in Cases(session).of_track(track)}
        assert len(cases) == 1
        assert [track.id for track in Cases(session).tracks(cases.pop())] == tracks[1:]


def test_the_larger_the_farm_the_longer_its_members_wait_for_one_verdict_on_many_arrivals(
    sqlite_context: Context, recordings: dict[str, Path]
) -> None:
    context = sqlite_context
    tracks = [deliver_to(context, recordings["silence"], artist=f"Artist {number}") for number in range(FEW + 2)]
    with context.database.write() as session:
        [first] = Jobs(session).claim([JobKind.ANALYSE], limit=1, worker="test", lease_s=60, now=utc_now())
    analyse(context, first)
    with context.database.read() as session:
        own, other = (Jobs(session).of(JobKind.DECIDE, track) for track in (tracks[0], tracks[-1]))
    assert own is not None
    assert other is not None
    assert other.run_after - own.run_after == pause_for(FEW + 1) == timedelta(seconds=PAUSE_EACH_S)
    assert pause_for(FEW) == timedelta(0)
    assert pause_for(1_000_000) == timedelta(seconds=LONGEST_PAUSE_S)


def test_doing_everything_again_adds_nothing(context: Context, recordings: dict[str, Path]) -> None:
    track_id = deliver_to(context, recordings["other"])
    _settle(context)

    def written() -> tuple[int, ...]:
        with context.database.read() as session:
            track = Tracks(session).find(track_id)
            assert track is not None
            feed = LabelFeed(session).page(track.tenant_id)
            return len(Events(session).of(track_id)), len(Verdicts(session).of(track_id)), len(feed)

    before = written()
    for kind in set(JobKind) - {JobKind.INGEST}:  # that one is about a delivery
        with context.database.write() as session:
            Jobs(session).enqueue(kind, track_id)
    _settle(context)
    assert written() == before == (4, 1, 1)


def test_a_file_that_cannot_be_read_says_why_and_is_not_tried_again(context: Context, tmp_path: Path) -> None:
    (tmp_path / "picture.wav").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(3000))
    track_id = deliver_to(context, tmp_path / "picture.wav")
    _settle(context)
    with context.database.read() as session:
        track = Tracks(session).find(track_id)
        assert track is not None
        assert (track.state, track.state_type) == (TrackState.UNREADABLE, "unreadable-audio")
        assert track.state_detail is not None
        assert track.state_detail.startswith("The file is not audio")
        last = Events(session).of(track_id)[-1]
        assert (last.kind, last.data["reason"]) == (EventKind.UNREADABLE, "not_audio")
        job = Jobs(session).of(JobKind.ANALYSE, track_id)
        assert job is not None
        assert job.token == 1


def test_a_new_declaration_is_decided_without_another_analysis(context: Context, recordings: dict[str, Path]) -> None:
    track_id = deliver_to(context, recordings["other"])
    _settle(context)
    with context.database.write() as session:
        track = Tracks(session).find(track_id, lock=True)
        assert track is not None
        metadata = Tracks(session).metadata(track_id)
        declared = metadata.model_copy(update={"declared_ai": {Facet.VOCALS: Level.ALL}})
        Tracks(session).revise(track, RevisionKind.DECLARATION, now=utc_now(), metadata=declared)
    _settle(context)
    with context.database.read() as session:
        verdict = Verdicts(session).standing(track_id)
        assert verdict is not None
        assert (verdict.revision, judgement_of(verdict).labels) == (2, ["ai_declared"])
        job = Jobs(session).of(JobKind.ANALYSE, track_id)
        assert job is not None
        assert job.token == 1


def test_a_withdrawn_track_is_left_alone_and_its_cases_close(context: Context, recordings: dict[str, Path]) -> None:
    deliver_to(context, recordings["song"], artist="One", isrc="QZEM62600001")
    copy = deliver_to(context, recordings["song again"], artist="Other", isrc="QZEM62600002")
    _settle(context)
    with context.database.write() as session:
        assert len(Cases(session).of_track(copy)) == 1
        track = Tracks(session).find(copy, lock=True)
        assert track is not None
        Tracks(session).revise(track, RevisionKind.WITHDRAWAL, now=utc_now())
        Jobs(session).enqueue(JobKind.DECIDE, copy)
    _settle(context)
    with context.database.read() as session:
        track = Tracks(session).find(copy)
        assert track is not None
        assert track.state is TrackState.WITHDRAWN
        assert Cases(session).of_track(copy) == []


class _Overtaken(Decoder):
    """Decodes a track whose sender does something at that very moment."""

    def __init__(self, meanwhile: Callable[[], None]) -> None:
        super().__init__()
        self._meanwhile = meanwhile

    def open(self, path: Path, limits: Limits = Limits()) -> DecodedStream:
        self._meanwhile()
        return super().open(path, limits)


def test_a_track_that_is_withdrawn_while_it_proves_unreadable_stays_withdrawn(
    sqlite_context: Context, tmp_path: Path
) -> None:
    context = sqlite_context
    (tmp_path / "picture.wav").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(3000))
    track_id = deliver_to(context, tmp_path / "picture.wav")

    def withdraw() -> None:
        with context.database.write() as session:
            track = Tracks(session).find(track_id, lock=True)
            assert track is not None
            Tracks(session).revise(track, RevisionKind.WITHDRAWAL, now=utc_now())

    with _Overtaken(withdraw) as context.decoder:
        _settle(context)
    with context.database.read() as session:
        track = Tracks(session).find(track_id)
        assert track is not None
        assert track.state is TrackState.WITHDRAWN
        assert EventKind.UNREADABLE not in [event.kind for event in Events(session).of(track_id)]


def test_evidence_counts_for_others_also_where_its_finder_was_killed_right_after(
    sqlite_context: Context, recordings: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    context = sqlite_context
    deliver_to(context, recordings["silence"])
    with context.database.write() as session:
        [job] = Jobs(session).claim([JobKind.ANALYSE], limit=1, worker="killed", lease_s=0.0, now=utc_now())
    later = deliver_to(context, recordings["other"])
    _work(context)

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr("workers.analyse.matches_of", killed)
        analyse(context, job)
    with context.database.write() as session:
        assert Jobs(session).release_expired(utc_now()) == 1
    _settle(context)
    with context.database.read() as session:
        verdict = Verdicts(session).standing(later)
        assert verdict is not None
        assert verdict.facts["sender"]["functional_24h"] == 1
