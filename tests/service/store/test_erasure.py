"""Of an erased party no table holds a word any more, of everybody else every row is as it was, and verdicts replay."""

import json
import zipfile
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from schemas.appeals import AppealOutcomeIn
from schemas.attachments import FileKind
from schemas.evidence import Provenance, ProvenanceClaim, ProvenanceKind, Trust
from schemas.facts import Facts
from schemas.reports import ReporterRole, ReportIn, ReportKind
from schemas.verdict import Action, CaseScope, ConditionTrace, Judgement, Outcome
from service.facts.registry import ReferenceKind
from service.party_archive import write_archive
from service.store.appeals import Appeals
from service.store.attachments import Attachments, StoredFile
from service.store.blob_rows import Blobs
from service.store.blobs import BlobStorage
from service.store.cases import Cases
from service.store.erasure import Erasure
from service.store.evidence import EvidenceStore
from service.store.label_feed import LabelFeed
from service.store.parties import Parties, Party
from service.store.reports import Reports
from service.store.tables import Base
from service.store.tables.cases import Case
from service.store.tables.deliveries import DeliveryFile, DeliveryRow
from service.store.tables.jobs import Job, JobState
from service.store.tables.references import ReferenceRow
from service.store.tables.verdicts import Verdict
from service.store.tables.webhooks import Webhook
from service.store.tracks import Tracks
from service.store.verdicts import Verdicts
from tests.deliveries import NOON, PIPELINE, cause, evidence, fired, know_rules, metadata, sha, tenant

CANARY = "Zugvogel"
SENDER = f"{CANARY} Records"
OTHER = "Other Records"


def canary(text=""):
    return f"{CANARY} {text}".strip()


def fill(session, sender, word, seed):
    """A track of a sender with something in every place that takes a text."""
    owner = tenant(session)
    audio, artwork, letter = sha(f"{seed} audio"), sha(f"{seed} cover"), sha(f"{seed} letter")
    for sha256 in (audio, artwork, letter):
        Blobs(session).record(sha256, 10, NOON)
    said = metadata(
        title=f"{word} song",
        artist=f"{word} singer",
        isrc="QZEM62600001" if seed == "mine" else "QZEM62600002",
        p_line=f"2026 {word}",
        client_reference=f"{word} ref",
        release={"title": f"{word} album", "upc": "036000291452" if seed == "mine" else "4006381333931"},
        sender={"id": sender, "payout_hash": f"{word}-payout", "device_hash": f"{word}-device", "ip": "192.0.2.7"},
    )
    track = Tracks(session).accept(
        tenant_id=owner.id,
        metadata=said,
        audio_sha256=audio,
        now=NOON,
        file_name=f"{word}.flac",
        artwork_sha256=artwork,
        warnings=[f"{word} is odd"],
    )
    mark = Provenance(kind=ProvenanceKind.TAG, says=ProvenanceClaim.AI, trust=Trust.UNSIGNED, detail=f"made by {word}")
    found = evidence(f"{seed} audio").model_copy(update={"provenance": [mark]})
    EvidenceStore(session).put(found, NOON)
    line = ConditionTrace(
        expression='track.title == "x"', outcome=Outcome.MATCH, values={"track.title": f"{word} song", "ai.p": 0.9}
    )
    rule = fired("ai", policy="AI-1", reason=f"{word} is likely AI", conditions=[line])
    facts = Facts.model_validate({"track": {"title": f"{word} song", "artist": f"{word} singer", "revision": 1}})
    said_of_it = Judgement(rule_set="rules-1", labels=["ai_detected"], action=Action.QUEUE, fired=[rule])
    Verdicts(session).stand(track, pipeline=PIPELINE, facts=facts, judgement=said_of_it, now=NOON)
    about = cause(track.id, reason=f"{word} is likely AI")
    ring = cause(track.sender_key, "sender", scope=CaseScope.SENDER, reason=f"{word} floods")
    Cases(session).reconcile(track, [about, ring], content="1", now=NOON)
    payload = {"labels": [], "reasons": [f"{word} is likely AI"], "detected": {"provenance": [{"detail": word}]}}
    LabelFeed(session).append(track, payload, NOON)
    lodged = Appeals(session).lodge(
        track.tenant_id,
        track.id,
        f"I am {word}",
        by=f"{word} key",
        now=NOON,
        window_days=183,
        answer_within=timedelta(days=14),
    )
    file = StoredFile(name=f"{word}.pdf", kind=next(iter(FileKind)), sha256=letter, size_bytes=10)
    Attachments(session).add(track.tenant_id, lodged.id, [file], NOON)
    outcome = AppealOutcomeIn(
        outcome="reversed", reason="ai_not_confirmed", message=f"Dear {word}", note=f"{word} called"
    )
    Appeals(session).decide(track.tenant_id, lodged.id, outcome, by="rita", now=NOON)
    session.execute(update(Case).where(Case.state == "open").values(state="closed"))
    session.add(
        ReferenceRow(
            audio_sha256=audio, kind=next(iter(ReferenceKind)), title=f"{word} song", artist=word, owner=sender,
            licensed_to=[word], note=f"from {word}", added_at=NOON,
        )
    )  # fmt: skip
    message = sha(f"{seed} message")
    Blobs(session).record(message, 10, NOON)
    report = {"rows": [{"manifest": "m.csv", "line": 1, "file": f"{word}.flac", "track_id": track.id}]}
    batch = DeliveryRow(
        id=f"dlv_{seed}", tenant_id=owner.id, state="done", report=report, files_seen=1, created_at=NOON,
        updated_at=NOON,
    )  # fmt: skip
    session.add(batch)
    session.flush()
    session.add(DeliveryFile(delivery_id=batch.id, name=f"{word}.csv", sha256=message, size_bytes=10))
    session.execute(update(Job).values(state=JobState.DONE))
    session.flush()
    return track


