"""Daily figures: each day is counted whole from the tables that it is about, and replaced in one transaction.

A day that is over is counted once more and then left alone, so a page costs what its days cost, however many tracks and
decisions there are. Counting twice does no harm, and stopping half-way leaves what was there. Everything can be made
anew from the same tables.
"""

import time
from collections import Counter
from collections.abc import Collection, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import Select, case, delete, func, insert, literal, select
from sqlalchemy.orm import Session

from schemas.numbers import Figure
from service.store.counting import Counts, count_day
from service.store.database import Database
from service.store.inserting import insert_or
from service.store.tables.cases import Case
from service.store.tables.daily_figures import CountedDay, DailyFigure
from service.store.tables.verdicts import Verdict

SETTLES = timedelta(hours=1)
"""How long after its end a day is counted for good: what was under way at midnight is committed by then."""

SHARE_OF_TIME = 0.05
"""Most of one processor's time that counting today over and over may take."""
LEAST_PAUSE = timedelta(minutes=1)
_AT_ONCE = 5_000
_NEVER = datetime(2000, 1, 1, tzinfo=UTC)


def recount(database: Database, day: date, now: datetime) -> float:
    """Count a day and replace its figures, unless a later count has; seconds that it took."""
    began = time.monotonic()
    with database.read() as session:
        counts = count_day(session, day)
    took_s = time.monotonic() - began
    database.attempt(lambda session: _replace(session, day, counts, now, took_s))
    return took_s


def due(session: Session, now: datetime) -> date | None:
    """The day that is to be counted next: the oldest one that is not counted for good, today when it is time again."""
    today = now.astimezone(UTC).date()
    start = _first_open_day(session, today)
    if start is None or start > today:
        return None
    row = session.get(CountedDay, start)
    if row is None or start < (now - SETTLES).astimezone(UTC).date():
        return start
    pause = max(LEAST_PAUSE, timedelta(seconds=row.took_s / SHARE_OF_TIME))
    if row.counted_at + pause <= now:
        return start
    later = start + timedelta(days=1)
    return later if later <= today and session.get(CountedDay, later) is None else None


def count_due(database: Database, now: datetime) -> date | None:
    """Count the day that is due, if one is; which it was."""
    with database.read() as session:
        day = due(session, now)
    if day is not None:
        recount(database, day, now)
    return day


def forget_since(session: Session, since: date) -> None:
    """Have all days from that one on counted again; what is shown meanwhile is what was counted before."""
    session.execute(delete(CountedDay).where(CountedDay.day >= since))


def days(session: Session, tenant_id: str, since: date, until: date) -> list[tuple[date, Figure, str, int]]:
    """Figures of a stretch of days, both ends included, in order."""
    query = select(DailyFigure.day, DailyFigure.figure, DailyFigure.key, DailyFigure.value)
    query = _stretch(query, tenant_id, since, until)
    rows = session.execute(query.order_by(DailyFigure.day, DailyFigure.figure, DailyFigure.key))
    return [(day, figure, key, value) for day, figure, key, value in rows]


def totals(session: Session, tenant_id: str, since: date, until: date) -> Counter[tuple[Figure, str]]:
    """Figures of a stretch of days, both ends included, each summed over the days."""
    value = func.sum(DailyFigure.value)
    query = _stretch(select(DailyFigure.figure, DailyFigure.key, value), tenant_id, since, until)
    rows = session.execute(query.group_by(DailyFigure.figure, DailyFigure.key))
    return Counter({(figure, key): int(count) for figure, key, count in rows})


def by_day(
    session: Session, tenant_id: str, since: date, until: date, *, summed: Collection[Figure], whole: Collection[Figure]
) -> list[tuple[date, Figure, str, int]]:
    """Some figures of each day of a stretch, both ends included; those to be ``summed`` over their keys under the empty
    key, ``whole`` ones under each."""
    key, value = case((DailyFigure.figure.in_(summed), literal("")), else_=DailyFigure.key), func.sum(DailyFigure.value)
    query = _stretch(select(DailyFigure.day, DailyFigure.figure, key, value), tenant_id, since, until)
    query = query.where(DailyFigure.figure.in_([*summed, *whole]))
    rows = session.execute(query.group_by(DailyFigure.day, DailyFigure.figure, key))
    return [(day, figure, heading, int(count)) for day, figure, heading, count in rows]


def _stretch(query: Select[Any], tenant_id: str, since: date, until: date) -> Select[Any]:
    return query.where(DailyFigure.tenant_id == tenant_id, DailyFigure.day >= since, DailyFigure.day <= until)


def all_days(
    database: Database, tenant_id: str, since: date, until: date
) -> Iterator[list[tuple[date, Figure, str, int]]]:
    """The same in pieces of a month, each in a session of its own: any stretch can be read out."""
    while since <= until:
        end = min(until, since + timedelta(days=30))
        with database.read() as session:
            yield days(session, tenant_id, since, end)
        since = end + timedelta(days=1)


def counted_at(session: Session) -> datetime | None:
    """As of when the newest day is counted."""
    return session.scalar(select(CountedDay.counted_at).order_by(CountedDay.day.desc()).limit(1))


def first_counted(session: Session) -> date | None:
    """The first day that is counted."""
    return session.scalar(select(func.min(CountedDay.day)))


def first_day(session: Session) -> date | None:
    """The first day on which anything happened that is counted."""
    moments = [session.scalar(select(func.min(column))) for column in (Case.opened_at, Verdict.decided_at)]
    known = [moment.astimezone(UTC).date() for moment in moments if moment is not None]
    return min(known, default=None)


def _first_open_day(session: Session, today: date) -> date | None:
    """The first day that is not counted for good. Counted days have no gaps but those that :func:`forget_since` made,
    which reach up to today."""
    final = session.scalar(select(CountedDay.day).where(CountedDay.final).order_by(CountedDay.day.desc()).limit(1))
    return final + timedelta(days=1) if final is not None else first_day(session)


def _replace(session: Session, day: date, counts: Counts, now: datetime, took_s: float) -> None:
    blank = insert_or(session, CountedDay).values(day=day, counted_at=_NEVER, final=False, took_s=0)
    session.execute(blank.on_conflict_do_nothing(index_elements=["day"]))
    row = session.scalars(select(CountedDay).where(CountedDay.day == day).with_for_update()).one()
    if row.counted_at > now:
        return
    row.counted_at, row.took_s = now, took_s
    row.final = now >= datetime.combine(day + timedelta(days=1), datetime.min.time(), UTC) + SETTLES
    session.execute(delete(DailyFigure).where(DailyFigure.day == day))
    rows = [
        {"tenant_id": tenant_id, "day": day, "figure": figure, "key": key, "value": value}
        for (tenant_id, figure, key), value in sorted(counts.items())
    ]
    for start in range(0, len(rows), _AT_ONCE):
        session.execute(insert(DailyFigure), rows[start : start + _AT_ONCE])
