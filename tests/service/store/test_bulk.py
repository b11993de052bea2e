"""Bulk decisions on both databases: what is taken, what is left, and what comes back."""

import re
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy.exc import NoResultFound

from schemas.evidence import Relation
from schemas.review import BulkIn, CaseState, DecisionIn, ReasonCode
from schemas.verdict import Action
from service.store.bulk import Bulk, Cluster
from service.store.cases import Cases
from service.store.claims import Claims
from service.store.database import Database
from service.store.decisions import DecisionConflict, Decisions
from service.store.matches import Matches
from service.store.migrations import config, versions
from service.store.tracks import Tracks
from tests.deliveries import NOON, cause, deliver, match, sha

MIGRATION = next(Path(versions.__path__[0]).glob("*_bulk_decisions_and_exceptions.py"))
BEFORE = re.search(r"down_revision = '(\w+)'", MIGRATION.read_text())[1]


def opened(session, track, **values):
    Tracks(session).find(track.id, lock=True)
    [case] = Cases(session).reconcile(track, [cause(track.id, **values)], content="1", now=NOON)
    return case


def spam(cases):
    return BulkIn(case_ids=[case.id for case in cases], action=Action.BLOCK, reason=ReasonCode.SPAM_CONFIRMED)


def test_cases_of_one_recording_are_found_by_its_group(database):
    with database.write() as session:
        tracks = [deliver(session, f"copy {n}") for n in range(3)]
        Matches(session).record(sha("copy 0"), sha("copy 1"), match(Relation.SAME_RECORDING), NOON)
        cases = [opened(session, track) for track in tracks]
        bulk = Bulk(session, tracks[0].tenant_id)
        assert bulk.cluster(cases[0], Cluster.RECORDING) == [case.id for case in cases[:2]]
        assert bulk.cluster(cases[2], Cluster.RECORDING) == [cases[2].id]
        assert len(bulk.cluster(cases[0], Cluster.SENDER)) == len(bulk.cluster(cases[0], Cluster.CAUSE)) == 3


def test_of_a_large_sender_the_latest_deliveries_are_looked_through(database, monkeypatch):
    monkeypatch.setattr("service.store.bulk.LATEST_OF_SENDERS", 2)
    with database.write() as session:
        cases = [opened(session, deliver(session, f"song {n}", title=f"Song {n}")) for n in range(5)]
        found = Bulk(session, cases[0].tenant_id).cluster(cases[0], Cluster.SENDER)
        assert found == [cases[n].id for n in (0, 3, 4)]


def test_what_is_held_or_decided_is_left_and_the_rest_comes_back_together(database):
    with database.write() as session:
        cases = [opened(session, deliver(session, f"song {n}")) for n in range(4)]
        tenant_id = cases[0].tenant_id
        Claims(session, tenant_id).take(cases[0].id, "nora", NOON)
        about = Bulk(session, tenant_id).preview([case.id for case in cases], "ines", NOON, shown=2)
        assert (about.tracks, about.held_by, len(about.shown)) == (3, {cases[0].id: "nora"}, 2)
        made = Bulk(session, tenant_id).decide(spam(cases), decided_by="ines", now=NOON)
        assert (made.decided, made.tracks, made.standing) == (3, 3, 3)
        assert [one.case_id for one in made.skipped] == [cases[0].id]
        [single] = Decisions(session).page(tenant_id, case_id=cases[1].id)
        Decisions(session).undo(tenant_id, single.id, undone_by="ines", now=NOON)
    with database.write() as session:
        assert Bulk(session, tenant_id).get(made.id).standing == 2
        assert Bulk(session, tenant_id).undo(made.id, undone_by="ines", now=NOON) == (2, [])
        assert {case.state for case in Cases(session).page(tenant_id)} == {CaseState.OPEN}
        with pytest.raises(DecisionConflict):
            Bulk(session, tenant_id).undo(made.id, undone_by="ines", now=NOON)
        with pytest.raises(NoResultFound):
            Bulk(session, "ten_other").get(made.id)


def test_decisions_made_before_bulk_ones_came_are_kept(tmp_path):
    """SQLite writes a table anew to change it, and would trip over what refers to it."""
    database = Database.open(f"sqlite:///{tmp_path / 'old.db'}")
    database.migrate()
    with database.write() as session:
        track = deliver(session, "song")
        case = opened(session, track, action=Action.HOLD)
        case.state = CaseState.DECIDED
        track_id, case_id, tenant_id = track.id, case.id, case.tenant_id
    with database.connect_for_write() as connection:
        command.downgrade(config(connection), BEFORE)
    with database.connect_for_write() as connection:
        connection.exec_driver_sql(
            "INSERT INTO decision (id, tenant_id, case_id, action, policy_clause, reason, note, message,"
            " confirm_labels, reject_labels, decided_by, decided_at) VALUES ('dec_1', ?, ?, 'none', 'AI-1', 'other',"
            " '', '', '[]', '[]', 'ines', '2026-01-01 00:00:00.000000')",
            (tenant_id, case_id),
        )
        connection.exec_driver_sql(
            "INSERT INTO decision_track (decision_id, track_id, revision) VALUES ('dec_1', ?, 1)", (track_id,)
        )
    database.migrate()
    with database.write() as session:
        made = Decisions(session).get(tenant_id, "dec_1")
        assert (made.decided_by, made.exceptions, made.batch_id) == ("ines", [], None)
        assert session.connection().exec_driver_sql("PRAGMA foreign_key_check").all() == []
        newer = DecisionIn(
            case_id=case_id,
            action=Action.NONE,
            policy_clause="META-1",
            reason=ReasonCode.METADATA_MISLEADING,
            supersedes="dec_1",
        )
        assert Decisions(session).decide(tenant_id, newer, decided_by="ines", now=NOON).state == "standing"
    database.dispose()