def rows(session):
    """Everything that is stored, as text, by table."""
    found = {}
    for table in Base.metadata.sorted_tables:
        found[table.name] = [str(dict(row._mapping)) for row in session.execute(select(table))]
    return found


def having(session, word):
    return {name: [row for row in lines if word.lower() in row.lower()] for name, lines in rows(session).items()}


@pytest.fixture
def filled(database):
    with database.write() as session:
        know_rules(session)
        mine = fill(session, SENDER, CANARY, "mine")
        fill(session, OTHER, "Neighbour", "theirs")
        session.add(
            Webhook(
                id="whk_1", tenant_id=mine.tenant_id, url="https://hooks.example/", description="", events=[],
                secret="whsec_x", created_at=NOON, failures=0,
            )
        )  # fmt: skip
    return mine


def erase(database, party):
    while database.attempt(lambda session: Erasure(session, party).some_tracks(1, NOON)):
        pass
    database.attempt(lambda session: Erasure(session, party).finish(NOON))


def test_nothing_of_an_erased_sender_is_left_in_any_table_and_others_are_as_they_were(database, filled):
    party = Party(filled.tenant_id, SENDER)
    with database.read() as session:
        before = having(session, CANARY)
        places = {name for name, lines in before.items() if lines}
        assert {
            "track", "track_revision", "verdict", "review_case", "case_track", "appeal", "appeal_message",
            "attachment", "evidence", "reference_recording", "delivery", "delivery_file", "sender", "sender_tie",
            "sighting", "hourly_count", "label_feed", "release", "decision",
        } <= places, "the test fills what it says it fills"  # fmt: skip
        neighbours = having(session, "Neighbour")
        assert len(Parties(session, party).files()) == 3
    erase(database, party)
    with database.read() as session:
        assert {name: lines for name, lines in having(session, CANARY).items() if lines} == {}
        assert having(session, "Neighbour") == neighbours
        assert Parties(session, party).files() == []
        hashes = [sha(f"mine {what}") for what in ("audio", "cover", "letter", "message")]
        assert Blobs(session).known(hashes) == set()
        assert Blobs(session).known([sha("theirs audio"), sha("theirs cover")]) == {
            sha("theirs audio"), sha("theirs cover"),
        }  # fmt: skip
        track = Tracks(session).find(filled.id)
        assert (track.title, track.state.value, track.erased_at) == ("erased", "withdrawn", NOON)
        assert Tracks(session).metadata(filled.id).title == "erased"


