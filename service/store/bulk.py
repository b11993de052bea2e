"""Decisions on many cases at once, and which cases belong together for that."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import CompoundSelect, Select, and_, exists, false, func, select, union_all
from sqlalchemy.exc import NoResultFound
from sqlalchemy.orm import Session

from schemas.review import BulkIn, BulkOut, BulkSkipped, CaseState, DecisionIn
from schemas.verdict import Priority
from service.claims import ClaimedByOther
from service.store.cases import Cases
from service.store.decisions import DecisionConflict, Decisions
from service.store.ids import Noun, new_id
from service.store.standing import replaced, undone
from service.store.tables.cases import IS_OPEN, Case, CaseTrack
from service.store.tables.claims import CaseClaim
from service.store.tables.decisions import Decision, DecisionBatch, DecisionTrack
from service.store.tables.recordings import Recording
from service.store.tables.tracks import Track

MOST_CASES = 500
"""Cases that one bulk decision takes at the console; who has more takes the next ones after it."""
LATEST_OF_SENDERS, MOST_SENDERS = 2_000, 50
"""Deliveries that are looked through for open cases of the same senders, and senders of one case that are looked at."""


class Cluster(StrEnum):
    """What the open cases have in common with the one that somebody looks at."""

    SENDER = "sender"
    RECORDING = "recording"
    CAUSE = "cause"


@dataclass(frozen=True, slots=True)
class Preview:
    """What a bulk decision would be about."""

    cases: list[Case]
    tracks: int
    senders: int
    held_by: dict[str, str]
    """Cases in somebody else's hands, which would be left alone, and whose those are."""
    shown: list[Track]
    priorities: dict[Priority, int]
    clauses: dict[str, int]


