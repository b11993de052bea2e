"""The reviewers' queue: cases in the order in which people should look at them."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Select, and_, exists, func, or_, select
from sqlalchemy.orm import Session

from schemas.review import CaseState
from schemas.verdict import Priority
from service.store.matches import Matches
from service.store.tables.cases import Case, CaseTrack
from service.store.tables.claims import CaseClaim
from service.store.tables.tracks import Track


class QueueCount(NamedTuple):
    queue: str
    cases: int
    oldest_at: datetime


class Place(NamedTuple):
    """A place in the order of a list, from which its next page goes on."""

    at: datetime
    id: str


class CaseQueue:
    """The cases of one tenant."""

    def __init__(self, session: Session, tenant_id: str) -> None:
        self._session = session
        self._tenant_id = tenant_id

    def page(
        self,
        *,
        state: CaseState,
        queue: str | None = None,
        priority: Priority | None = None,
        after: Place | None = None,
        limit: int = 50,
    ) -> list[Case]:
        """Open cases in the order of :mod:`service.review_order`; decided and closed ones by when that happened, the
        newest first."""
        query = self._wanted(state, queue, priority)
        if state is CaseState.OPEN:
            query = self._from(query, after).order_by(Case.rank_at, Case.id)
        else:
            if after is not None:
                before = or_(Case.updated_at < after.at, and_(Case.updated_at == after.at, Case.id < after.id))
                query = query.where(Case.updated_at <= after.at, before)
            query = query.order_by(Case.updated_at.desc(), Case.id.desc())
        return list(self._session.scalars(query.limit(limit)))

    def queues(self) -> list[QueueCount]:
        """Open cases by queue, with the age of the oldest."""
        query = select(Case.queue, func.count(), func.min(Case.opened_at)).where(
            Case.tenant_id == self._tenant_id, Case.state == CaseState.OPEN
        )
        return [QueueCount(*row) for row in self._session.execute(query.group_by(Case.queue).order_by(Case.queue))]

    def next_for(
        self,
        who: str,
        now: datetime,
        *,
        queue: str | None = None,
        priority: Priority | None = None,
        after: Case | None = None,
    ) -> str | None:
        """The case that somebody goes on with: the first in order that nobody else has in hand, past the case ``after``
        and otherwise from the start."""
        others = (CaseClaim.tenant_id == self._tenant_id, CaseClaim.expires_at > now, CaseClaim.holder != who)
        taken = exists().where(CaseClaim.case_id == Case.id, *others)
        free = self._wanted(CaseState.OPEN, queue, priority).where(~taken).order_by(Case.rank_at, Case.id).limit(1)
        if after is None:
            found = self._session.scalars(free).first()
            return found.id if found else None
        place = Place(after.rank_at, after.id)
        found = (
            self._session.scalars(self._from(free, place)).first()
            or self._session.scalars(free.where(Case.id != after.id)).first()
        )
        return found.id if found else None

    def _wanted(self, state: CaseState, queue: str | None, priority: Priority | None) -> Select[tuple[Case]]:
        query = select(Case).where(Case.tenant_id == self._tenant_id, Case.state == state)
        if queue is not None:
            query = query.where(Case.queue == queue)
        return query.where(Case.priority == priority) if priority is not None else query

    @staticmethod
    def _from(query: Select[tuple[Case]], after: Place | None) -> Select[tuple[Case]]:
        if after is None:
            return query
        later = or_(Case.rank_at > after.at, and_(Case.rank_at == after.at, Case.id > after.id))
        return query.where(Case.rank_at >= after.at, later)

    def heard(self, track_id: str) -> Track | None:
        """What reviewers may listen to: a track of this tenant that is or was part of a case, or that carries the
        recording of one that was."""
        if (track := self.track(track_id)) is not None:
            return track
        query = select(Track).where(Track.id == track_id, Track.tenant_id == self._tenant_id)
        track = self._session.scalars(query).one_or_none()
        if track is None:
            return None
        group = Matches(self._session).in_group(track.audio_sha256)
        in_case = select(Track.id).join(CaseTrack, CaseTrack.track_id == Track.id)
        beside = self._session.scalar(in_case.where(Track.tenant_id == self._tenant_id, group).limit(1))
        return track if beside is not None else None

    def track(self, track_id: str) -> Track | None:
        """A track of this tenant that is or was part of a case."""
        query = (
            select(Track)
            .join(CaseTrack, CaseTrack.track_id == Track.id)
            .where(Track.id == track_id, Track.tenant_id == self._tenant_id)
        )
        return self._session.scalars(query.limit(1)).first()
