"""A random share of what no rule sent to a person: the only way to see what is missed."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from schemas.quality import FINDINGS, Finding
from schemas.review import CaseState
from schemas.verdict import Action, CaseScope, Judgement, Priority
from service.quality.sampling import sampled
from service.rules.wilson import wilson_interval
from service.store.cases import RAISED_BY_PEOPLE, Cases, Cause
from service.store.decisions import BY_DEADLINE
from service.store.quality_shares import share_of
from service.store.standing import replaced, undone
from service.store.tables.cases import Case, CaseTrack
from service.store.tables.decisions import Decision
from service.store.tables.tracks import Track

CAUSE = f"{RAISED_BY_PEOPLE}quality-sample"
QUEUE = "quality-check"
POLICY = "QUALITY-1"
LATEST = 1_000
"""Decisions on the sample that are counted, the latest."""
REASON = "random sample: no rule sent this track to a person"


def look_at_some(session: Session, track: Track, judgement: Judgement, now: datetime) -> Case | None:
    """Open a case on a track that nothing flagged, where chance has it. Lock the track first.

    A track is drawn once at most, whatever becomes of it later; it is held up by nothing, and waits behind all else.
    """
    share = share_of(session, track.tenant_id).unflagged
    if judgement.action.rank >= Action.QUEUE.rank or not sampled(track.id, share, "unflagged"):
        return None
    before = select(Case.id).join(CaseTrack, CaseTrack.case_id == Case.id).where(CaseTrack.track_id == track.id)
    if session.scalar(before.limit(1)) is not None:
        return None
    cause = Cause(
        scope=CaseScope.TRACK,
        subject_key=track.id,
        cause=CAUSE,
        policy=POLICY,
        queue=QUEUE,
        priority=Priority.P3,
        action=Action.NONE,
        reason=REASON,
    )
    return Cases(session).join(track, cause, content=str(track.revision), now=now)


@dataclass(frozen=True, slots=True)
class SampleResult:
    """What people found in the sample, with the interval of the share that was missed."""

    judged: int
    missed: int
    low: float
    high: float
    most: int = LATEST


def sample_results(session: Session, tenant_id: str) -> SampleResult:
    """Of the latest decisions on the sample, those that stand and say whether there was something to find."""
    decided = (Case.tenant_id == tenant_id, Case.queue == QUEUE, Case.state == CaseState.DECIDED, Case.cause == CAUSE)
    cases = select(Case.id).where(*decided).order_by(Case.updated_at.desc()).limit(LATEST).subquery()
    query = (
        select(Decision.reason)
        .join(cases, cases.c.id == Decision.case_id)
        .where(~undone(), ~replaced(), Decision.decided_by != BY_DEADLINE)
    )
    found = [FINDINGS[reason] for reason in session.scalars(query)]
    judged, missed = sum(one is not Finding.NEITHER for one in found), found.count(Finding.UPHELD)
    return SampleResult(judged, missed, *wilson_interval(missed, judged))
