"""An uploader's timeline: new recordings a day, with decisions and appeals under them, as a chart and as a table."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from schemas.appeals import AppealState
from schemas.review import ReasonCode
from schemas.verdict import Action
from service.store.uploaders import LOOKED_AT, Appealed, Decided, Uploader

DAYS = 90
DAYS_BESIDE_A_CASE, LOOKED_AT_BESIDE_A_CASE = 30, 200
SHOWN_EVENTS = 100

_EPOCH = date(1970, 1, 1)
_WIDTH, _BARS, _STRIP = 720, 96, 18
_AGAINST = (Action.HOLD, Action.BLOCK)


@dataclass(frozen=True, slots=True)
class Bar:
    x: float
    y: float
    width: float
    height: float
    text: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A decision or an appeal at its day. ``kind`` is how it went for the uploader: good, bad or open."""

    x: float
    y: float
    kind: str
    text: str


@dataclass(slots=True)
class Day:
    """One row of the table."""

    on: date
    new: int = 0
    decisions: list[Decided] = field(default_factory=list)
    appeals: list[Appealed] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Timeline:
    """Ready for ``timeline.html``. ``name`` is what the tenant calls the uploader."""

    name: str
    first_at: datetime
    span: int
    since: date
    until: date
    new: int
    against: int
    cleared: int
    appeals: int
    won: int
    bars: list[Bar]
    marks: list[Mark]
    days: list[Day]
    looked_at: int
    width: int = _WIDTH
    height: int = _BARS + 2 * _STRIP
    ground: int = _BARS

    @property
    def text(self) -> str:
        """The chart in words."""
        return (
            f"New recordings in {self.span} days: {self.new:,}. Decisions that stand: {self.against} held or blocked, "
            f"{self.cleared} cleared. Appeals won: {self.won} of {self.appeals}."
        )


def timeline(
    session: Session, tenant_id: str, name: str, now: datetime, span: int = DAYS, looked_at: int = LOOKED_AT
) -> Timeline | None:
    """The last ``span`` days of an uploader, with what came of its latest ``looked_at`` deliveries; ``None`` where
    nobody of that name delivered anything."""
    uploader = Uploader(session, tenant_id, name, looked_at)
    account = uploader.account()
    if account is None:
        return None
    last = (now.date() - _EPOCH).days
    first = last - span + 1
    new = uploader.new_by_day(first, last)
    decisions, appeals = uploader.decisions(SHOWN_EVENTS), uploader.appeals(SHOWN_EVENTS)
    days = _days(new, decisions, appeals, first)
    standing = [one for one in decisions if one.stands]
    return Timeline(
        name=name,
        first_at=account.first_at,
        span=span,
        since=_EPOCH + timedelta(first),
        until=_EPOCH + timedelta(last),
        new=sum(new.values()),
        against=sum(one.action in _AGAINST for one in standing),
        cleared=sum(one.action is Action.NONE or one.reason is ReasonCode.REVIEWED_BENIGN for one in standing),
        appeals=len(appeals),
        won=sum(one.state is AppealState.REVERSED for one in appeals),
        bars=_bars(new, first, span),
        marks=_marks(days, first, span),
        days=days,
        looked_at=uploader.looked_at,
    )


def _days(new: dict[int, int], decisions: list[Decided], appeals: list[Appealed], first: int) -> list[Day]:
    """Days on which anything happened, the latest first. An open appeal stands at the day it was lodged."""
    found: dict[date, Day] = {}

    def on(moment: date) -> Day:
        return found.setdefault(moment, Day(moment))

    for day, count in new.items():
        on(_EPOCH + timedelta(day)).new = count
    for decision in decisions:
        on(decision.at.date()).decisions.append(decision)
    for appeal in appeals:
        on((appeal.decided_at or appeal.lodged_at).date()).appeals.append(appeal)
    since = _EPOCH + timedelta(first)
    return [found[day] for day in sorted(found, reverse=True) if day >= since]


def _bars(new: dict[int, int], first: int, span: int) -> list[Bar]:
    top, each = max(new.values(), default=1), _WIDTH / span
    bars = []
    for day, count in sorted(new.items()):
        height = max(2.0, (_BARS - 14) * count / top)
        on = (_EPOCH + timedelta(day)).isoformat()
        x = round((day - first) * each + 0.5, 1)
        bars.append(Bar(x, round(_BARS - height, 1), round(each - 1, 1), round(height, 1), f"{on}: {count:,} new"))
    return bars


def _marks(days: list[Day], first: int, span: int) -> list[Mark]:
    marks = []
    for day in reversed(days):
        x = round((((day.on - _EPOCH).days - first) + 0.5) * _WIDTH / span, 1)
        for decision in day.decisions[:1]:
            kind = "bad" if decision.action in _AGAINST else "good"
            more = f" and {len(day.decisions) - 1} more" if len(day.decisions) > 1 else ""
            said = f"{day.on}: decided {decision.action.value}{more}"
            marks.append(Mark(x, _BARS + _STRIP / 2, kind, said))
        for appeal in day.appeals[:1]:
            kind = {AppealState.REVERSED: "good", AppealState.UPHELD: "bad"}.get(appeal.state, "open")
            marks.append(Mark(x, _BARS + 1.5 * _STRIP, kind, f"{day.on}: {appeal.outcome}"))
    return marks
