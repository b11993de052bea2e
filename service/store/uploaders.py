"""An uploader's past: what came, what was decided about it, what came of appeals.

Read in bounds, whatever an uploader's size: deliveries from the hourly counters, decisions and appeals as far as they
are about the latest `LOOKED_AT` deliveries.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ScalarSelect, func, select
from sqlalchemy.orm import Session

from schemas.appeals import AppealState
from schemas.review import ReasonCode
from schemas.verdict import Action
from service.store.standing import reason_on_track, replaced, undone
from service.store.tables.appeals import Appeal
from service.store.tables.counters import CounterKind, HourlyCount
from service.store.tables.decisions import Decision, DecisionTrack
from service.store.tables.senders import SenderRow
from service.store.tables.tracks import Track
from service.store.unindexed import unindexed

LOOKED_AT = 500
_HOURS = 24


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision as it bore on so many of the tracks alike. ``stands``: neither undone nor replaced."""

    case_id: str
    action: Action
    reason: ReasonCode
    at: datetime
    tracks: int
    stands: bool


@dataclass(frozen=True, slots=True)
class Appealed:
    """An appeal; ``decided_at`` is missing while it is open."""

    id: str
    title: str
    state: AppealState
    lodged_at: datetime
    decided_at: datetime | None

    @property
    def outcome(self) -> str:
        """How it went, for the one who lodged it."""
        return {AppealState.REVERSED: "appeal won", AppealState.UPHELD: "appeal lost"}.get(self.state, "appeal open")


class Uploader:
    """One sender of one tenant; the empty name stands for what the tenant delivers without naming a sender."""

    def __init__(self, session: Session, tenant_id: str, sender: str, looked_at: int = LOOKED_AT) -> None:
        """``looked_at``: how many of its latest deliveries decisions and appeals are told of."""
        self._session = session
        self.looked_at = looked_at
        self._tenant_id = tenant_id
        self.key = f"{tenant_id}/{sender}"

    def account(self) -> SenderRow | None:
        """``None``: nobody of this name delivered anything."""
        return self._session.get(SenderRow, self.key)

    def new_by_day(self, first_day: int, last_day: int) -> dict[int, int]:
        """New recordings accepted on each day, in days since 1970-01-01 UTC; days without any are left out."""
        query = select(HourlyCount.hour, HourlyCount.accepted).where(
            HourlyCount.tenant_id == self._tenant_id,
            HourlyCount.kind == CounterKind.ACCOUNT,
            HourlyCount.key == self.key,
            HourlyCount.hour >= first_day * _HOURS,
            HourlyCount.hour < (last_day + 1) * _HOURS,
        )
        found: dict[int, int] = {}
        for hour, count in self._session.execute(query):
            if count:
                found[hour // _HOURS] = found.get(hour // _HOURS, 0) + count
        return found

    def latest(self, limit: int) -> Sequence[Track]:
        """Its latest deliveries, newest first."""
        query = select(Track).where(Track.sender_key == self.key).order_by(Track.accepted_seq.desc())
        return self._session.scalars(query.limit(limit)).all()

    def decisions(self, limit: int) -> list[Decided]:
        """Decisions on its latest deliveries, newest first; one that treats some tracks otherwise comes in parts."""
        about = DecisionTrack.track_id.in_(self._latest_ids())
        newest = select(DecisionTrack.decision_id).where(about).distinct().order_by(DecisionTrack.decision_id.desc())
        shown = self._session.scalars(newest.limit(limit)).all()
        action = func.coalesce(DecisionTrack.action, Decision.action)
        columns = (Decision.seq, Decision.id, Decision.case_id, Decision.decided_at, action, reason_on_track())
        query = (
            select(*columns[2:], func.count(), undone(), replaced())
            .select_from(DecisionTrack)
            .join(Decision, Decision.id == DecisionTrack.decision_id)
            .where(about, unindexed(DecisionTrack.decision_id).in_(shown))
            .group_by(*columns)
            .order_by(Decision.seq.desc())
        )
        return [
            Decided(case_id, Action(acted), ReasonCode(reason), at, tracks, not (taken_back or superseded))
            for case_id, at, acted, reason, tracks, taken_back, superseded in self._session.execute(query.limit(limit))
        ]

    def appeals(self, limit: int) -> list[Appealed]:
        """Appeals about its latest deliveries, newest first."""
        query = (
            select(Appeal.id, Track.title, Appeal.state, Appeal.lodged_at, Appeal.decided_at)
            .join(Track, Track.id == Appeal.track_id)
            .where(Appeal.track_id.in_(self._latest_ids()))
            .order_by(Appeal.lodged_at.desc(), Appeal.id.desc())
        )
        return [Appealed(*row) for row in self._session.execute(query.limit(limit))]

    def _latest_ids(self) -> ScalarSelect[str]:
        query = select(Track.id).where(Track.sender_key == self.key).order_by(Track.accepted_seq.desc())
        return query.limit(self.looked_at).scalar_subquery()
