"""What no single row makes, through the product's own doors: a ring of accounts, and one recording that came often."""

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from schemas.verdict import CaseScope
from service.store.cases import Cases
from service.store.clock import utc_now
from service.store.database import Database
from service.store.matches import Matches
from service.store.tables.cases import IS_OPEN, Case
from tests.bench.console_load import Load
from tests.deliveries import cause, deliver, match, sha

ACCOUNTS = 50
COPIES = 200
_STEP = "ring and cluster"


def furnish_groups(database: Database, load: Load) -> dict[str, str]:
    """A case of :data:`ACCOUNTS` accounts with one payout, and one of :data:`COPIES` deliveries of one recording; their
    ids by what they are."""
    with database.read() as session:
        done = session.execute(text("SELECT 1 FROM bench_step WHERE name = :name"), {"name": _STEP}).first()
    if done is None:
        database.attempt(_write)
    with database.read() as session:
        subjects = {
            CaseScope.SENDER: f"{load.tenant_id}/ring 0",
            CaseScope.RECORDING: Matches(session).group_key(sha("copy 0")),
        }
        cases = select(Case.id).where(Case.tenant_id == load.tenant_id, IS_OPEN)
        return {
            scope.value: session.scalars(cases.where(Case.scope == scope, Case.subject_key == key)).one()
            for scope, key in subjects.items()
        }


def _write(session: Session) -> None:
    now = utc_now()
    accounts = []
    for n in range(ACCOUNTS):
        sender = {"id": f"ring {n}", "payout_hash": "one account", "device_hash": f"device {n // 3}"}
        accounts.append(deliver(session, f"ring {n}", by="bench", title=f"Rain {n}", sender=sender, at=now))
    for track in accounts:
        asked = cause(accounts[0].sender_key, scope=CaseScope.SENDER)
        Cases(session).reconcile(track, [asked], content="1", now=now)
    copies = []
    for n in range(COPIES):
        sender = {"id": f"copyist {n % 20}"}
        copies.append(deliver(session, f"copy {n}", by="bench", title=f"Tide {n}", sender=sender, at=now))
        if n:
            Matches(session).record(sha("copy 0"), sha(f"copy {n}"), match(), now)
    group = Matches(session).group_key(copies[0].audio_sha256)
    for track in copies:
        Cases(session).reconcile(track, [cause(group, scope=CaseScope.RECORDING)], content="1", now=now)
    session.execute(text("INSERT INTO bench_step VALUES (:name)"), {"name": _STEP})
