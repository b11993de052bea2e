"""Numbers: what came in, what was decided and put aside, and how right the rules are, day by day.

Everything but what is open now comes from daily figures, so that a page costs what its days cost.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse, StreamingResponse

from schemas.numbers import Figure, Waited
from schemas.quality import Finding
from schemas.verdict import Action
from service.api.backend import BackendDep
from service.console.charts import Chart, bar_chart, line_chart
from service.console.csv_lines import csv_lines
from service.console.rendering import HEADERS, page
from service.console.sessions import SignedIn
from service.quality.rates import Share, counted, false_positive_rate
from service.store.case_queue import CaseQueue
from service.store.clock import utc_now
from service.store.daily_figures import all_days, by_day, counted_at, first_counted, totals
from service.store.decision_export import COLUMNS, decisions

router = APIRouter(prefix="/numbers")
LONGEST = 400
"""Most days that the page shows; the tables to take away have any number."""
BY_WEEK_FROM = 100
PRESETS = (7, 30, 90, 365)
_COUNTED_WHOLE = (Figure.JUDGED, Figure.OPENED, Figure.DECIDED)
_DRAWN_APART = (Figure.AI, Figure.REVERSED)
"""Figures that are drawn by day: as sums over their keys, and each key by itself."""
Day = Annotated[str, Query(max_length=20)]


@dataclass(frozen=True, slots=True)
class Stretch:
    """Days that are shown, both ends included."""

    since: date
    until: date
    shortened: bool = False

    @property
    def days(self) -> list[date]:
        return [self.since + timedelta(days=n) for n in range((self.until - self.since).days + 1)]


@dataclass(frozen=True, slots=True)
class Table:
    """A chart and the same as a table: headings, and a row for each step."""

    title: str
    chart: Chart
    headings: list[str]
    rows: list[tuple[str, list[str]]]


@router.get("")
def numbers(backend: BackendDep, reviewer: SignedIn, since: Day = "", until: Day = "") -> HTMLResponse:
    stretch = stretch_of(since, until, utc_now().date())
    with backend.database.read() as session:
        about = (session, reviewer.tenant_id, stretch.since, stretch.until)
        summed, rows = totals(*about), by_day(*about, summed=_COUNTED_WHOLE, whole=_DRAWN_APART)
        queues = CaseQueue(session, reviewer.tenant_id).queues()
        as_of = counted_at(session)
    steps = _steps(stretch)
    by_step = _by_step(rows, steps)
    return page(
        "numbers.html",
        here="/console/numbers",
        reviewer=reviewer,
        stretch=stretch,
        longest=LONGEST,
        presets=[(n, utc_now().date() - timedelta(days=n - 1)) for n in PRESETS],
        today=utc_now().date(),
        as_of=as_of,
        open_now=sum(one.cases for one in queues),
        oldest_at=min((one.oldest_at for one in queues), default=None),
        queues=queues,
        judged=_sum(summed, Figure.JUDGED),
        opened=_sum(summed, Figure.OPENED),
        decided=_sum(summed, Figure.DECIDED),
        in_time=counted(summed[Figure.IN_TIME, "yes"], _sum(summed, Figure.IN_TIME)),
        reversed=counted(
            min(_sum(summed, Figure.REVERSED), _sum(summed, Figure.DECIDED)), _sum(summed, Figure.DECIDED)
        ),
        tables=[_flow(by_step), _ai(by_step), _waits(summed), _reversals(by_step)],
        actions=[(action.value, summed[Figure.ACTION, action.value]) for action in Action],
        precision=_upheld(summed, Figure.FINDING),
        missed=_upheld(summed, Figure.SAMPLE),
        false_positives=_false_positives(summed),
        rules=_rules(summed),
    )


@router.get("/figures.csv")
def figures_csv(backend: BackendDep, reviewer: SignedIn, since: Day = "", until: Day = "") -> StreamingResponse:
    """Every figure of every day of the stretch."""
    stretch = stretch_of(since, until, utc_now().date(), longest=None)
    with backend.database.read() as session:
        first = first_counted(session) or stretch.since
    pieces = all_days(backend.database, reviewer.tenant_id, max(first, stretch.since), stretch.until)
    written = ([(day.isoformat(), figure.value, key, value) for day, figure, key, value in piece] for piece in pieces)
    return _csv("figures", csv_lines(("day", "figure", "key", "value"), written))


@router.get("/decisions.csv")
def decisions_csv(backend: BackendDep, reviewer: SignedIn, since: Day = "", until: Day = "") -> StreamingResponse:
    """Every decision of the stretch, those put aside included."""
    stretch = stretch_of(since, until, utc_now().date(), longest=None)
    pieces = decisions(
        backend.database, reviewer.tenant_id, _midnight(stretch.since), _midnight(stretch.until + timedelta(days=1))
    )
    return _csv("decisions", csv_lines(COLUMNS, pieces))


def stretch_of(since: str, until: str, today: date, longest: int | None = LONGEST) -> Stretch:
    """The days that an address asks for; the last thirty where it does not say, or says what is no day."""
    end = min(_day(until) or today, today)
    start = min(_day(since) or end - timedelta(days=29), end)
    if longest is not None and (end - start).days >= longest:
        return Stretch(end - timedelta(days=longest - 1), end, shortened=True)
    return Stretch(start, end)


def _day(written: str) -> date | None:
    try:
        day = date.fromisoformat(written)
    except ValueError:
        return None
    return day if day.year >= 2000 else date(2000, 1, 1)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, datetime.min.time(), UTC)


def _steps(stretch: Stretch) -> dict[date, str]:
    """Which step each day belongs to: its own, or its week's."""
    if len(stretch.days) < BY_WEEK_FROM:
        return {day: day.strftime("%d %b") for day in stretch.days}
    return {day: f"{(day - timedelta(days=day.weekday())).strftime('%d %b %y')}" for day in stretch.days}


