"""Appeals: lodged by uploaders, decided by a person who took no decision on the case before."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from schemas.appeals import (
    AppealMessage,
    AppealOut,
    AppealOutcomeIn,
    AppealState,
    Side,
    why_not_decide,
    window_ends,
)
from schemas.events import EventKind
from schemas.review import CaseState, DecisionIn, TrackDecision
from schemas.verdict import Action, CaseScope, Priority
from service.store.attachments import Attachments
from service.store.cases import RAISED_BY_PEOPLE, Cases, Cause
from service.store.decisions import DecisionOnTrack, Decisions
from service.store.events import Events
from service.store.ids import Noun, new_id
from service.store.labels import Labels
from service.store.storable import storable
from service.store.tables.appeals import Appeal, AppealMessageRow
from service.store.tables.cases import Case
from service.store.tables.decisions import Decision
from service.store.tables.tracks import Track
from service.store.verdicts import Verdicts

QUEUE = "appeals"
CAUSE = f"{RAISED_BY_PEOPLE}appeal"
BY_LINK = "by link"


class AppealConflict(Exception):
    """The appeal cannot be lodged or decided as things stand; the message says why."""


class Appeals:
    def __init__(self, session: Session) -> None:
        self._session = session

    def lodge(
        self,
        tenant_id: str,
        track_id: str,
        text: str,
        *,
        by: str,
        now: datetime,
        window_days: int,
        answer_within: timedelta,
    ) -> Appeal:
        """Appeal against what stands on a track.

        Raises :class:`AppealConflict`, and ``NoResultFound`` where the tenant has no such track.
        """
        track = self._session.scalars(
            select(Track).where(Track.id == track_id, Track.tenant_id == tenant_id).with_for_update()
        ).one()
        if self.is_open(track.id):
            raise AppealConflict("an appeal on this track is open; write into its dialogue")
        decision = max(Decisions(self._session).on_track(track), key=lambda one: one.seq, default=None)
        case, since = self._challenged(track, decision, now)
        if decision is not None and self._outcome_of(decision.id) is not None:
            raise AppealConflict("this was decided on appeal; what is left is a body for settlement out of court")
        if now > window_ends(since, window_days):
            raise AppealConflict(f"the time to appeal ended on {window_ends(since, window_days).date().isoformat()}")
        appeal = Appeal(
            id=new_id(Noun.APPEAL),
            tenant_id=tenant_id,
            track_id=track.id,
            case_id=case.id,
            decision_id=decision.id if decision is not None else None,
            state=AppealState.OPEN,
            lodged_by=by,
            lodged_at=now,
            due_at=now + answer_within,
        )
        self._session.add(appeal)
        self._session.flush()
        said = {"appeal": appeal.id, "case": case.id, "due_at": appeal.due_at.isoformat()}
        Events(self._session).append(track.id, EventKind.APPEAL_LODGED, now, said)
        self._write(appeal, Side.UPLOADER, by, text, now)
        return appeal

    def is_open(self, track_id: str) -> bool:
        """Whether an appeal on a track waits to be decided."""
        query = select(Appeal.id).where(Appeal.track_id == track_id, Appeal.state == AppealState.OPEN)
        return self._session.scalar(query) is not None

    def write(self, tenant_id: str, appeal_id: str, side: Side, author: str, text: str, now: datetime) -> Appeal:
        """Add a message to an open appeal. Raises :class:`AppealConflict` and ``NoResultFound``."""
        appeal = self.lock(tenant_id, appeal_id)
        self._write(appeal, side, author, text, now)
        said = {"appeal": appeal.id, "side": side.value}
        Events(self._session).append(appeal.track_id, EventKind.APPEAL_MESSAGE, now, said)
        return appeal

    def decide(self, tenant_id: str, appeal_id: str, said: AppealOutcomeIn, *, by: str, now: datetime) -> Appeal:
        """Decide an open appeal: a decision on its case in place of the one that stands, by somebody else.

        Who took any decision on the case is looked at under the case's lock, in this transaction: nobody slips in
        between. Raises :class:`AppealConflict` and ``NoResultFound``.
        """
        appeal = self.lock(tenant_id, appeal_id)
        decisions = Decisions(self._session)
        decisions.lock(tenant_id, appeal.case_id)
        if reason := why_not_decide(by, self._deciders(appeal.case_id)):
            raise AppealConflict(reason)
        made = decisions.decide(tenant_id, self._outcome(appeal, said), decided_by=by, now=now)
        appeal.state, appeal.decided_by, appeal.decided_at = said.outcome, by, now
        appeal.outcome_decision_id = made.id
        self._write(appeal, Side.REVIEWER, by, said.message, now)
        told = {"appeal": appeal.id, "outcome": said.outcome.value, "decision": made.id, "message": said.message}
        Events(self._session).append(appeal.track_id, EventKind.APPEAL_DECIDED, now, told)
        return appeal

    def why_not(self, appeal: Appeal, person: str) -> str | None:
        """Why somebody may not decide an appeal; looked at once more when they do."""
        return why_not_decide(person, self._deciders(appeal.case_id))

    def get(self, tenant_id: str, appeal_id: str) -> Appeal | None:
        query = select(Appeal).where(Appeal.id == appeal_id, Appeal.tenant_id == tenant_id)
        return self._session.scalars(query).one_or_none()

    def lock(self, tenant_id: str, appeal_id: str) -> Appeal:
        """An open appeal that nobody else may change until commit."""
        query = select(Appeal).where(Appeal.id == appeal_id, Appeal.tenant_id == tenant_id).with_for_update()
        appeal = self._session.scalars(query.execution_options(populate_existing=True)).one()
        if appeal.state is not AppealState.OPEN:
            raise AppealConflict(f"this appeal is decided: {appeal.state.value}")
        return appeal

    def of_track(self, tenant_id: str, track_id: str) -> Appeal | None:
        """The newest appeal of a track."""
        query = select(Appeal).where(Appeal.track_id == track_id, Appeal.tenant_id == tenant_id)
        return self._session.scalars(query.order_by(Appeal.id.desc()).limit(1)).one_or_none()

    def page(
        self, tenant_id: str, *, after: str = "", limit: int = 100, state: AppealState | None = None
    ) -> Sequence[Appeal]:
        """Appeals of a tenant in order of lodging."""
        query = select(Appeal).where(Appeal.tenant_id == tenant_id, Appeal.id > after)
        if state is not None:
            query = query.where(Appeal.state == state)
        return self._session.scalars(query.order_by(Appeal.id).limit(limit)).all()

    def by_due_time(self, tenant_id: str, state: AppealState, *, limit: int) -> Sequence[Appeal]:
        """Appeals in one state, the one that is due first ahead."""
        query = select(Appeal).where(Appeal.tenant_id == tenant_id, Appeal.state == state)
        return self._session.scalars(query.order_by(Appeal.due_at, Appeal.id).limit(limit)).all()

    def out(self, appeal: Appeal) -> AppealOut:
        rows = select(AppealMessageRow).where(AppealMessageRow.appeal_id == appeal.id).order_by(AppealMessageRow.seq)
        return AppealOut(
            id=appeal.id,
            track_id=appeal.track_id,
            case_id=appeal.case_id,
            decision_id=appeal.decision_id,
            state=appeal.state,
            lodged_at=appeal.lodged_at,
            due_at=appeal.due_at,
            messages=[
                AppealMessage(side=row.side, author=row.author, text=row.text, at=row.at)
                for row in self._session.scalars(rows)
            ],
            files=Attachments(self._session).of(appeal.id),
            decided_at=appeal.decided_at,
            decided_by=appeal.decided_by,
            outcome_decision_id=appeal.outcome_decision_id,
        )

    def _challenged(self, track: Track, decision: DecisionOnTrack | None, now: datetime) -> tuple[Case, datetime]:
        """The case that an appeal is about, and when what it is against was decided."""
        if decision is not None:
            return self._session.get_one(Case, decision.case_id), decision.decided_at
        verdict, view = Verdicts(self._session).standing(track.id), Labels(self._session).view(track)
        if verdict is None or (view.action is Action.NONE and not view.labels):
            raise AppealConflict("there is nothing to appeal against: no label and no restriction stands on this track")
        if view.cases:
            return view.cases[0], verdict.stood_at
        fired = view.judgement.fired if view.judgement else []
        cause = Cause(
            scope=CaseScope.TRACK,
            subject_key=track.id,
            cause=CAUSE,
            policy=fired[0].policy if fired else QUEUE,
            queue=QUEUE,
            priority=Priority.P2,
            action=view.action,
            reason="the uploader appeals against what rules did by themselves",
            clauses=frozenset(rule.policy for rule in fired),
        )
        return Cases(self._session).join(track, cause, content=str(track.revision), now=now), verdict.stood_at

    def _outcome(self, appeal: Appeal, said: AppealOutcomeIn) -> DecisionIn:
        """The decision that an outcome makes. An appeal speaks for its own track: of a decision on many, the others
        keep what stands."""
        standing = Decisions(self._session).standing(appeal.case_id)
        case = self._session.get_one(Case, appeal.case_id)
        if case.state is CaseState.CLOSED:
            raise AppealConflict("the case is closed: its cause is gone, and with it what the appeal is against")
        track = self._session.scalars(select(Track).where(Track.id == appeal.track_id)).one()
        view = Labels(self._session).view(track)
        others = Decisions(self._session).exceptions(standing.id) if standing is not None else []
        found = [label for label in view.labels if not label.startswith("ai_declared")]
        reason = said.reason
        if said.outcome is AppealState.UPHELD:
            action = standing.action if standing is not None else view.action
            confirm = standing.confirm_labels if standing is not None else []
            reject = standing.reject_labels if standing is not None else []
        elif standing is not None and len(Cases(self._session).tracks(case.id, limit=2)) > 1:
            action, reason = standing.action, standing.reason
            confirm, reject = standing.confirm_labels, standing.reject_labels
            own = TrackDecision(
                track_id=track.id,
                action=said.action or Action.NONE,
                reason=said.reason,
                reject_labels=found if said.reject_labels is None else said.reject_labels,
            )
            others = [*(one for one in others if one.track_id != track.id), own]
        else:
            action = said.action or Action.NONE
            confirm, reject = [], found if said.reject_labels is None else said.reject_labels
        return DecisionIn(
            case_id=appeal.case_id,
            action=action,
            policy_clause=standing.policy_clause if standing is not None else case.policy,
            reason=reason,
            note=said.note,
            message=said.message,
            confirm_labels=confirm,
            reject_labels=reject,
            supersedes=standing.id if standing is not None else None,
            exceptions=others,
        )

    def _deciders(self, case_id: str) -> set[str]:
        return set(self._session.scalars(select(Decision.decided_by).where(Decision.case_id == case_id).distinct()))

    def _outcome_of(self, decision_id: str) -> Appeal | None:
        query = select(Appeal).where(Appeal.outcome_decision_id == decision_id)
        return self._session.scalars(query).one_or_none()

    def _write(self, appeal: Appeal, side: Side, author: str, text: str, now: datetime) -> None:
        row = AppealMessageRow(appeal_id=appeal.id, side=side, author=author, text=storable(text), at=now)
        self._session.add(row)
        self._session.flush()
