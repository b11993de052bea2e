"""Daily figures of a large deployment: of some days counted, of those before them copied."""

from datetime import timedelta

from sqlalchemy import Date, insert, literal, select

from service.store.clock import utc_now
from service.store.daily_figures import first_day, recount
from service.store.database import Database
from service.store.tables.daily_figures import CountedDay, DailyFigure
from tests.bench.console_load import Load

COUNTED_DAYS = 30
"""Latest days that are counted as the reconciler does it."""
COPIED_FROM = 1_000_000
"""Decisions from which the days before those are copies of one of them, as counting a year takes long."""


def figure_earlier_days(database: Database, load: Load) -> int:
    """Give all days before the counted ones the figures of one of them, where nothing is counted yet; how many."""
    if load.decisions < COPIED_FROM:
        return 0
    now = utc_now()
    last = now.date() - timedelta(days=COUNTED_DAYS)
    with database.read() as session:
        first, known = first_day(session), session.scalar(select(CountedDay.day).limit(1))
    if known is not None or first is None:
        return 0
    recount(database, last, now)
    days = [first + timedelta(days=n) for n in range((last - first).days)]
    kept = (DailyFigure.figure, DailyFigure.key, DailyFigure.value)
    with database.write() as session:
        for day in days:
            copied = select(DailyFigure.tenant_id, literal(day, Date), *kept).where(DailyFigure.day == last)
            names = ["tenant_id", "day", "figure", "key", "value"]
            session.execute(insert(DailyFigure).from_select(names, copied))
            session.add(CountedDay(day=day, counted_at=now, final=True, took_s=0.0))
    return len(days)
