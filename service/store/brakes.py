"""Brakes on rules, and the stored verdicts that they are judged by."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from schemas.catalogue import SenderTier
from schemas.verdict import Action
from service.store.tables.policy import RuleBrake
from service.store.tables.tracks import Track
from service.store.tables.verdicts import Verdict

GOOD_TIERS = (SenderTier.TRUSTED, SenderTier.VERIFIED)
_ROUTED = (Action.QUEUE, Action.HOLD, Action.BLOCK)
_SEVERE = (Action.HOLD, Action.BLOCK)
_ROWS_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class Acted:
    """One rule that acted on one track."""

    rule: str
    version: int
    action: Action
    track: str
    sender: str
    tier: SenderTier | None
    at: datetime


class Brakes:
    def __init__(self, session: Session) -> None:
        self._session = session

    def engaged(self) -> Sequence[RuleBrake]:
        """Brakes that hold, oldest first."""
        return self._session.scalars(
            select(RuleBrake).where(RuleBrake.released_at.is_(None)).order_by(RuleBrake.id)
        ).all()

    def history(self, *, limit: int = 50) -> Sequence[RuleBrake]:
        """Newest first."""
        return self._session.scalars(select(RuleBrake).order_by(RuleBrake.id.desc()).limit(limit)).all()

    def engage(self, brake: RuleBrake) -> bool:
        """Keep a brake. False: the rule has one already."""
        held = select(RuleBrake.id).where(
            RuleBrake.rule == brake.rule, RuleBrake.version == brake.version, RuleBrake.released_at.is_(None)
        )
        if self._session.scalar(held) is not None:
            return False
        self._session.add(brake)
        self._session.flush()
        return True

    def told(self, brake_id: int, now: datetime) -> None:
        """Note that the policy owner's address took the message."""
        held = self._session.get_one(RuleBrake, brake_id)
        held.told_at = now
        self._session.flush()

    def release(self, rule: str, *, by: str, now: datetime) -> RuleBrake | None:
        """Let go of the brake on a rule; nothing where there is none."""
        query = select(RuleBrake).where(RuleBrake.rule == rule, RuleBrake.released_at.is_(None)).with_for_update()
        found = self._session.scalars(query.order_by(RuleBrake.id)).all()
        for brake in found:
            brake.released_at, brake.released_by = now, by
        self._session.flush()
        return found[-1] if found else None

    def last_released(self) -> dict[tuple[str, int], datetime]:
        """When each rule was last released: what it did before counts no more."""
        query = select(RuleBrake.rule, RuleBrake.version, func.max(RuleBrake.released_at))
        query = query.where(RuleBrake.released_at.is_not(None)).group_by(RuleBrake.rule, RuleBrake.version)
        return {(rule, version): _aware(at) for rule, version, at in self._session.execute(query)}

    def holds(self, since: datetime, until: datetime, *, good_only: bool) -> Iterator[Acted]:
        """Live rules that held or blocked a track, by verdicts first reached in a stretch of time, superseded ones too.

        ``good_only`` leaves out all but trusted and verified senders.
        """
        where = [Verdict.action.in_(_SEVERE), *_between(since, until)]
        if good_only:
            where.append(_good())
        yield from (acted for acted in self._acted(where) if acted.action in _SEVERE)

    def reached_by(self, rule: str, since: datetime) -> set[str]:
        """Tracks whose standing verdict the rule has part in, by verdicts first reached since then."""
        where = [Verdict.standing, Verdict.action.in_(_ROUTED), Verdict.decided_at >= since]
        return {acted.track for acted in self._acted(where) if acted.rule == rule}

    def good_senders(self, since: datetime, until: datetime) -> int:
        """Trusted and verified senders with a verdict in a stretch of time."""
        query = select(func.count(Track.sender_key.distinct())).join(Verdict, Verdict.track_id == Track.id)
        return self._session.scalar(query.where(_good(), *_between(since, until))) or 0

    def good_sender_days(self, until: datetime, days: int) -> int:
        """The same day by day for a number of days before, added up."""
        ends = [until - timedelta(days=day) for day in range(days)]
        return sum(self.good_senders(end - timedelta(days=1), end) for end in ends)

    def decided_since(self, since: datetime) -> list[str]:
        """Tracks whose standing verdict was first reached since then."""
        query = select(Verdict.track_id).where(Verdict.standing, Verdict.decided_at >= since)
        return list(self._session.scalars(query))

    def _acted(self, where: Sequence[ColumnElement[bool]]) -> Iterator[Acted]:
        columns = (Verdict.track_id, Verdict.judgement, Verdict.decided_at, Track.sender_key, _tier())
        query = select(*columns).join(Track, Track.id == Verdict.track_id).where(*where).order_by(Verdict.decided_at)
        for track, judgement, at, sender, tier in self._session.execute(
            query.execution_options(yield_per=_ROWS_AT_ONCE)
        ):
            known = SenderTier(tier) if tier in _TIERS else None
            for fired in judgement["fired"]:
                yield Acted(fired["rule"], fired["version"], Action(fired["action"]), track, sender, known, at)


_TIERS = {tier.value for tier in SenderTier}


def _tier() -> ColumnElement[str]:
    """The sender's tier as the rules saw it."""
    tier: ColumnElement[str] = Verdict.facts[("sender", "tier")].as_string()
    return tier


def _good() -> ColumnElement[bool]:
    return _tier().in_([tier.value for tier in GOOD_TIERS])


def _between(since: datetime, until: datetime) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return Verdict.decided_at >= since, Verdict.decided_at < until


def _aware(moment: datetime) -> datetime:
    """``max`` of a column keeps its type on both databases; this holds it to that."""
    assert moment.tzinfo is not None
    return moment
