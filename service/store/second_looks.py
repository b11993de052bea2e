"""Second looks: asked for when a case is decided, taken by somebody who does not know what was decided, kept as said.

A second look changes nothing for the track: it says how far people agree. Who may take one has taken no decision on the
case, has not seen it, gave no other look on it and did not set its golden answer.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, exists, func, or_, select, update
from sqlalchemy.orm import Session, aliased

from schemas.quality import LookKind, LookState
from schemas.review import DecisionIn
from service.quality.sampling import sampled
from service.store.ids import Noun, new_id
from service.store.quality_shares import share_of
from service.store.score_sights import ScoreSights
from service.store.standing import undone
from service.store.storable import storable
from service.store.tables.cases import Case
from service.store.tables.decisions import Decision
from service.store.tables.quality import GoldenCase, SecondLook
from service.store.tables.score_sights import ScoreSight
from service.store.unindexed import unindexed

LASTS = timedelta(minutes=20)
"""How long a look stays with somebody who took it."""


class LookGone(Exception):
    """The look is not in this person's hands, or is done."""


class SecondLooks:
    """The second looks of one tenant."""

    def __init__(self, session: Session, tenant_id: str) -> None:
        self._session = session
        self._tenant_id = tenant_id

    def ask(self, case: Case, decision: Decision, now: datetime) -> None:
        """Ask for what a fresh decision asks for: all looks of a golden case that it lacks, one of a sampled decision.

        To be called in the transaction of the decision.
        """
        golden = self._session.get(GoldenCase, case.id)
        if golden is not None:
            self._add(case, decision, LookKind.GOLDEN, golden.looks - self._count(case.id), now)
            return
        share = share_of(self._session, self._tenant_id).second_looks
        if sampled(decision.id, share, "second look") and not self._count(case.id, waiting=True):
            self._add(case, decision, LookKind.SAMPLED, 1, now)

    def next_for(self, who: str, now: datetime, *, queue: str | None = None) -> str | None:
        """The look that waits longest of those that somebody may take; their own, if they have one in hand."""
        query = select(SecondLook.id).where(self._waiting(), *self._open_to(who, now))
        query = query.where(SecondLook.queue == queue) if queue else query
        return self._session.scalar(query.order_by(SecondLook.asked_at, SecondLook.id).limit(1))

    def waiting(self, most: int = 1_000) -> int:
        """How many wait, counted up to ``most``."""
        some = select(SecondLook.id).where(self._waiting()).limit(most).subquery()
        return self._session.scalar(select(func.count()).select_from(some)) or 0

    def get(self, look_id: str) -> SecondLook | None:
        query = select(SecondLook).where(SecondLook.id == look_id, SecondLook.tenant_id == self._tenant_id)
        return self._session.scalars(query).one_or_none()

    def take(self, look_id: str, who: str, now: datetime) -> SecondLook:
        """Take one in hand. From now on this person has seen what the machine says of the case. Raises
        :class:`LookGone` where it is done, in other hands, or not for them."""
        look = self._locked(look_id)
        may = select(SecondLook.id).where(SecondLook.id == look_id, self._waiting(), *self._open_to(who, now))
        if look is None or self._session.scalar(may) is None:
            raise LookGone("this second look is done, in other hands, or not for you")
        look.taken_by, look.taken_until = who, now + LASTS
        ScoreSights(self._session).saw([look.case_id], who, now)
        self._session.flush()
        return look

    def judge(self, look_id: str, said: DecisionIn, who: str, now: datetime) -> SecondLook:
        """Keep what somebody made of it. Raises :class:`LookGone` unless they have it in hand."""
        look = self._locked(look_id)
        if look is None or look.state is not LookState.WAITING or look.taken_by != who:
            raise LookGone("this second look is not in your hands any more")
        look.state, look.judged_by, look.judged_at, look.taken_until = LookState.DONE, who, now, None
        look.action, look.reason, look.policy_clause = said.action, said.reason, storable(said.policy_clause)
        look.note, look.confirm_labels, look.reject_labels = (
            storable(said.note),
            said.confirm_labels,
            said.reject_labels,
        )
        self._session.flush()
        return look

    def forgo(self, case_id: str, who: str) -> None:
        """Somebody looks at the case with its decisions: a look on it that they have in hand is for others now."""
        given_back = update(SecondLook).where(self._on(case_id), SecondLook.taken_by == who)
        given_back = given_back.where(SecondLook.state == LookState.WAITING)
        self._session.execute(given_back.values(taken_by=None, taken_until=None))

    def of_case(self, case_id: str) -> Sequence[SecondLook]:
        """Looks that were taken on a case, in order of judging."""
        query = select(SecondLook).where(self._on(case_id), SecondLook.state == LookState.DONE)
        return self._session.scalars(query.order_by(SecondLook.judged_at, SecondLook.id)).all()

    def _on(self, case_id: str) -> ColumnElement[bool]:
        return (SecondLook.case_id == case_id) & (unindexed(SecondLook.tenant_id) == self._tenant_id)

    def _waiting(self) -> ColumnElement[bool]:
        return (SecondLook.tenant_id == self._tenant_id) & (SecondLook.state == LookState.WAITING) & ~_moot()

    def _open_to(self, who: str, now: datetime) -> tuple[ColumnElement[bool], ...]:
        mine = func.coalesce(SecondLook.taken_by == who, False)
        free = or_(SecondLook.taken_until.is_(None), SecondLook.taken_until <= now)
        other = aliased(SecondLook)
        decided = exists().where(Decision.case_id == SecondLook.case_id, Decision.decided_by == who)
        judged = exists().where(other.case_id == SecondLook.case_id, other.judged_by == who)
        seen = exists().where(ScoreSight.case_id == SecondLook.case_id, ScoreSight.person == who)
        knows = exists().where(GoldenCase.case_id == SecondLook.case_id, GoldenCase.set_by == who)
        return (or_(mine, free & ~seen), ~decided, ~judged, ~knows)

    def _count(self, case_id: str, *, waiting: bool = False) -> int:
        """Looks on a case that are done or wait."""
        query = select(func.count()).where(SecondLook.case_id == case_id)
        live = (SecondLook.state == LookState.WAITING) & ~_moot()
        query = query.where(live if waiting else or_(SecondLook.state == LookState.DONE, live))
        return self._session.scalar(query) or 0

    def _add(self, case: Case, decision: Decision, kind: LookKind, number: int, now: datetime) -> None:
        for _ in range(number):
            self._session.add(
                SecondLook(
                    id=new_id(Noun.LOOK),
                    tenant_id=self._tenant_id,
                    case_id=case.id,
                    decision_id=decision.id,
                    queue=case.queue,
                    policy=case.policy,
                    kind=kind,
                    state=LookState.WAITING,
                    asked_at=now,
                )
            )
        self._session.flush()

    def _locked(self, look_id: str) -> SecondLook | None:
        query = select(SecondLook).where(SecondLook.id == look_id, SecondLook.tenant_id == self._tenant_id)
        query = query.with_for_update().execution_options(populate_existing=True)
        return self._session.scalars(query).one_or_none()


def _moot() -> ColumnElement[bool]:
    """Whether the decision that a look is about was taken back."""
    return exists().where(Decision.id == SecondLook.decision_id, undone())
