"""Notices from outside: received, merged into one case for each claim on a track, and decided with it."""

import itertools
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BindParameter, Select, Subquery, and_, bindparam, case, func, select, union_all
from sqlalchemy.orm import Session

from schemas.reports import POLICY, URGENCY, ReporterRecord, ReportIn, ReportKind, ReportOut, ReportState, state_of
from schemas.review import CaseState
from schemas.verdict import Action, CaseScope, Priority
from service.store.cases import RAISED_BY_PEOPLE, Cases, Cause
from service.store.ids import Noun, new_id
from service.store.inserting import insert_or
from service.store.labels import Labels
from service.store.standing import replaced, undone
from service.store.storable import storable
from service.store.tables.cases import IS_OPEN, Case
from service.store.tables.decisions import Decision, DecisionTrack
from service.store.tables.reports import Report, Reporter
from service.store.tables.tracks import Track
from service.store.unindexed import unindexed

QUEUE = "reports"
CAUSE = f"{RAISED_BY_PEOPLE}report"
LOOKED_AT = 30
"""Latest notices of a reporter by which they are known."""
_AT_ONCE = 10
SUSPENDED_FOR = timedelta(days=90)


class NoSuchTrack(Exception):
    """The notice names no track of this tenant; ``field`` says where."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class Suspended(Exception):
    """Notices of this reporter are not taken for now."""

    def __init__(self, until: datetime) -> None:
        super().__init__(f"notices from this address are not taken until {until.date().isoformat()}")


class Reports:
    """Notices to one tenant."""

    def __init__(self, session: Session, tenant_id: str) -> None:
        self._session = session
        self._tenant_id = tenant_id

    def receive(self, said: ReportIn, *, via: str, now: datetime) -> tuple[Report, bool]:
        """Keep a notice; false where this reporter has an open one with the same claim on this track: that one comes
        back.

        All notices with one claim on one track share a case. One from a reporter whose notices proved unfounded waits
        behind the others. Raises :class:`NoSuchTrack` and :class:`Suspended`.
        """
        track, key = self._track(said), said.email.casefold()
        reporter = self._reporter(key, now)
        if reporter.suspended_until is not None and reporter.suspended_until > now:
            raise Suspended(reporter.suspended_until)
        known = self._open_one(track, said.kind, key)
        if known is not None:
            return known, False
        opened = self._join(track, said, self.record(key, now).unreliable, now)
        row = Report(
            id=new_id(Noun.REPORT),
            tenant_id=self._tenant_id,
            track_id=track.id,
            case_id=opened.id,
            kind=said.kind,
            role=said.role,
            name=storable(said.name),
            email=storable(said.email),
            email_key=storable(key),
            statement=storable(said.statement),
            links=[storable(link) for link in said.links],
            via=storable(via)[:255],
            received_at=now,
        )
        self._session.add(row)
        self._session.flush()
        return row, True

    def get(self, report_id: str) -> Report | None:
        query = select(Report).where(Report.id == report_id, Report.tenant_id == self._tenant_id)
        return self._session.scalars(query).one_or_none()

    def page(self, *, before: str = "", limit: int = 100) -> Sequence[Report]:
        """Newest first, from the one before the id ``before``."""
        query = select(Report).where(Report.tenant_id == self._tenant_id)
        if before:
            query = query.where(Report.id < before)
        return self._session.scalars(query.order_by(Report.id.desc()).limit(limit)).all()

    def of_case(self, case_id: str, *, limit: int = 50) -> Sequence[Report]:
        """Oldest first."""
        query = select(Report).where(Report.case_id == case_id, unindexed(Report.tenant_id) == self._tenant_id)
        return self._session.scalars(query.order_by(Report.id).limit(limit)).all()

    def state(self, row: Report) -> tuple[ReportState, str | None]:
        """What came of a notice, and the decision that stands on its case."""
        return self.states([row])[row.id]

    def states(self, rows: Sequence[Report]) -> dict[str, tuple[ReportState, str | None]]:
        """The same of many, by their ids."""
        query = _ended(select(Report.id, _SAID, Decision.id), Report.case_id, Report.track_id, outer=False)
        ended = self._session.execute(query.where(Report.id.in_([row.id for row in rows])))
        found = {report_id: (state_of(action), decision_id) for report_id, action, decision_id in ended}
        return {row.id: found.get(row.id, (ReportState.OPEN, None)) for row in rows}

    def record(self, email_key: str, now: datetime) -> ReporterRecord:
        """How the latest notices of a reporter ended: by what the decision that stands says of their track, where the
        case is not open again."""
        return self.records([email_key], now)[email_key]

    def records(self, email_keys: Collection[str], now: datetime) -> dict[str, ReporterRecord]:
        """The same of several, by their addresses."""
        suspended = select(Reporter.email_key, Reporter.suspended_until)
        suspended = suspended.where(Reporter.tenant_id == self._tenant_id, Reporter.email_key.in_(email_keys))
        until = dict(self._session.execute(suspended.where(Reporter.suspended_until > now)).all())
        keys, found = sorted(email_keys), {}
        for start in range(0, len(keys), _AT_ONCE):
            named = itertools.zip_longest(range(_AT_ONCE), keys[start : start + _AT_ONCE], fillvalue="")
            asked = {"tenant": self._tenant_id} | {f"key_{n}": key for n, key in named}
            for key, notices, upheld, rejected in self._session.execute(_RECORDS, asked):
                found[key] = ReporterRecord(
                    notices=notices, upheld=upheld, rejected=rejected, suspended_until=until.get(key)
                )
        return {key: found.get(key, ReporterRecord(notices=0, upheld=0, rejected=0)) for key in keys}

    def suspend(self, report_id: str, *, by: str, now: datetime, lift: bool = False) -> Reporter | None:
        """Take no notices of this one's reporter for ninety days, or take them again."""
        row = self.get(report_id)
        reporter = self._session.get(Reporter, (self._tenant_id, row.email_key)) if row is not None else None
        if reporter is not None:
            reporter.suspended_until, reporter.suspended_by = (None, None) if lift else (now + SUSPENDED_FOR, by)
            self._session.flush()
        return reporter

    def out(self, row: Report, now: datetime) -> ReportOut:
        return self.several([row], now)[0]

    def several(self, rows: Sequence[Report], now: datetime) -> list[ReportOut]:
        """Notices as reviewers see them; each reporter is looked up once."""
        records, states = self.records({row.email_key for row in rows}, now), self.states(rows)
        return [self._out(row, *states[row.id], records[row.email_key]) for row in rows]

    def _out(self, row: Report, state: ReportState, decision_id: str | None, reporter: ReporterRecord) -> ReportOut:
        return ReportOut(
            id=row.id,
            track_id=row.track_id,
            case_id=row.case_id,
            kind=row.kind,
            role=row.role,
            name=row.name,
            email=row.email,
            statement=row.statement,
            links=row.links,
            received_at=row.received_at,
            via=row.via,
            state=state,
            decision_id=decision_id,
            reporter=reporter,
        )

    def _track(self, said: ReportIn) -> Track:
        """The track that is named, locked; of one ISRC the one that was accepted last."""
        query = select(Track).where(Track.tenant_id == self._tenant_id)
        query = query.where(Track.id == said.track_id if said.track_id else Track.isrc == said.isrc)
        found = self._session.scalars(query.order_by(Track.accepted_seq.desc()).limit(1).with_for_update()).first()
        if found is None:
            field = "track_id" if said.track_id else "isrc"
            raise NoSuchTrack(field, f"no track of this catalogue has this {'id' if said.track_id else 'ISRC'}")
        return found

    def _reporter(self, key: str, now: datetime) -> Reporter:
        row = insert_or(self._session, Reporter).values(tenant_id=self._tenant_id, email_key=storable(key), since=now)
        self._session.execute(row.on_conflict_do_nothing(index_elements=["tenant_id", "email_key"]))
        query = select(Reporter).where(Reporter.tenant_id == self._tenant_id, Reporter.email_key == storable(key))
        return self._session.scalars(query.with_for_update().execution_options(populate_existing=True)).one()

    def _open_one(self, track: Track, kind: ReportKind, key: str) -> Report | None:
        query = select(Report).join(Case, Case.id == Report.case_id)
        query = query.where(Report.tenant_id == self._tenant_id, Report.email_key == storable(key))
        query = query.where(Report.track_id == track.id, Report.kind == kind, Case.state == CaseState.OPEN)
        return self._session.scalars(query.limit(1)).first()

    def _join(self, track: Track, said: ReportIn, unreliable: bool, now: datetime) -> Case:
        cause = f"{CAUSE}:{said.kind.value}"
        open_case = select(Case.id).where(
            Case.tenant_id == self._tenant_id,
            Case.scope == CaseScope.TRACK,
            Case.subject_key == track.id,
            Case.cause == cause,
            IS_OPEN,
        )
        case_id = self._session.scalar(open_case)
        before = self._session.get(Case, case_id) if case_id else None
        count = 1 + (self._session.scalar(select(func.count()).where(Report.case_id == case_id)) or 0 if case_id else 0)
        urgency = Priority.P3 if unreliable else URGENCY[said.kind]
        claim, role = said.kind.value.replace("_", " "), said.role.value.replace("_", " ")
        view = Labels(self._session).view(track)
        return Cases(self._session).join(
            track,
            Cause(
                scope=CaseScope.TRACK,
                subject_key=track.id,
                cause=cause,
                policy=POLICY[said.kind],
                queue=before.queue if before is not None else QUEUE,
                priority=min(urgency, before.priority) if before is not None else urgency,
                action=max(view.action, Action.QUEUE, key=lambda action: action.rank),
                reason=f"{count} notice{'s' if count > 1 else ''} from outside: {claim}, by a {role}",
            ),
            content=str(track.revision),
            now=now,
        )


