"""A policy in force that this release cannot read keeps verdicts waiting and fails none."""

from pathlib import Path

import pytest

from service.store.clock import utc_now
from service.store.jobs import MAX_FAILURES, Jobs
from service.store.policies import PackText, Policies
from service.store.tables.jobs import JobKind, JobState
from service.store.tables.policy import PolicyChange
from tests.sounds import tone, write_audio
from tests.workers.conftest import deliver_to
from workers import ledger
from workers.decide import decide
from workers.ledger import work_through
from workers.lifecycle import Context


def test_verdicts_wait_until_the_policy_can_be_read(
    sqlite_context: Context, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger, "AWAY_S", 0.0)
    track = deliver_to(sqlite_context, write_audio(tmp_path / "a.wav", tone(0.2)))
    with sqlite_context.database.write() as session:
        Policies(session).put_in_force(
            PolicyChange.ACTIVATED,
            [PackText("old.yaml", "pack: [")],
            {},
            rule_set="0",
            note="by an older release",
            by="ann",
            now=utc_now(),
        )
        Jobs(session).enqueue(JobKind.DECIDE, track)
    monkeypatch.setattr(ledger, "SLICE_S", 0.001)
    for _ in range(MAX_FAILURES + 1):
        assert work_through(sqlite_context, JobKind.DECIDE, decide, batch=1) == 1
    with sqlite_context.database.read() as session:
        job = Jobs(session).of(JobKind.DECIDE, track)
        assert job is not None
        assert (job.state, job.failures) == (JobState.PENDING, 0)
