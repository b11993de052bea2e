"""The reconciler ends waits: a track that rules hold goes on at its deadline, whoever dies meanwhile."""

from datetime import timedelta
from pathlib import Path

from sqlalchemy import update

from schemas.verdict import Action, CaseScope, Priority
from service.settings import Settings
from service.store.cases import Cases, Cause
from service.store.clock import utc_now
from service.store.decisions import Decisions
from service.store.tables.cases import Case
from service.store.tracks import Tracks
from tests.sounds import tone, write_audio
from tests.workers.conftest import deliver_to
from workers.decide import with_deadline
from workers.lifecycle import Context
from workers.reconcile import Reconciler

HELD = Cause(CaseScope.TRACK, "trk_1", "spam", "SPAM-1", "spam", Priority.P1, Action.HOLD, "many at once")


def test_a_hold_gets_the_configured_time_and_outcome_and_nothing_else_does() -> None:
    now = utc_now()
    settings = Settings(hold_days=3, hold_outcome="block", _env_file=None)
    held = with_deadline(HELD, settings, now)
    assert (held.due_at, held.due_action) == (now + timedelta(days=3), Action.BLOCK)
    assert with_deadline(HELD, Settings(hold_days=0, _env_file=None), now) == HELD
    queued = Cause(CaseScope.TRACK, "trk_1", "ai", "AI-1", "ai", Priority.P2, Action.QUEUE, "likely AI")
    assert with_deadline(queued, settings, now) == queued


def test_the_reconciler_ends_what_is_due_once(context: Context, tmp_path: Path) -> None:
    track_id = deliver_to(context, write_audio(tmp_path / "a.wav", tone(0.2)))
    with context.database.write() as session:
        track = Tracks(session).find(track_id, lock=True)
        assert track is not None
        cause = with_deadline(HELD, context.settings, utc_now())
        [case] = Cases(session).reconcile(track, [cause], content="1", now=utc_now())
    reconcilers = [Reconciler(context.settings, publish=lambda _kind: None) for _ in range(2)]
    reconcilers[0].round()
    with context.database.write() as session:
        assert Decisions(session).page(track.tenant_id) == []
        session.execute(update(Case).where(Case.id == case.id).values(due_at=utc_now() - timedelta(seconds=1)))
    for reconciler in reconcilers:
        reconciler._waits_at = 0.0
        reconciler.round()
    with context.database.read() as session:
        assert [made.action for made in Decisions(session).page(track.tenant_id)] == [Action.QUEUE]
