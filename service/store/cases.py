"""Cases: what belongs together is one case, and one cause is one case.

A case is open as long as a track with its cause belongs to it. When the cause is gone from the last one it closes by
itself. What a person decided stays decided for the same content: the same cause on the same revision opens nothing.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Text, cast, func, select, text
from sqlalchemy.orm import Session

from schemas.events import EventKind
from schemas.review import CaseState, CaseSummary
from schemas.verdict import Action, CaseScope, Priority
from service.benign import answered
from service.review_order import rank_at, review_by
from service.store.benign import reviewed_benign
from service.store.case_subjects import describe
from service.store.events import Events
from service.store.ids import Noun, new_id
from service.store.inserting import insert_or
from service.store.tables.cases import IS_OPEN, Case, CaseTrack
from service.store.tables.tracks import Track

RAISED_BY_PEOPLE = "people:"
"""How causes begin that people raised, by an appeal or a notice: no verdict of the rules makes them go away."""

_OPEN = text("state = 'open'")
"""Written out: PostgreSQL finds no partial index by a parameter once it plans a statement for all values of it, as it
does for one that a connection has prepared and used ten times."""


@dataclass(frozen=True, slots=True)
class Cause:
    """Why a track needs a person, and what it shares with others that need one for the same reason.

    ``subject_key`` is by scope the track's id, the release's id, the recording's group or the sender's key.
    """

    scope: CaseScope
    subject_key: str
    cause: str
    policy: str
    queue: str
    priority: Priority
    action: Action
    reason: str
    due_at: datetime | None = None
    due_action: Action | None = None
    confidence: float | None = None
    """How sure it is, where that was estimated and not counted."""
    clauses: frozenset[str] = frozenset()
    """Policy clauses that it is about, where they are several."""

    @property
    def key(self) -> tuple[CaseScope, str, str]:
        return self.scope, self.subject_key, self.cause


class Cases:
    def __init__(self, session: Session) -> None:
        self._session = session

    def reconcile(self, track: Track, causes: Iterable[Cause], *, content: str, now: datetime) -> list[Case]:
        """Make a track belong to exactly the cases of these causes; the open ones it now belongs to.

        ``content`` names what the track was judged on, such as its revision: as long as it stays the same, a decided
        case covers the track. Lock the track first.
        """
        asked = list(causes)
        if any(answered(cause.scope, cause.action) for cause in asked) and reviewed_benign(self._session, track):
            asked = [cause for cause in asked if not answered(cause.scope, cause.action)]
        wanted = {cause.key: cause for cause in asked if not self._decided(track, cause, content)}
        for case in self._open_cases(track.id):
            known = (case.scope, case.subject_key, case.cause) in wanted
            if not known and not case.cause.startswith(RAISED_BY_PEOPLE):
                self.leave(track, case, now)
        return [self.join(track, wanted[key], content=content, now=now) for key in sorted(wanted)]

    def join(self, track: Track, cause: Cause, *, content: str, now: datetime) -> Case:
        """Put a track into the open case of a cause, opening it if need be. Lock the track first.

        A hold ends when the last of its tracks has had its whole time, counted from when it came to be held as it is.
        """
        case, opened = self._open(track.tenant_id, cause, now)
        member = self._session.get(CaseTrack, (case.id, track.id))
        fresh = member is None or member.left_at is not None
        judged_anew = member is None or member.left_at is not None or member.content != content
        clauses = sorted(cause.clauses | {cause.policy})
        said = (content, cause.priority, cause.action, cause.reason, cause.policy, cause.queue, clauses)
        if member is None:
            member = CaseTrack(case_id=case.id, track_id=track.id)
            self._session.add(member)
        elif not fresh and cause.due_at is None and said == _said_of(member):
            return case
        if fresh:
            member.joined_at = now
        member.left_at = None
        member.confidence = cause.confidence
        member.content, member.priority, member.action, member.reason, member.policy, member.queue, member.clauses = (
            said
        )
        self._session.flush()
        if judged_anew and cause.due_at is not None and (case.due_at is None or cause.due_at > case.due_at):
            case.due_at, case.due_action = cause.due_at, cause.due_action
        self._sum_up(case, now)
        if fresh:
            kind = EventKind.CASE_OPENED if opened else EventKind.CASE_JOINED
            said = {"case": case.id, "cause": cause.cause}
            if case.due_at is not None and case.due_action is not None:
                said |= {"due_at": case.due_at.isoformat(), "outcome": case.due_action.value}
            Events(self._session).append(track.id, kind, now, said)
        return case

    def leave(self, track: Track, case: Case, now: datetime) -> None:
        """Take a track out of a case; the case closes with its last track."""
        self._lock(case)
        member = self._session.get(CaseTrack, (case.id, track.id))
        if member is None or member.left_at is not None or case.state is not CaseState.OPEN:
            return
        member.left_at = now
        self._session.flush()
        self._sum_up(case, now)
        Events(self._session).append(track.id, EventKind.CASE_LEFT, now, {"case": case.id, "cause": case.cause})

    def follow_group(self, old_keys: Iterable[str], new_key: str) -> None:
        """Recording groups are renamed when they merge: open cases go along, so that reviewers keep their address.

        Where both groups had a case the older one goes; the tracks of the other move over when they are judged again.
        """
        for old_key in sorted(set(old_keys) - {new_key}):
            renamed = select(Case).where(Case.scope == CaseScope.RECORDING, Case.subject_key == old_key, IS_OPEN)
            for case in self._session.scalars(renamed.order_by(Case.id).with_for_update()).all():
                if self._find_open(case.tenant_id, case.scope, new_key, case.cause) is None:
                    case.subject_key = new_key
                    self._session.flush()

    def follow_ring(self, tenant_id: str, ring: Collection[str], name: str) -> list[str]:
        """Senders who prove to be one ring are one subject: their open cases take the ring's name.

        Where the ring has a case for the same cause already, the tracks of the other move over when they are judged
        again; their ids are returned.
        """
        about = (Case.tenant_id == tenant_id, Case.scope == CaseScope.SENDER, IS_OPEN)
        others = select(Case).where(*about, Case.subject_key.in_(sorted(set(ring) - {name})))
        left: list[str] = []
        for case in self._session.scalars(others.order_by(Case.id).with_for_update()).all():
            if self._find_open(tenant_id, case.scope, name, case.cause) is None:
                case.subject_key = name
                self._session.flush()
            else:
                belongs = (CaseTrack.case_id == case.id, CaseTrack.left_at.is_(None))
                left += self._session.scalars(select(CaseTrack.track_id).where(*belongs))
        return left

    def get(self, tenant_id: str, case_id: str) -> Case | None:
        """A case of this tenant. Another tenant's is as if it did not exist."""
        query = select(Case).where(Case.id == case_id, Case.tenant_id == tenant_id)
        return self._session.scalars(query).one_or_none()

    def several(self, tenant_id: str, case_ids: Collection[str]) -> Sequence[Case]:
        """Those of these cases that are this tenant's."""
        return self._session.scalars(select(Case).where(Case.id.in_(case_ids), Case.tenant_id == tenant_id)).all()

    def find(self, case_id: str) -> Case | None:
        """A case of whatever tenant, for those who hold something of it already."""
        return self._session.get(Case, case_id)

    def page(
        self,
        tenant_id: str,
        *,
        after: str = "",
        limit: int = 100,
        state: CaseState | None = None,
        queue: str | None = None,
        priority: Priority | None = None,
    ) -> Sequence[Case]:
        """Cases of a tenant in order of opening, from the one after the id ``after``."""
        query = select(Case).where(Case.tenant_id == tenant_id, Case.id > after)
        for column, value in ((Case.state, state), (Case.queue, queue), (Case.priority, priority)):
            if value is not None:
                query = query.where(column == value)
        return self._session.scalars(query.order_by(Case.id).limit(limit)).all()

    def of_track(self, track_id: str, *, state: CaseState | None = CaseState.OPEN) -> Sequence[Case]:
        """Cases that a track belongs to, in order of opening; the open ones unless told otherwise (``None``: all)."""
        return self.of_tracks([track_id], state=state).get(track_id, [])

    def of_tracks(
        self, track_ids: Collection[str], *, state: CaseState | None = CaseState.OPEN
    ) -> dict[str, list[Case]]:
        """The same of several, by track; tracks of no case are left out."""
        query = select(CaseTrack.track_id, Case).join(CaseTrack, CaseTrack.case_id == Case.id)
        query = query.where(CaseTrack.track_id.in_(track_ids), CaseTrack.left_at.is_(None))
        if state is not None:
            query = query.where(Case.state == state)
        found: defaultdict[str, list[Case]] = defaultdict(list)
        for track_id, case in self._session.execute(query.order_by(Case.id)):
            found[track_id].append(case)
        return found

    def tracks(self, case_id: str, *, limit: int | None = None) -> Sequence[Track]:
        """Tracks that belong to a case, in order of acceptance."""
        query = select(Track).join(CaseTrack, CaseTrack.track_id == Track.id)
        query = query.where(CaseTrack.case_id == case_id, CaseTrack.left_at.is_(None)).order_by(Track.accepted_seq)
        return self._session.scalars(query.limit(limit)).all()

    def summary(self, case: Case) -> CaseSummary:
        """A case as a reviewer reads it in a list."""
        return self.summaries([case])[0]

    def summaries(self, cases: Sequence[Case]) -> list[CaseSummary]:
        """Cases as a reviewer reads them in a list, in two queries however many there are."""
        artist, sender = cast(Track.artists, Text), Track.sender_key
        query = select(
            CaseTrack.case_id,
            func.count(),
            func.count(artist.distinct()),
            func.count(sender.distinct()),
            func.min(Track.accepted_seq),
        ).join(Track, Track.id == CaseTrack.track_id)
        query = query.where(CaseTrack.case_id.in_([case.id for case in cases]), CaseTrack.left_at.is_(None))
        counted = {row[0]: row[1:] for row in self._session.execute(query.group_by(CaseTrack.case_id))}
        firsts = select(Track).where(Track.accepted_seq.in_([row[3] for row in counted.values()]))
        tracks = {track.accepted_seq: track for track in self._session.scalars(firsts)}
        return [self._summary(case, counted.get(case.id), tracks) for case in cases]

    @staticmethod
    def _summary(case: Case, counted: tuple[int, int, int, int] | None, firsts: Mapping[int, Track]) -> CaseSummary:
        tracks, artists, senders, first = counted or (0, 0, 0, 0)
        return CaseSummary(
            id=case.id,
            scope=case.scope,
            subject=describe(case.scope, [firsts[first]] if first in firsts else [], tracks, artists, senders),
            queue=case.queue,
            priority=case.priority,
            state=case.state,
            policy=case.policy,
            reason=case.reason,
            tracks=tracks,
            opened_at=case.opened_at,
            updated_at=case.updated_at,
            review_by=case.review_by,
        )

    def counts(self) -> dict[tuple[str, Priority], int]:
        """Open cases by queue and priority, over all tenants, for metrics."""
        query = select(Case.queue, Case.priority, func.count()).where(Case.state == CaseState.OPEN)
        return {
            (queue, priority): n
            for queue, priority, n in self._session.execute(query.group_by(Case.queue, Case.priority))
        }

    def lock(self, tenant_id: str, case_id: str) -> Case | None:
        """A case of this tenant that nobody else may change until commit."""
        case = self.get(tenant_id, case_id)
        if case is not None:
            self._lock(case)
        return case

    def _open(self, tenant_id: str, cause: Cause, now: datetime) -> tuple[Case, bool]:
        """The open case of a cause, locked, and whether it was just made. It may be closed by others while we look."""
        while True:
            insert = insert_or(self._session, Case).values(
                id=new_id(Noun.CASE),
                tenant_id=tenant_id,
                scope=cause.scope,
                subject_key=cause.subject_key,
                cause=cause.cause,
                policy=cause.policy,
                queue=cause.queue,
                priority=cause.priority,
                action=cause.action,
                reason=cause.reason,
                state=CaseState.OPEN,
                opened_at=now,
                updated_at=now,
                rank_at=rank_at(now, cause.priority, 1, 1.0),
                review_by=review_by(now, cause.priority),
            )
            insert = insert.on_conflict_do_nothing(
                index_elements=["tenant_id", "scope", "subject_key", "cause"], index_where=_OPEN
            )
            made = self._session.execute(insert.returning(Case.id)).scalar_one_or_none()
            case = self._find_open(tenant_id, cause.scope, cause.subject_key, cause.cause)
            if case is not None:
                return case, made is not None

    def _find_open(self, tenant_id: str, scope: CaseScope, subject_key: str, cause: str) -> Case | None:
        query = select(Case).where(
            Case.tenant_id == tenant_id,
            Case.scope == scope,
            Case.subject_key == subject_key,
            Case.cause == cause,
            IS_OPEN,
        )
        query = query.with_for_update().execution_options(populate_existing=True)
        return self._session.scalars(query).one_or_none()

    def _decided(self, track: Track, cause: Cause, content: str) -> bool:
        """Whether a person decided this cause on this very content. A recording's group or a ring may have grown since,
        and have another name."""
        query = (
            select(Case.id)
            .join(CaseTrack, CaseTrack.case_id == Case.id)
            .where(
                CaseTrack.track_id == track.id,
                CaseTrack.left_at.is_(None),
                CaseTrack.content == content,
                Case.state == CaseState.DECIDED,
                Case.scope == cause.scope,
                Case.cause == cause.cause,
            )
        )
        if cause.scope not in (CaseScope.RECORDING, CaseScope.SENDER):
            query = query.where(Case.subject_key == cause.subject_key)
        return self._session.scalars(query.limit(1)).first() is not None

    def _open_cases(self, track_id: str) -> Sequence[Case]:
        query = select(Case).join(CaseTrack, CaseTrack.case_id == Case.id)
        query = query.where(CaseTrack.track_id == track_id, CaseTrack.left_at.is_(None), Case.state == CaseState.OPEN)
        query = query.order_by(Case.id).with_for_update(of=Case).execution_options(populate_existing=True)
        return self._session.scalars(query).all()

    def _sum_up(self, case: Case, now: datetime) -> None:
        """What a case is about is what its most urgent track is about, the first accepted of equals."""
        belongs = (CaseTrack.case_id == case.id, CaseTrack.left_at.is_(None))
        kinds = select(CaseTrack.priority, CaseTrack.action).where(*belongs).distinct()
        rows = self._session.execute(kinds).all()
        case.updated_at = now
        if all(row.action is not Action.HOLD for row in rows):
            case.due_at = case.due_action = None
        if rows:
            case.priority = min(row.priority for row in rows)
            case.action = max((row.action for row in rows), key=lambda action: action.rank)
            first = select(CaseTrack).join(Track, Track.id == CaseTrack.track_id)
            first = first.where(*belongs, CaseTrack.priority == case.priority).order_by(Track.accepted_seq)
            worst = self._session.scalars(first.limit(1)).one()
            counted = select(func.count(), func.max(func.coalesce(CaseTrack.confidence, 1.0))).where(*belongs)
            tracks, confidence = self._session.execute(counted).one()
            case.rank_at = rank_at(case.opened_at, case.priority, tracks, confidence)
            case.review_by = review_by(case.opened_at, case.priority)
            case.reason, case.policy, case.queue = worst.reason, worst.policy or case.policy, worst.queue or case.queue
        else:
            case.state = CaseState.CLOSED
        self._session.flush()

    def _lock(self, case: Case) -> None:
        self._session.refresh(case, with_for_update=True)


def _said_of(member: CaseTrack) -> tuple[object, ...]:
    return (
        member.content,
        member.priority,
        member.action,
        member.reason,
        member.policy,
        member.queue,
        member.clauses,
    )
