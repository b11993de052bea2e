"""Rows of a large deployment, written straight into the tables: open and decided cases with all that hangs on them."""

import json
import random
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from datetime import datetime, timedelta

from schemas.quality import SharesIn
from schemas.review import ReviewerRole
from schemas.verdict import Priority
from service.console.sessions import LASTS, token_sha256
from service.review_order import rank_at, review_by
from service.store.clock import utc_now
from service.store.database import Database
from service.store.quality_shares import set_shares
from service.store.reviewers import Reviewers
from service.store.tables import Base
from service.store.tables.track_revisions import RevisionKind
from service.store.tenants import Tenants

TOKEN = "bench"
PEOPLE = tuple(f"reviewer {n:02}" for n in range(40))
QUEUES = {
    "undeclared-ai": ("AI-2", "ai_confirmed", "ai_not_confirmed"),
    "duplicates": ("DUP-1", "duplicate_confirmed", "licensed_or_own_recording"),
    "bulk": ("SPAM-1", "spam_confirmed", "not_spam"),
    "impersonation": ("IMP-1", "impersonation_confirmed", "no_impersonation"),
    "metadata": ("META-1", "metadata_misleading", "metadata_in_order"),
    "quality-check": ("QUALITY-1", "ai_confirmed", "reviewed_benign"),
}
DAYS = 365
FIRST_SEQ = 1_000_000
"""Places in the orders of acceptance and of deciding, past whatever else is in the database."""
_AT_ONCE = 10_000
ORDER = (
    *("track", "track_revision", "verdict", "review_case", "case_track"),
    *("decision", "decision_track", "decision_undo", "second_look", "golden_case"),
)
"""Tables in the order of their references."""
Row = dict[str, object]


def furnish(database: Database, cases: int, decisions: int, administrator: str = "adam") -> str:
    """One tenant with so many open cases and, over the year before, so many decisions; its id. An administrator is
    signed in under :data:`TOKEN`."""
    now = utc_now()
    with database.write() as session:
        tenant_id = Tenants(session).ensure("bench", now).id
        person = Reviewers(session).add(
            tenant_id, name=administrator, password_hash="-", role=ReviewerRole.ADMINISTRATOR, now=now
        )
        Reviewers(session).sign_in(person, token_sha256=token_sha256(TOKEN), now=now, expires_at=now + LASTS)
        set_shares(session, tenant_id, SharesIn(second_looks=0.01, unflagged=0.001), by="adam", now=now)
    _write(database, "rule_set", [{"hash": "rules-bench", "source": "rules: []", "first_used_at": now}])
    shas = [f"{n:064x}" for n in range(1_000)]
    _write(database, "blob", [{"sha256": sha, "size_bytes": 1_000, "stored_at": now} for sha in shas])
    total = cases + decisions
    for start in range(0, total, _AT_ONCE):
        numbers = range(start, min(total, start + _AT_ONCE))
        _piece(database, tenant_id, numbers, decisions, shas, now)
    return tenant_id


def _piece(
    database: Database, tenant_id: str, numbers: range, decisions: int, shas: Sequence[str], now: datetime
) -> None:
    draw = random.Random(numbers.start)
    rows: dict[str, list[Row]] = {name: [] for name in ORDER}
    for n in numbers:
        days = draw.uniform(0, 3) if n >= decisions else DAYS * (1 - n / decisions)
        at = now - timedelta(days=days, hours=1)
        queue, priority = draw.choice(list(QUEUES)), draw.choice(list(Priority))
        _case(rows, tenant_id, n, at, queue, priority, shas[n % len(shas)], is_open=n >= decisions)
        if n < decisions:
            _decision(rows, tenant_id, n, at + timedelta(minutes=30), queue, draw)
    for table, some in rows.items():
        _write(database, table, some)