Steps = Mapping[str, Counter[tuple[Figure, str]]]


def _by_step(rows: Sequence[tuple[date, Figure, str, int]], steps: Mapping[date, str]) -> Steps:
    found: dict[str, Counter[tuple[Figure, str]]] = {step: Counter() for step in steps.values()}
    for day, figure, key, value in rows:
        found[steps[day]][figure, key] += value
    return found


def _sum(counts: Mapping[tuple[Figure, str], int], figure: Figure) -> int:
    return sum(value for (one, _), value in counts.items() if one is figure)


def _lines(title: str, steps: Steps, series: Mapping[str, Sequence[float | None]], form: str) -> Table:
    rows = [
        (step, ["–" if values[n] is None else form.format(values[n]) for values in series.values()])
        for n, step in enumerate(steps)
    ]
    return Table(title, line_chart(list(steps), series), list(series), rows)


def _flow(steps: Steps) -> Table:
    opened = [float(_sum(one, Figure.OPENED)) for one in steps.values()]
    decided = [float(_sum(one, Figure.DECIDED)) for one in steps.values()]
    return _lines("Cases opened and decided", steps, {"opened": opened, "decided": decided}, "{:,.0f}")


def _ai(steps: Steps) -> Table:
    names = {"declared": "declared", "detected": "detected", "detected, not declared": "undeclared"}
    series: dict[str, list[float | None]] = {
        name: [
            100 * one[Figure.AI, key] / judged if (judged := _sum(one, Figure.JUDGED)) else None
            for one in steps.values()
        ]
        for name, key in names.items()
    }
    return _lines("AI in % of tracks judged", steps, series, "{:.1f}")


def _waits(totals: Counter[tuple[Figure, str]]) -> Table:
    values = [totals[Figure.WAITED, one.value] for one in Waited]
    rows = [(one.value, [f"{value:,}"]) for one, value in zip(Waited, values, strict=True)]
    chart = bar_chart([one.value for one in Waited], [float(value) for value in values])
    return Table("How long cases had been open when they were decided", chart, ["decisions"], rows)


def _reversals(steps: Steps) -> Table:
    names = {"taken back": "taken_back", "replaced": "replaced", "on appeal": "on_appeal"}
    series = {name: [float(one[Figure.REVERSED, key]) for one in steps.values()] for name, key in names.items()}
    return _lines("Decisions put aside", steps, series, "{:,.0f}")


def _upheld(totals: Counter[tuple[Figure, str]], figure: Figure) -> Share:
    upheld, cleared = (totals[figure, one.value] for one in (Finding.UPHELD, Finding.CLEARED))
    return counted(upheld, upheld + cleared)


def _false_positives(totals: Counter[tuple[Figure, str]]) -> Share:
    unflagged = sum(totals[Figure.JUDGED, one.value] for one in (Action.NONE, Action.LABEL))
    missed = _upheld(totals, Figure.SAMPLE)
    return false_positive_rate(
        totals[Figure.FINDING, Finding.CLEARED.value], unflagged, int(missed.of), int(missed.part)
    )


def _rules(totals: Counter[tuple[Figure, str]]) -> list[tuple[str, Share]]:
    """Each rule that people judged, those judged most first."""
    found: defaultdict[str, list[int]] = defaultdict(lambda: [0, 0])
    for (figure, key), value in totals.items():
        if figure in (Figure.RULE_RIGHT, Figure.RULE_WRONG):
            found[key][figure is Figure.RULE_WRONG] += value
    shares = [(rule, counted(right, right + wrong)) for rule, (right, wrong) in found.items()]
    return sorted(shares, key=lambda one: (-one[1].of, one[0]))


def _csv(name: str, text: object) -> StreamingResponse:
    headers = HEADERS | {"content-disposition": f'attachment; filename="{name}.csv"'}
    return StreamingResponse(text, media_type="text/csv", headers=headers)  # type: ignore[arg-type]
