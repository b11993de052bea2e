"""Decisions of people. Rows are only added: a decision is superseded by a later one, or taken back by another row."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.exc import NoResultFound
from sqlalchemy.orm import Session

from schemas.events import EventKind
from schemas.review import (
    CaseState,
    DecisionBasis,
    DecisionIn,
    DecisionOut,
    DecisionState,
    ReasonCode,
    TrackDecision,
)
from schemas.verdict import Action
from service.store.cases import Cases
from service.store.claims import Claims
from service.store.events import Events
from service.store.ids import Noun, new_id
from service.store.jobs import Jobs
from service.store.score_sights import ScoreSights
from service.store.second_looks import SecondLooks
from service.store.standing import replaced, undone
from service.store.storable import storable
from service.store.tables.appeals import Appeal
from service.store.tables.cases import IS_OPEN, Case, CaseTrack
from service.store.tables.decisions import Decision, DecisionTrack, DecisionUndo
from service.store.tables.jobs import JobKind, Lane
from service.store.tables.tracks import Track
from service.store.unindexed import unindexed

BY_DEADLINE = "earmark:deadline"
"""Who decides where the time of a held or questioned track ran out."""


class DecisionConflict(Exception):
    """The case is not in the state that the decision assumes; the message says what is the matter."""


@dataclass(frozen=True, slots=True)
class DecisionOnTrack:
    """A decision as it bears on one track: where the track is an exception of its case, that is what counts."""

    id: str
    seq: int
    case_id: str
    action: Action
    policy_clause: str
    reason: ReasonCode
    message: str
    confirm_labels: list[str]
    reject_labels: list[str]
    decided_by: str
    decided_at: datetime


class Decisions:
    def __init__(self, session: Session) -> None:
        self._session = session

    def decide(
        self,
        tenant_id: str,
        decision: DecisionIn,
        *,
        decided_by: str,
        now: datetime,
        batch_id: str | None = None,
        blind: bool = False,
    ) -> DecisionOut:
        """Decide a case. Its tracks as they are now get the decision, and their labels are delivered anew.

        ``blind`` says that the score was kept from view; it counts where the person never saw it on this case.

        An open case needs no ``supersedes``, also where its time ran out and that decision stands; a decided one needs
        the decision that stands. Raises
        :class:`DecisionConflict`, :class:`service.claims.ClaimedByOther` while somebody else has the case in hand, and
        ``NoResultFound`` where the tenant has no such case.
        """
        case, tracks = self._lock_case(tenant_id, decision.case_id)
        Claims(self._session, tenant_id).allow(case.id, decided_by, now)
        standing = self.standing(case.id)
        if case.state is CaseState.CLOSED:
            raise DecisionConflict("the case is closed: its cause is gone")
        if standing is not None and case.state is CaseState.OPEN and decision.supersedes is None:
            decision = decision.model_copy(update={"supersedes": standing.id})
        if standing is not None and decision.supersedes != standing.id:
            raise DecisionConflict(f"the case is decided: {standing.id} stands and must be named in supersedes")
        if standing is None and decision.supersedes is not None:
            raise DecisionConflict(f"{decision.supersedes} does not stand on this case")
        self._respect_appeal(standing, decided_by)
        if strangers := sorted({one.track_id for one in decision.exceptions} - {track.id for track in tracks}):
            raise DecisionConflict(f"{strangers[0][:40]} does not belong to the case now")
        return self._record(case, tracks, decision, decided_by, CaseState.DECIDED, now, batch_id=batch_id, hidden=blind)

    def by_deadline(self, tenant_id: str, decision: DecisionIn, *, now: datetime) -> DecisionOut:
        """Record the outcome of a wait. Where that is ``queue`` the case stays open: a person is still to decide it.

        Raises :class:`service.claims.ClaimedByOther` while somebody has the case in hand.
        """
        case, tracks = self._lock_case(tenant_id, decision.case_id)
        Claims(self._session, tenant_id).allow(case.id, BY_DEADLINE, now)
        state = CaseState.OPEN if decision.action is Action.QUEUE else CaseState.DECIDED
        return self._record(case, tracks, decision, BY_DEADLINE, state, now)

    def _record(
        self,
        case: Case,
        tracks: Sequence[Track],
        decision: DecisionIn,
        decided_by: str,
        state: CaseState,
        now: datetime,
        *,
        batch_id: str | None = None,
        hidden: bool = False,
    ) -> DecisionOut:
        otherwise = {one.track_id: one for one in decision.exceptions}

        row = Decision(
            id=new_id(Noun.DECISION),
            tenant_id=case.tenant_id,
            case_id=case.id,
            action=decision.action,
            policy_clause=storable(decision.policy_clause),
            reason=decision.reason,
            note=storable(decision.note),
            message=storable(decision.message),
            confirm_labels=decision.confirm_labels,
            reject_labels=decision.reject_labels,
            basis=decision.basis or self._blind(case.id, tracks, decided_by, hidden),
            decided_by=decided_by,
            decided_at=now,
            supersedes=decision.supersedes,
            batch_id=batch_id,
        )
        self._session.add(row)
        case.state, case.updated_at = state, now
        self._session.flush()
        for track in tracks:
            other = otherwise.get(track.id)
            self._session.add(
                DecisionTrack(
                    decision_id=row.id,
                    track_id=track.id,
                    revision=track.revision,
                    action=other.action if other else None,
                    reason=other.reason if other else None,
                    confirm_labels=other.confirm_labels if other else None,
                    reject_labels=other.reject_labels if other else None,
                )
            )
            action, reason = (other.action, other.reason) if other else (row.action, row.reason)
            said = {"case": case.id, "decision": row.id, "action": action.value, "reason": reason.value}
            if decided_by == BY_DEADLINE:
                said["by"] = "deadline"
            Events(self._session).append(track.id, EventKind.CASE_DECIDED, now, said)
        self._tell(JobKind.DELIVER, tracks, now)
        Claims(self._session, case.tenant_id).release(case.id, decided_by)
        if decided_by != BY_DEADLINE:
            SecondLooks(self._session, case.tenant_id).ask(case, row, now)
        return self._out(row, DecisionState.STANDING)

    def undo(self, tenant_id: str, decision_id: str, *, undone_by: str, now: datetime, note: str = "") -> DecisionOut:
        """Take back the decision that stands. What it replaced stands again; without that the case is open again.

        Raises :class:`DecisionConflict`, and ``NoResultFound`` where the tenant has no such decision.
        """
        decision = self._get(tenant_id, decision_id)
        case, tracks = self._lock_case(tenant_id, decision.case_id)
        standing = self.standing(case.id)
        if standing is None or standing.id != decision.id:
            raise DecisionConflict("this decision does not stand: it was replaced or taken back")
        self._respect_appeal(standing, undone_by)
        self._session.add(
            DecisionUndo(decision_id=decision.id, undone_by=undone_by, undone_at=now, note=storable(note))
        )
        self._session.flush()
        for track in tracks:
            said = {"case": case.id, "decision": decision.id}
            Events(self._session).append(track.id, EventKind.DECISION_UNDONE, now, said)
        if self.standing(case.id) is None:
            self._reopen(case, now)
        self._tell(JobKind.DECIDE, tracks, now)
        self._tell(JobKind.DELIVER, tracks, now)
        return self._out(decision, DecisionState.UNDONE)

    def lock(self, tenant_id: str, case_id: str) -> None:
        """Take the locks of a decision ahead: nobody else decides the case until commit. Raises ``NoResultFound``."""
        self._lock_case(tenant_id, case_id)

    def _blind(self, case_id: str, tracks: Sequence[Track], person: str, hidden: bool) -> DecisionBasis | None:
        """Blind is who had the score kept from view, never saw it on this case, and heard the one recording in it."""
        one = len({track.audio_sha256 for track in tracks}) == 1
        blind = hidden and one and not ScoreSights(self._session).has_seen(case_id, person)
        return DecisionBasis.BLIND if blind else None

    def _respect_appeal(self, standing: Decision | None, person: str) -> None:
        """What was decided on appeal is not put aside by those whose decision the appeal was against."""
        if standing is None:
            return
        on_appeal = select(Appeal.id).where(Appeal.outcome_decision_id == standing.id)
        if self._session.scalar(on_appeal) is None:
            return
        earlier = select(Decision.id).where(
            Decision.case_id == standing.case_id, Decision.seq < standing.seq, Decision.decided_by == person
        )
        if self._session.scalar(earlier.limit(1)) is not None:
            raise DecisionConflict(
                "this was decided on appeal against a decision of yours; somebody else may change it"
            )

    def get(self, tenant_id: str, decision_id: str) -> DecisionOut | None:
        query = select(Decision).where(Decision.id == decision_id, Decision.tenant_id == tenant_id)
        row = self._session.scalars(query).one_or_none()
        return self._out(row, self.state(row)) if row is not None else None

    def page(
        self, tenant_id: str, *, after: str | None = None, limit: int = 100, case_id: str | None = None
    ) -> list[DecisionOut]:
        """Decisions of a tenant in order of deciding, from the one after the id ``after``."""
        query = select(Decision)
        if case_id is None:
            query = query.where(Decision.tenant_id == tenant_id)
        else:
            query = query.where(Decision.case_id == case_id, unindexed(Decision.tenant_id) == tenant_id)
        if after is not None:
            query = query.where(Decision.seq > select(Decision.seq).where(Decision.id == after).scalar_subquery())
        return [
            self._out(row, self.state(row)) for row in self._session.scalars(query.order_by(Decision.seq).limit(limit))
        ]

    def tracks_of(self, decision_id: str) -> Sequence[Track]:
        """The tracks that a decision was about, in order of acceptance."""
        query = select(Track).join(DecisionTrack, DecisionTrack.track_id == Track.id)
        return self._session.scalars(
            query.where(DecisionTrack.decision_id == decision_id).order_by(Track.accepted_seq)
        ).all()

    def standing(self, case_id: str) -> Decision | None:
        """The decision that stands on a case: the last one that was not taken back."""
        query = select(Decision).where(Decision.case_id == case_id, ~undone()).order_by(Decision.seq.desc())
        return self._session.scalars(query.limit(1)).one_or_none()

    def on_track(self, track: Track) -> Sequence[DecisionOnTrack]:
        """Decisions that stand on the current revision of a track, in order of deciding."""
        return self.on_tracks([track]).get(track.id, [])

    def on_tracks(self, tracks: Sequence[Track]) -> dict[str, list[DecisionOnTrack]]:
        """Decisions that stand on the current revisions of tracks, by track and in order of deciding, in one query.
        Tracks without any are left out."""
        query = (
            select(Decision, DecisionTrack)
            .join(DecisionTrack, DecisionTrack.decision_id == Decision.id)
            .join(Case, Case.id == Decision.case_id)
            .where(DecisionTrack.track_id.in_([track.id for track in tracks]))
            .where(or_(Case.state != CaseState.CLOSED, Decision.decided_by != BY_DEADLINE))
            .where(~undone(), ~replaced())
        )
        revisions = {track.id: track.revision for track in tracks}
        found: defaultdict[str, list[DecisionOnTrack]] = defaultdict(list)
        for row, member in self._session.execute(query.order_by(Decision.seq)):
            if member.revision == revisions[member.track_id]:
                found[member.track_id].append(_on_track(row, member))
        return found

    def by_people(self, track_id: str) -> bool:
        """Whether a person took any decision on a track that was not taken back, on whichever of its revisions."""
        query = select(Decision.id).join(DecisionTrack, DecisionTrack.decision_id == Decision.id)
        query = query.where(DecisionTrack.track_id == track_id, Decision.decided_by != BY_DEADLINE, ~undone())
        return self._session.scalar(query.limit(1)) is not None

    def exceptions(self, decision_id: str) -> list[TrackDecision]:
        """Tracks for which a decision says something else."""
        query = select(DecisionTrack).where(DecisionTrack.decision_id == decision_id, DecisionTrack.action.is_not(None))
        return [_exception(member) for member in self._session.scalars(query.order_by(DecisionTrack.track_id))]

    def state(self, decision: Decision) -> DecisionState:
        if self._session.get(DecisionUndo, decision.id) is not None:
            return DecisionState.UNDONE
        standing = self.standing(decision.case_id)
        return (
            DecisionState.STANDING if standing is not None and standing.id == decision.id else DecisionState.SUPERSEDED
        )

    def _get(self, tenant_id: str, decision_id: str) -> Decision:
        query = select(Decision).where(Decision.id == decision_id, Decision.tenant_id == tenant_id)
        return self._session.scalars(query).one()

    def _lock_case(self, tenant_id: str, case_id: str) -> tuple[Case, list[Track]]:
        """The case and its tracks, tracks locked first: that is the order in which verdicts lock them, too."""
        cases = Cases(self._session)
        while True:
            ids = [track.id for track in cases.tracks(case_id)]
            locked = select(Track).where(Track.id.in_(ids)).order_by(Track.id).with_for_update()
            tracks = self._session.scalars(locked.execution_options(populate_existing=True)).all()
            case = cases.lock(tenant_id, case_id)
            if case is None:
                raise NoResultFound(case_id)
            if {track.id for track in cases.tracks(case_id)} == set(ids):
                return case, sorted(tracks, key=lambda track: track.accepted_seq)

    def _reopen(self, case: Case, now: datetime) -> None:
        """Open again; where the same cause has an open case by now, that one takes the tracks over."""
        case.updated_at = now
        if case.state is CaseState.OPEN:
            return
        other = self._other_open(case)
        if other is None:
            case.state = CaseState.OPEN
            self._session.flush()
            return
        case.state = CaseState.CLOSED
        members = select(CaseTrack).where(CaseTrack.case_id == case.id, CaseTrack.left_at.is_(None))
        for member in self._session.scalars(members).all():
            member.left_at = now
        self._session.flush()

    def _other_open(self, case: Case) -> Case | None:
        query = select(Case).where(
            Case.tenant_id == case.tenant_id,
            Case.scope == case.scope,
            Case.subject_key == case.subject_key,
            Case.cause == case.cause,
            IS_OPEN,
        )
        return self._session.scalars(query).one_or_none()

    def _tell(self, kind: JobKind, tracks: Sequence[Track], now: datetime) -> None:
        Jobs(self._session).enqueue_many(kind, [track.id for track in tracks], lane=Lane.NORMAL, now=now)

    def _out(self, row: Decision, state: DecisionState) -> DecisionOut:
        return DecisionOut(
            id=row.id,
            case_id=row.case_id,
            action=row.action,
            policy_clause=row.policy_clause,
            reason=row.reason,
            note=row.note,
            message=row.message,
            confirm_labels=row.confirm_labels,
            reject_labels=row.reject_labels,
            decided_by=row.decided_by,
            decided_at=row.decided_at,
            state=state,
            supersedes=row.supersedes,
            batch_id=row.batch_id,
            exceptions=self.exceptions(row.id),
            basis=row.basis,
        )


def _on_track(row: Decision, member: DecisionTrack) -> DecisionOnTrack:
    other = _exception(member) if member.action is not None else None
    said = other or row
    return DecisionOnTrack(
        id=row.id,
        seq=row.seq,
        case_id=row.case_id,
        action=said.action,
        policy_clause=row.policy_clause,
        reason=said.reason,
        message=row.message,
        confirm_labels=said.confirm_labels,
        reject_labels=said.reject_labels,
        decided_by=row.decided_by,
        decided_at=row.decided_at,
    )


def _exception(member: DecisionTrack) -> TrackDecision:
    return TrackDecision(
        track_id=member.track_id,
        action=member.action or Action.NONE,
        reason=member.reason or ReasonCode.OTHER,
        confirm_labels=member.confirm_labels or [],
        reject_labels=member.reject_labels or [],
    )
