"""Behaviour on live traffic: counted by acceptance, judged by the rules of a replay, the same on both databases."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from classifiers.pipeline import PIPELINE_VERSION
from schemas.events import EventKind
from schemas.review import CaseState, DecisionIn, ReasonCode
from schemas.verdict import Action
from service.settings import Settings
from service.store.cases import Cases
from service.store.clock import utc_now
from service.store.decisions import Decisions
from service.store.events import Events
from service.store.evidence import EvidenceStore
from service.store.jobs import Jobs
from service.store.matches import Matches
from service.store.sightings import Sightings
from service.store.tables.cases import Case
from service.store.tables.counters import DecayedCount, HourlyCount
from service.store.tables.jobs import JobKind
from service.store.tables.sightings import SightingRow
from service.store.tables.track_revisions import RevisionKind
from service.store.tables.tracks import Track
from service.store.tracks import Tracks
from service.store.verdicts import Verdicts, judgement_of
from tests.deliveries import NOON, deliver, evidence, match, sha
from workers.decide import decide
from workers.ledger import work_through
from workers.lifecycle import Context

MINUTE = timedelta(minutes=1)


@pytest.fixture
def context(database_url: str, tmp_path: Path) -> Iterator[Context]:
    opened = Context(Settings(data_dir=tmp_path, database_url=database_url, lease_s=60, _env_file=None))
    yield opened
    opened.close()


def accept(context: Context, audio: str, minutes: int = 0, **said: Any) -> str:
    with context.database.write() as session:
        return deliver(session, audio, at=NOON + minutes * MINUTE, **said).id


def analyse(context: Context, *tracks: str, **found: Any) -> None:
    """Keep evidence as an analysis does, ask for verdicts, and judge until nothing is left to do."""
    with context.database.write() as session:
        for track_id in tracks:
            track = Tracks(session).find(track_id)
            assert track is not None
            record = evidence("", pipeline=PIPELINE_VERSION, **found)
            EvidenceStore(session).put(record.model_copy(update={"sha256": track.audio_sha256}), NOON)
            Jobs(session).enqueue(JobKind.DECIDE, track_id)
    settle(context)


def settle(context: Context) -> None:
    """Judge what is due and what is put off."""
    while True:
        with context.database.write() as session:
            jobs = Jobs(session).claim(
                [JobKind.DECIDE], limit=10, worker="test", lease_s=60, now=utc_now() + timedelta(hours=1)
            )
        if not jobs:
            return
        for job in jobs:
            decide(context, job)


def standing(context: Context, track_id: str) -> tuple[str, str | None]:
    with context.database.read() as session:
        verdict = Verdicts(session).standing(track_id)
        assert verdict is not None
        return verdict.action.value, verdict.priority.value if verdict.priority else None


def facts(context: Context, track_id: str) -> dict[str, Any]:
    with context.database.read() as session:
        verdict = Verdicts(session).standing(track_id)
        assert verdict is not None
        return verdict.facts


def open_cases(context: Context) -> list[Case]:
    with context.database.read() as session:
        return list(session.scalars(select(Case).where(Case.state == CaseState.OPEN).order_by(Case.id)))


def slices(context: Context, count: int, **said: Any) -> list[str]:
    return [
        accept(context, f"slice {n}", n, title=f"Rain for Sleep {n}", artist="Sleep Harbor", **said)
        for n in range(1, count + 1)
    ]


def test_the_first_slices_of_a_batch_join_its_case_when_it_opens(context: Context) -> None:
    tracks = slices(context, 12, sender={"id": "farm"})
    analyse(context, *tracks[:6], noise=0.9, duration_s=31.0)
    assert {standing(context, track) for track in tracks[:6]} == {("label", None)}
    assert open_cases(context) == []
    analyse(context, *tracks[6:], noise=0.9, duration_s=31.0)
    assert {standing(context, track)[0] for track in tracks} == {"queue"}
    [case] = open_cases(context)
    with context.database.read() as session:
        assert len(Cases(session).tracks(case.id)) == 12
        assert EventKind.CASE_JOINED in [event.kind for event in Events(session).of(tracks[0])]


def test_earlier_slices_leave_the_case_when_the_later_ones_are_taken_back(context: Context) -> None:
    tracks = slices(context, 10, sender={"id": "farm"})
    analyse(context, *tracks, noise=0.9, duration_s=31.0)
    assert standing(context, tracks[0])[0] == "queue"
    with context.database.write() as session:
        for track_id in tracks[6:]:
            track = Tracks(session).find(track_id, lock=True)
            assert track is not None
            Tracks(session).revise(track, RevisionKind.WITHDRAWAL, now=utc_now())
            Jobs(session).enqueue_many(JobKind.DECIDE, tracks)
    settle(context)
    assert standing(context, tracks[0]) == ("label", None)
    assert open_cases(context) == []


def test_what_a_good_sender_delivered_before_keeps_out_of_it(context: Context) -> None:
    old = [accept(context, f"song {n}", n, title=f"Song of {n}", sender={"id": "label"}) for n in range(3)]
    analyse(context, *old)
    late = [accept(context, f"slice {n}", 60 * 30 + n, title=f"Rain {n}", sender={"id": "label"}) for n in range(12)]
    analyse(context, *late, noise=0.9, duration_s=31.0)
    assert standing(context, late[0])[0] == "queue"
    assert {standing(context, track) for track in old} == {("none", None)}


def test_a_song_of_the_same_day_is_no_part_of_the_batch_that_follows(context: Context) -> None:
    song = accept(context, "song", title="Harbour Lights", artist="Ann Ember", sender={"id": "farm"})
    analyse(context, song, noise=0.05, duration_s=214.0)
    tracks = [
        accept(context, f"slice {n}", 5 + n, title=f"Rain for Sleep {n}", artist="Sleep Harbor", sender={"id": "farm"})
        for n in range(12)
    ]
    analyse(context, *tracks, noise=0.9, duration_s=31.0)
    assert {standing(context, track)[0] for track in tracks} == {"queue"}
    assert standing(context, song) == ("none", None)


def ring(context: Context, accounts: int = 5, tracks: int = 7) -> list[str]:
    return [
        accept(
            context,
            f"noise {n}",
            n,
            title=f"Brown Noise {n}",
            artist=f"Name {n % accounts}",
            sender={"id": f"acc {n % accounts}", "payout_hash": "one purse", "tier": "unverified"},
        )
        for n in range(accounts * tracks)
    ]


def test_a_ring_is_one_case_under_the_name_of_its_first_account(context: Context) -> None:
    tracks = ring(context)
    neighbour = accept(context, "a song", 40, artist="Somebody", sender={"id": "neighbour", "payout_hash": "own"})
    analyse(context, *tracks, noise=0.9, duration_s=65.0)
    analyse(context, neighbour)
    assert facts(context, tracks[-1])["ring"]["accounts"] == 5
    assert standing(context, tracks[-1]) == ("hold", "P0")
    [case] = open_cases(context)
    assert case.subject_key.endswith("/acc 0")
    assert standing(context, neighbour) == ("none", None)


def test_cases_of_accounts_become_one_when_they_prove_to_be_a_ring(context: Context) -> None:
    tracks = [
        accept(context, f"{name} {n}", n, title=f"Rain {n}", artist=name, sender={"id": name, "device_hash": name})
        for name in ("first", "second")
        for n in range(10)
    ]
    analyse(context, *tracks, noise=0.9, duration_s=31.0)
    assert len(open_cases(context)) == 2
    joined = [
        accept(context, f"bridge {name}", 30, title="Rain", artist=name, sender={"id": name, "payout_hash": "purse"})
        for name in ("first", "second")
    ]
    analyse(context, *joined, noise=0.9, duration_s=31.0)
    [case] = open_cases(context)
    assert case.subject_key.endswith("/first")
    with context.database.read() as session:
        assert len(Cases(session).tracks(case.id)) == 22


def test_a_track_whose_isrc_is_corrected_frees_the_tracks_that_it_stood_against(context: Context) -> None:
    wrong = accept(context, "first file", isrc="QZEM62600009", sender={"id": "one"})
    right = accept(context, "other file", 1, isrc="QZEM62600009", artist="Other", sender={"id": "two"})
    analyse(context, wrong, right)
    assert facts(context, right)["identifiers"]["isrc_of_another"] is True
    assert standing(context, right) == ("queue", "P3")
    with context.database.write() as session:
        track = Tracks(session).find(wrong, lock=True)
        assert track is not None
        corrected = Tracks(session).metadata(wrong).model_copy(update={"isrc": "QZEM62600008"})
        Tracks(session).revise(track, RevisionKind.METADATA, metadata=corrected, now=utc_now())
    settle(context)
    assert facts(context, right)["identifiers"]["isrc_of_another"] is False
    assert standing(context, right) == ("none", None)


def test_what_a_sender_takes_back_and_delivers_rightly_is_no_copy(context: Context) -> None:
    wrong = accept(context, "take 1", artist="Wrong Name", isrc="QZEM62600001", sender={"id": "label"})
    right = accept(context, "take 2", 1, artist="Right Name", isrc="QZEM62600002", sender={"id": "label"})
    with context.database.write() as session:
        Matches(session).record(sha("take 1"), sha("take 2"), match(), NOON)
    analyse(context, wrong, right)
    assert standing(context, right) == ("queue", "P2")
    with context.database.write() as session:
        track = Tracks(session).find(wrong, lock=True)
        assert track is not None
        Tracks(session).revise(track, RevisionKind.WITHDRAWAL, now=utc_now())
    settle(context)
    assert standing(context, right) == ("none", None)
    assert open_cases(context) == []


def test_a_person_who_confirms_spam_is_heard_when_it_comes_again(context: Context, tmp_path: Path) -> None:
    """The register names a banned payout and what senders may do; decisions are tested with the reputation."""
    register = tmp_path / "register.jsonl"
    register.write_text(
        '{"type": "reference", "kind": "banned_payout", "payout_hash": "pay-banned"}\n'
        '{"type": "reference", "kind": "protected_artist", "id": "ar-1", "name": "Ann Ember"}\n'
        '{"type": "account", "id": "label", "artist_links": ["ar-1"], "tier": "verified"}\n',
        "utf-8",
    )
    listed = Context(
        context.settings.model_copy(update={"register_file": register, "database_url": context.settings.database_url})
    )
    banned = accept(context, "one", artist="Nobody", sender={"id": "thief", "payout_hash": "pay-banned"})
    star = [{"name": "Ann Ember", "artist_id": "ar-1"}]
    owner = accept(context, "two", artists=star, sender={"id": "label"})
    poser = accept(context, "three", artists=star, sender={"id": "poser"})
    analyse(listed, banned, owner, poser)
    assert standing(context, banned) == ("block", "P1")
    assert standing(context, owner) == ("none", None)
    assert facts(context, poser)["credits"]["claims_unlinked"] is True
    assert standing(context, poser) == ("queue", "P1")
    unlisted = accept(context, "four", artists=star, sender={"id": "poser"})
    analyse(context, unlisted)
    assert facts(context, unlisted)["credits"]["claims_unlinked"] is None
    assert standing(context, unlisted) == ("none", None)
    listed.close()


def everything(context: Context) -> dict[str, Any]:
    """Counters, sightings and verdicts, without ids."""
    with context.database.read() as session:
        names = dict(session.execute(select(Track.id, Track.title)).all())
        tenants = {track.tenant_id for track in session.scalars(select(Track))}

        def bare(text: str) -> str:
            for tenant in tenants:
                text = text.replace(tenant, "tenant")
            return text

        return {
            "hours": sorted(
                (row.kind.value, bare(row.key), row.hour, row.fresh, row.functional, row.short)
                for row in session.scalars(select(HourlyCount))
            ),
            "paces": sorted(
                (row.kind.value, bare(row.key), row.value, row.at) for row in session.scalars(select(DecayedCount))
            ),
            "sightings": sorted(
                (names[row.track_id], row.fresh, row.functional, row.short, row.copied, row.accused, row.unsettled)
                for row in session.scalars(select(SightingRow))
            ),
            "facts": {
                title: (verdict.facts, judgement_of(verdict).labels, verdict.action.value)
                for track_id, title in names.items()
                if (verdict := Verdicts(session).standing(track_id)) is not None
            },
        }


def history(context: Context, order: list[int] | None = None, *, killed: bool = False) -> dict[str, Any]:
    """Two accounts of one payout with music, slices, a copy and a known ISRC, analysed in some order."""
    context.database.migrate()
    tracks = []
    for n in range(24):
        said: dict[str, Any] = {"sender": {"id": f"acc {n % 2}", "payout_hash": "purse", "ip": f"198.18.7.{n}"}}
        said["isrc"] = "QZEM62600001" if n in (3, 17) else f"QZEM626001{n:02d}"
        tracks.append(accept(context, f"audio {n}", 7 * n, title=f"Rain {n:02d}", artist=f"Name {n % 3}", **said))
    with context.database.write() as session:
        Matches(session).record(sha("audio 20"), sha("audio 4"), match(), NOON)
    for n in order or range(24):
        found = {"noise": 0.9, "duration_s": 31.0} if n % 4 else {"noise": 0.1, "duration_s": 200.0}
        if killed and n in (5, 20):
            kill_between(context, tracks[n], **found)
        analyse(context, tracks[n], **found)
    return everything(context)


def kill_between(context: Context, track_id: str, **found: Any) -> None:
    """Judge a track and die after its counters were committed and before anybody was told."""
    with pytest.MonkeyPatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr("workers.decide._stand", _die)
        analyse(context, track_id, **found)
    with context.database.write() as session:
        assert Sightings(session).of(track_id).unsettled
        Jobs(session).release_expired(utc_now() + timedelta(hours=2))


def _die(*_: object) -> None:
    raise KeyboardInterrupt


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("reference")
    context = Context(Settings(data_dir=folder, database_url=f"sqlite:///{folder / 'a.db'}", _env_file=None))
    found = history(context)
    context.close()
    return found


def test_counters_and_facts_are_the_same_on_both_databases(context: Context, reference: dict[str, Any]) -> None:
    assert history(context) == reference
    counted = {title: fresh for title, fresh, *_ in reference["sightings"]}
    assert [title for title, fresh in counted.items() if not fresh] == ["Rain 17", "Rain 20"]
    assert sum(row[3] for row in reference["hours"] if row[0] == "payout") == 22


@pytest.mark.parametrize("order", [list(range(24))[::-1], [n * 7 % 24 for n in range(24)]], ids=["backwards", "mixed"])
def test_the_order_of_analysis_changes_neither_counters_nor_facts(
    sqlite_context: Context, reference: dict[str, Any], order: list[int]
) -> None:
    assert history(sqlite_context, order) == reference


def test_a_worker_killed_between_counting_and_telling_costs_nothing(
    sqlite_context: Context, reference: dict[str, Any]
) -> None:
    assert history(sqlite_context, killed=True) == reference


def test_judging_again_counts_nothing_twice(sqlite_context: Context, reference: dict[str, Any]) -> None:
    history(sqlite_context)
    with sqlite_context.database.write() as session:
        Jobs(session).enqueue_many(JobKind.DECIDE, list(session.scalars(select(Track.id))))
    work_through(sqlite_context, JobKind.DECIDE, decide, batch=10)
    settle(sqlite_context)
    assert everything(sqlite_context) == reference


def test_an_acceptance_that_is_undone_is_not_counted(sqlite_context: Context) -> None:
    accept(sqlite_context, "one", sender={"id": "s"})
    before = everything(sqlite_context)

    def accept_and_die() -> None:
        with sqlite_context.database.write() as session:
            deliver(session, "two", at=NOON, sender={"id": "s"})
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        accept_and_die()
    assert everything(sqlite_context) == before


def test_a_decision_on_a_ring_stands_when_an_older_account_proves_to_belong_to_it(sqlite_context: Context) -> None:
    context = sqlite_context
    older = accept(context, "a song", sender={"id": "older"})
    tracks = slices(context, 12, sender={"id": "farm", "payout_hash": "purse"})
    analyse(context, older, *tracks, noise=0.9, duration_s=31.0)
    [case] = open_cases(context)
    said = DecisionIn(case_id=case.id, action=Action.LABEL, policy_clause="BULK-1", reason=ReasonCode.NOT_SPAM)
    with context.database.write() as session:
        Decisions(session).decide(case.tenant_id, said, decided_by="ines", now=utc_now())
    assert case.subject_key.endswith("/farm")
    bridge = accept(context, "bridge", 60, sender={"id": "older", "payout_hash": "purse"})
    analyse(context, bridge, *tracks)
    with context.database.read() as session:
        assert [found.id for found in Cases(session).of_track(tracks[3], state=None)] == [case.id]