def test_what_was_judged_can_still_be_read_and_replayed(database, filled):
    erase(database, Party(filled.tenant_id, SENDER))
    with database.read() as session:
        verdict = session.scalars(select(Verdict).where(Verdict.track_id == filled.id)).one()
        facts = Facts.model_validate(verdict.facts)
        assert (facts.track.title, facts.track.revision) == (None, 1)
        judgement = Judgement.model_validate(verdict.judgement)
        assert (judgement.action, judgement.labels, judgement.fired[0].policy) == (
            Action.QUEUE, ["ai_detected"], "AI-1",
        )  # fmt: skip
        assert judgement.fired[0].conditions[0].values == {"track.title": "erased", "ai.p": 0.9}


def test_an_erasure_that_dies_goes_on_and_twice_does_no_harm(database, filled):
    party = Party(filled.tenant_id, SENDER)
    with pytest.raises(KeyboardInterrupt), database.write() as session:
        Erasure(session, party).some_tracks(1, NOON)
        raise KeyboardInterrupt
    with database.read() as session:
        assert Parties(session, party).track_ids() == [filled.id]
    erase(database, party)
    with database.read() as session:
        after = rows(session)
    erase(database, party)
    with database.read() as session:
        assert rows(session) == after


def test_a_whole_tenant_goes_with_its_subscriptions(database, filled):
    erase(database, Party(filled.tenant_id, None))
    with database.read() as session:
        for word in (CANARY, "Neighbour", "whsec_"):
            assert {name for name, lines in having(session, word).items() if lines} == set(), word


def test_the_archive_names_nobody_who_sent_a_notice(database, filled, tmp_path):
    said = ReportIn(
        track_id=filled.id,
        kind=ReportKind.IMPERSONATION,
        role=next(iter(ReporterRole)),
        name="Wren Whistler",
        email="wren@example.com",
        statement="I am Wren Whistler and this is my voice, sung without me.",
        good_faith=True,
    )
    with database.write() as session:
        Reports(session, filled.tenant_id).receive(said, via="the form at 203.0.113.99", now=NOON)
    target = tmp_path / "party.zip"
    blobs = BlobStorage.open((tmp_path / "blobs").as_uri(), staging=tmp_path / "staging")
    with database.read() as session:
        assert write_archive(target, session, blobs, Party(filled.tenant_id, SENDER), NOON)["report"] == 1
    with zipfile.ZipFile(target) as archive:
        texts = "".join(archive.read(name).decode() for name in archive.namelist() if name.startswith("data/"))
    assert [word for word in ("Wren", "wren@", "203.0.113.99") if word in texts] == []


def test_the_archive_holds_all_rows_and_files_and_nothing_of_others(database, filled, tmp_path):
    blobs = BlobStorage.open((tmp_path / "blobs").as_uri(), staging=tmp_path / "staging")
    with blobs.stage() as staged:
        staged.write(b"cover")
        cover, _ = staged.commit()
    with database.write() as session:
        Blobs(session).record(cover, 5, NOON)
        session.execute(
            update(Base.metadata.tables["track_revision"]).where(
                Base.metadata.tables["track_revision"].c.track_id == filled.id
            ).values(artwork_sha256=cover)
        )  # fmt: skip
    target = tmp_path / "party.zip"
    with database.read() as session:
        counts = write_archive(target, session, blobs, Party(filled.tenant_id, SENDER), NOON)
    with zipfile.ZipFile(target) as archive:
        assert archive.testzip() is None
        assert archive.read(f"files/{cover}") == b"cover"
        texts = {name: archive.read(name).decode() for name in archive.namelist() if name.startswith("data/")}
        about = json.loads(archive.read("about.json"))
    assert "Neighbour" not in "".join(texts.values())
    assert f"I am {CANARY}" in texts["data/appeal_message.jsonl"]
    assert "rita" not in texts["data/decision.jsonl"] and f"{CANARY} called" not in texts["data/decision.jsonl"]
    for name in ("track", "track_revision", "verdict", "appeal", "attachment", "evidence", "sender", "event"):
        lines = [json.loads(line) for line in texts[f"data/{name}.jsonl"].splitlines()]
        assert len(lines) == counts[name] > 0
    assert (about["rows"]["files"], len(about["files_missing"])) == (1, 2)