_SAID = func.coalesce(DecisionTrack.action, Decision.action)
"""What a decision says of a notice's track."""


def _ended(query: Select[Any], case_id: Any, track_id: Any, *, outer: bool) -> Select[Any]:
    """Join to notices the decision that stands on their case, where that is not open again."""
    return (
        query.join(Case, and_(Case.id == case_id, Case.state != CaseState.OPEN), isouter=outer)
        .join(Decision, and_(Decision.case_id == Case.id, ~undone(), ~replaced()), isouter=outer)
        .outerjoin(DecisionTrack, and_(DecisionTrack.decision_id == Decision.id, DecisionTrack.track_id == track_id))
    )


def _records() -> Select[Any]:
    """The latest notices of :data:`_AT_ONCE` reporters, and how many of them were found right and wrong; built once, as
    pages ask it often. Each reporter's are taken by themselves: of a join or a window PostgreSQL reads all notices."""
    latest = union_all(*(select(_latest(bindparam(f"key_{n}"))) for n in range(_AT_ONCE))).subquery()
    upheld, rejected = (func.count(case((holds, 1))) for holds in (_SAID != Action.NONE, _SAID == Action.NONE))
    query = select(latest.c.email_key, func.count(), upheld, rejected).select_from(latest)
    return _ended(query, latest.c.case_id, latest.c.track_id, outer=True).group_by(latest.c.email_key)


def _latest(key: BindParameter[str]) -> Subquery:
    mine = (Report.tenant_id == bindparam("tenant"), Report.email_key == key)
    newest = select(Report.email_key, Report.case_id, Report.track_id).where(*mine).order_by(Report.id.desc())
    return newest.limit(LOOKED_AT).subquery()


_RECORDS = _records()