def _case(
    rows: dict[str, list[Row]],
    tenant_id: str,
    n: int,
    at: datetime,
    queue: str,
    priority: Priority,
    sha: str,
    *,
    is_open: bool,
) -> None:
    policy, label = QUEUES[queue][0], f"label {n % 5_000}"
    track, case, reason = f"trk_{n:026}", f"cas_{n:026}", f"declared NONE, detected with probability 0.9{n % 10}"
    said = {"priority": priority.value, "action": "queue"}
    metadata = {"title": f"Song {n}", "artists": [{"name": "Ann", "role": "MainArtist"}], "sender": {"id": label}}
    rows["track"].append(
        {
            "accepted_seq": FIRST_SEQ + n,
            "id": track,
            "tenant_id": tenant_id,
            "state": "decided",
            "revision": 1,
            "events": 1,
        }
        | {"accepted_at": at, "updated_at": at, "title": metadata["title"], "artists": '["ann"]', "lane": 10}
        | {"sender_key": f"{tenant_id}/{label}", "audio_sha256": sha}
    )
    rows["track_revision"].append(
        {"track_id": track, "revision": 1, "kind": RevisionKind.DELIVERY.value, "details": json.dumps(metadata)}
        | {"declaration": '{"VOCALS": "NONE"}', "audio_sha256": sha, "warnings": "[]", "created_at": at}
    )
    rows["verdict"].append(
        {"id": f"vrd_{n:026}", "track_id": track, "revision": 1, "audio_sha256": sha, "pipeline": "", "facts": "{}"}
        | {"facts_sha256": sha, "rule_set": "rules-bench", "judgement": _judgement(policy), "standing": True}
        | {"decided_at": at, "stood_at": at, **said}
    )
    rows["review_case"].append(
        {"id": case, "tenant_id": tenant_id, "scope": "track", "subject_key": track, "policy": policy, "queue": queue}
        | {"cause": "people:quality-sample" if queue == "quality-check" else policy, "reason": reason, **said}
        | {"state": "open" if is_open else "decided", "opened_at": at, "updated_at": at + timedelta(minutes=30)}
        | {"rank_at": rank_at(at, priority, 1, 0.9), "review_by": review_by(at, priority)}
    )
    rows["case_track"].append(
        {"case_id": case, "track_id": track, "content": "1", "reason": reason, "policy": policy, "queue": queue, **said}
        | {"clauses": json.dumps([policy]), "joined_at": at}
    )


def _decision(
    rows: dict[str, list[Row]], tenant_id: str, n: int, at: datetime, queue: str, draw: random.Random
) -> None:
    """Four in five upheld; of every hundred two are taken back and one is looked at again."""
    (policy, right, wrong), case, decision = QUEUES[queue], f"cas_{n:026}", f"dec_{n:026}"
    who, other = draw.sample(PEOPLE, 2)
    upheld, cleared = {"action": "label", "reason": right}, {"action": "none", "reason": wrong}
    said = upheld if draw.random() < 0.8 else cleared
    rows["decision"].append(
        {"seq": FIRST_SEQ + n, "id": decision, "tenant_id": tenant_id, "case_id": case, "policy_clause": policy, **said}
        | {"note": "", "message": "", "confirm_labels": "[]", "reject_labels": "[]"}
        | {"decided_by": who, "decided_at": at}
    )
    rows["decision_track"].append({"decision_id": decision, "track_id": f"trk_{n:026}", "revision": 1})
    if n % 50 == 7:
        undo = {"decision_id": decision, "undone_by": who, "undone_at": at + timedelta(minutes=5), "note": ""}
        rows["decision_undo"].append(undo)
    if n % 100 == 3:
        done = n % 300 != 3
        answer = {**(said if draw.random() < 0.85 else cleared), "policy_clause": policy, "judged_by": other}
        answer["judged_at"] = at + timedelta(hours=3)
        rows["second_look"].append(
            {"id": f"lok_{n:026}", "tenant_id": tenant_id, "case_id": case, "decision_id": decision, "queue": queue}
            | {"policy": policy, "kind": "sampled", "state": "done" if done else "waiting", "asked_at": at}
            | (answer if done else dict.fromkeys(answer))
        )
    if n % 1_000 == 3:
        rows["golden_case"].append(
            {
                "case_id": case,
                "tenant_id": tenant_id,
                "why": "known",
                "looks": 2,
                "set_by": "sid",
                "set_at": at,
                **upheld,
            }
        )


def _judgement(policy: str) -> str:
    rule = {
        "rule": f"rule-{policy.lower()}", "version": 1, "status": "live", "outcome": "match", "conditions": [],
        "labels": ["ai_mismatch"], "action": "queue", "priority": "P2", "queue": None, "case_scope": "track",
        "policy": policy, "reason": "declared NONE, detected with probability 0.97",
    }  # fmt: skip
    given = {"rule_set": "rules-bench", "labels": ["ai_detected", "ai_mismatch"], "action": "queue", "priority": "P2"}
    return json.dumps(given | {"fired": [rule], "shadow": [], "not_evaluable": []})


def _write(database: Database, table: str, rows: Sequence[Row]) -> None:
    """By COPY on PostgreSQL, by one prepared statement on SQLite."""
    assert table in Base.metadata.tables
    if not rows:
        return
    names = ", ".join(rows[0])
    if database.dialect == "sqlite":
        marks = ", ".join("?" * len(rows[0]))
        with closing(sqlite3.connect(str(database.engine.url.database))) as file, file:
            file.execute("PRAGMA synchronous=OFF")
            file.execute("PRAGMA cache_size=-400000")
            file.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", [_plain(row) for row in rows])
        return
    with database.connect_for_write() as connection:
        raw = connection.connection.dbapi_connection
        assert raw is not None
        with raw.cursor() as cursor, cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:  # type: ignore[attr-defined]
            for row in rows:
                copy.write_row(list(row.values()))


def _plain(row: Row) -> list[object]:
    return [value.strftime("%Y-%m-%d %H:%M:%S.%f") if isinstance(value, datetime) else value for value in row.values()]