class Bulk:
    """Bulk decisions of one tenant."""

    def __init__(self, session: Session, tenant_id: str) -> None:
        self._session = session
        self._tenant_id = tenant_id

    def cluster(self, case: Case, common: Cluster) -> list[str]:
        """Open cases that share the sender, the recording or the cause with a case, itself included, oldest first.

        Of a sender's deliveries the latest are looked through, :data:`LATEST_OF_SENDERS` of all senders together.
        """
        if common is Cluster.CAUSE:
            same = (Case.queue == case.queue, Case.cause == case.cause, Case.policy == case.policy)
            query = select(Case.id).where(Case.tenant_id == self._tenant_id, *same, IS_OPEN).order_by(Case.id)
        else:
            own = select(Track).join(CaseTrack, CaseTrack.track_id == Track.id)
            own = own.where(CaseTrack.case_id == case.id, CaseTrack.left_at.is_(None))
            # asked of each case that one of the tracks is in: joined, SQLite reads every open case and not these few
            is_open = exists().where(Case.id == CaseTrack.case_id, Case.tenant_id == self._tenant_id, IS_OPEN)
            query = select(CaseTrack.case_id).where(CaseTrack.left_at.is_(None), is_open)
            if common is Cluster.SENDER:
                query = query.where(CaseTrack.track_id.in_(self._latest_of_senders(own)))
            else:
                query = query.join(Track, Track.id == CaseTrack.track_id)
                query = query.where(Track.audio_sha256.in_(self._recordings(own)))
            query = query.distinct().order_by(CaseTrack.case_id)
        found = self._session.scalars(query.limit(MOST_CASES)).all()
        itself = {case.id} if case.state is CaseState.OPEN else set()
        return sorted({*found[: MOST_CASES - len(itself)], *itself})

    def preview(self, case_ids: Sequence[str], who: str, now: datetime, *, shown: int) -> Preview:
        """What a decision on these cases by this person would be about; cases that are not open are left out."""
        running = and_(CaseClaim.tenant_id == self._tenant_id, CaseClaim.expires_at > now)
        others = and_(CaseClaim.case_id == Case.id, running, CaseClaim.holder != who)
        query = select(Case, CaseClaim.holder).outerjoin(CaseClaim, others)
        query = query.where(Case.id.in_(case_ids), Case.tenant_id == self._tenant_id)
        # open ones are picked and sorted here: asked for it, SQLite reads every open case and not these few
        rows = [row for row in self._session.execute(query) if row[0].state is CaseState.OPEN]
        cases = sorted((case for case, _ in rows), key=lambda case: (case.rank_at, case.id))
        held_by = {case.id: holder for case, holder in rows if holder is not None}
        free = [case for case in cases if case.id not in held_by]
        members = select(CaseTrack.track_id).where(
            CaseTrack.case_id.in_([case.id for case in free]), CaseTrack.left_at.is_(None)
        )
        about = select(Track).where(Track.id.in_(members))
        counted = about.with_only_columns(func.count(), func.count(Track.sender_key.distinct()))
        tracks, senders = self._session.execute(counted).one()
        return Preview(
            cases=cases,
            tracks=tracks,
            senders=senders,
            held_by=held_by,
            shown=list(self._session.scalars(about.order_by(Track.accepted_seq).limit(shown))),
            priorities=dict(sorted(Counter(case.priority for case in free).items())),
            clauses=dict(sorted(Counter(case.policy for case in free).items())),
        )

    def decide(self, bulk: BulkIn, *, decided_by: str, now: datetime) -> BulkOut:
        """Decide every one of these cases that is open and free, in one transaction; the others are named.

        Raises :class:`DecisionConflict` where none of them can be decided.
        """
        batch = DecisionBatch(
            id=new_id(Noun.BATCH), tenant_id=self._tenant_id, decided_by=decided_by, decided_at=now, cases=0, tracks=0
        )
        self._session.add(batch)
        self._session.flush()
        skipped = []
        for case_id in sorted(set(bulk.case_ids)):
            try:
                self._decide_one(bulk, case_id, batch.id, decided_by, now)
            except (DecisionConflict, ClaimedByOther) as conflict:
                skipped.append(BulkSkipped(case_id=case_id, why=str(conflict)))
            except NoResultFound:
                skipped.append(BulkSkipped(case_id=case_id[:40], why="there is no such case"))
            else:
                batch.cases += 1
        if not batch.cases:
            raise DecisionConflict("none of these cases can be decided now: " + skipped[0].why)
        batch.tracks = self._session.scalar(self._tracks(batch.id)) or 0
        self._session.flush()
        return self._out(batch, skipped)

    def undo(self, batch_id: str, *, undone_by: str, now: datetime) -> tuple[int, list[BulkSkipped]]:
        """Take back every decision of it that stands; how many, and which do not stand any more.

        Raises :class:`DecisionConflict` where none of them stands, ``NoResultFound`` where there is no such batch.
        """
        self._row(batch_id)
        query = select(Decision.id, Decision.case_id).where(Decision.batch_id == batch_id, ~undone())
        taken, skipped = 0, []
        for decision_id, case_id in self._session.execute(query.order_by(Decision.case_id)).all():
            try:
                Decisions(self._session).undo(self._tenant_id, decision_id, undone_by=undone_by, now=now)
            except DecisionConflict as conflict:
                skipped.append(BulkSkipped(case_id=case_id, why=str(conflict)))
            else:
                taken += 1
        if not taken:
            raise DecisionConflict("none of these decisions stands: they were replaced or taken back")
        return taken, skipped

    def get(self, batch_id: str) -> BulkOut:
        """Raises ``NoResultFound``."""
        return self._out(self._row(batch_id))

    def cases(self, batch_id: str, *, limit: int) -> list[Case]:
        """Cases that it decided."""
        query = select(Case).join(Decision, Decision.case_id == Case.id).where(Decision.batch_id == batch_id)
        return list(self._session.scalars(query.order_by(Case.id).limit(limit)))

    def _decide_one(self, bulk: BulkIn, case_id: str, batch_id: str, decided_by: str, now: datetime) -> None:
        case = Cases(self._session).get(self._tenant_id, case_id)
        if case is None:
            raise NoResultFound(case_id)
        if case.state is not CaseState.OPEN:
            raise DecisionConflict(f"the case is {case.state.value}")
        standing = Decisions(self._session).standing(case_id)
        decision = DecisionIn(
            case_id=case_id,
            action=bulk.action,
            policy_clause=bulk.policy_clause or case.policy,
            reason=bulk.reason,
            note=bulk.note,
            message=bulk.message,
            confirm_labels=bulk.confirm_labels,
            reject_labels=bulk.reject_labels,
            supersedes=standing.id if standing is not None else None,
        )
        Decisions(self._session).decide(self._tenant_id, decision, decided_by=decided_by, now=now, batch_id=batch_id)

    def _latest_of_senders(self, own: Select[tuple[Track]]) -> Select[tuple[str]] | CompoundSelect[tuple[str]]:
        """The latest tracks of each of the senders: of one with millions of deliveries no more than these are read."""
        senders = self._session.scalars(own.with_only_columns(Track.sender_key).distinct().limit(MOST_SENDERS)).all()
        each = LATEST_OF_SENDERS // max(1, len(senders))
        latest = (
            select(Track.id)
            .where(Track.sender_key == sender)
            .order_by(Track.accepted_seq.desc())
            .limit(each)
            .subquery()
            for sender in senders
        )
        return union_all(*(select(one.c.id) for one in latest)) if senders else select(Track.id).where(false())

    def _recordings(self, own: Select[tuple[Track]]) -> list[str]:
        """Audio of the case's tracks, and everything in their groups."""
        audio = set(self._session.scalars(own.with_only_columns(Track.audio_sha256).distinct()))
        groups = select(Recording.group_key).where(Recording.audio_sha256.in_(audio)).distinct()
        return sorted(
            audio | set(self._session.scalars(select(Recording.audio_sha256).where(Recording.group_key.in_(groups))))
        )

    def _row(self, batch_id: str) -> DecisionBatch:
        query = select(DecisionBatch).where(DecisionBatch.id == batch_id, DecisionBatch.tenant_id == self._tenant_id)
        return self._session.scalars(query).one()

    def _out(self, batch: DecisionBatch, skipped: Sequence[BulkSkipped] = ()) -> BulkOut:
        standing = select(func.count()).where(Decision.batch_id == batch.id, ~undone(), ~replaced())
        return BulkOut(
            id=batch.id,
            decided=batch.cases,
            tracks=batch.tracks,
            standing=self._session.scalar(standing) or 0,
            decided_by=batch.decided_by,
            decided_at=batch.decided_at,
            skipped=list(skipped),
        )

    def _tracks(self, batch_id: str) -> Select[tuple[int]]:
        query = select(func.count(DecisionTrack.track_id.distinct())).join(
            Decision, Decision.id == DecisionTrack.decision_id
        )
        return query.where(Decision.batch_id == batch_id)
