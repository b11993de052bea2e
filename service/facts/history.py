"""Facts of a sender's history: how much is new, and how that compares with the sender's own past.

Volume alone is the worst signal: a fixed limit of 200 a day fires on a real distributor every day of the year. The
test here is against the sender's own 28 days, on the log scale, with a floor under the spread; in simulation it fires
less than four times a year on any ordinary sender. Only *new recordings* count: updates, retries, redeliveries and
ISRCs that are known already do not.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from schemas.catalogue import SenderTier
from schemas.facts import SenderFacts

BASELINE_DAYS = 28
MIN_BASELINE_DAYS = 14
SD_FLOOR = 0.35
"""Floor under the standard deviation of log(1 + daily count): a sender with a flat history may still double a day."""

SHORT_S = (30.0, 35.0)
"""A track of this length earns a royalty and costs next to nothing to make; under 30 s it earns none."""
TWO_MINUTES_S = (120.0, 125.0)
"""The same for noise, which is paid from two minutes on."""
LONG_S = 300.0
"""Of tracks from this length on ten cut from them would be paid ten times, they are paid once."""

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class SentTrack:
    """One acceptance of a sender, reduced to what history counts."""

    accepted_at: datetime
    isrc: str | None = None
    audio_sha256: str | None = None
    known: bool = False
    """The recording or its ISRC was accepted before this one, from anybody, or this is an update or a retry."""
    duration_s: float | None = None
    functional: bool | None = None
    """Noise or silence; unknown until analysed."""


@dataclass(frozen=True, slots=True)
class SenderHistory:
    """A sender's new recordings up to and including the judged one, in windows that end with its acceptance."""

    tier: SenderTier | None = None
    age_days: float | None = None
    tracks_1h: int = 0
    tracks_24h: int = 0
    tracks_7d: int = 0
    functional_24h: int = 0
    short_24h: int = 0
    daily: Sequence[int] = ()
    """New recordings on each day of history before the last 24 hours, the latest first; at most 28 days."""

    @classmethod
    def of(
        cls,
        sent: Iterable[SentTrack],
        at: datetime,
        *,
        tier: SenderTier | None = None,
        first_accepted_at: datetime | None = None,
    ) -> "SenderHistory":
        """Count a sender's acceptances up to ``at``, the acceptance of the judged track, which is among them.

        ``sent`` comes in order of acceptance and needs to reach back 29 days; ``first_accepted_at`` tells the age of a
        sender that is older than that. What came after ``at`` is not counted: later uploads do not change what was
        known then.
        """
        past = [track for track in sent if track.accepted_at <= at]
        first = first_accepted_at or (past[0].accepted_at if past else at)
        fresh = _new_recordings(past)
        last_day = [track for track in fresh if at - track.accepted_at < _DAY]
        days_known = min(BASELINE_DAYS, max(0, (at - first) // _DAY - 1))
        daily = [0] * days_known
        for track in fresh:
            day = (at - track.accepted_at) // _DAY - 1
            if 0 <= day < days_known:
                daily[day] += 1
        return cls(
            tier=tier,
            age_days=(at - first) / _DAY,
            tracks_1h=sum(at - track.accepted_at < timedelta(hours=1) for track in fresh),
            tracks_24h=len(last_day),
            tracks_7d=sum(at - track.accepted_at < timedelta(days=7) for track in fresh),
            functional_24h=sum(track.functional is True for track in last_day),
            short_24h=sum(is_short(track.duration_s) for track in last_day),
            daily=tuple(daily),
        )


def is_short(duration_s: float | None) -> bool:
    return duration_s is not None and SHORT_S[0] <= duration_s <= SHORT_S[1]


def _new_recordings(sent: Iterable[SentTrack]) -> list[SentTrack]:
    """The acceptances that brought a recording which neither the platform nor this sender had delivered before."""
    isrcs: set[str] = set()
    hashes: set[str] = set()
    fresh = []
    for track in sent:
        again = track.known or track.isrc in isrcs or track.audio_sha256 in hashes
        if track.isrc is not None:
            isrcs.add(track.isrc)
        if track.audio_sha256 is not None:
            hashes.add(track.audio_sha256)
        if not again:
            fresh.append(track)
    return fresh


def surge_z(count_24h: int, daily: Sequence[int]) -> float | None:
    """z of ``log(1 + count)`` of the last 24 hours against the days before; unknown under 14 days of history."""
    if len(daily) < MIN_BASELINE_DAYS:
        return None
    logs = [math.log1p(count) for count in daily]
    mean = sum(logs) / len(logs)
    variance = sum((value - mean) ** 2 for value in logs) / (len(logs) - 1)
    return (math.log1p(count_24h) - mean) / max(SD_FLOOR, math.sqrt(variance))


def sender_facts(history: SenderHistory, **counted: Any) -> SenderFacts:
    """Facts of the windows, with what other counters give."""
    return SenderFacts(
        tier=history.tier.value if history.tier else None,
        age_days=history.age_days,
        tracks_1h=history.tracks_1h,
        tracks_24h=history.tracks_24h,
        tracks_7d=history.tracks_7d,
        history_days=len(history.daily),
        surge_z=surge_z(history.tracks_24h, history.daily),
        functional_24h=history.functional_24h,
        short_24h=history.short_24h,
        **counted,
    )
