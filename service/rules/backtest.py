"""What rules would have done: evaluated on stored facts, with the values of their moment.

Counters and history are part of the stored facts, so that a rule is judged by what was known when the track came in,
and not by what is known now. Precision is counted on tracks that a person decided about; it says nothing of the others,
which is why it comes with its interval and with the volume.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from schemas.facts import Scalar
from schemas.verdict import Action, CaseScope, RuleStatus
from service.rules.compiled import CompiledRule
from service.rules.engine import fact_language
from service.rules.loading import LoadedPack
from service.rules.pack import Rule
from service.rules.program import rules_function
from service.rules.wilson import wilson_interval

GOOD_SHOWN = 50
"""Good tracks that are named for each rule; all are counted."""


class Confirmed(StrEnum):
    """What a person found: the rule's suspicion was right, or the track was fine."""

    BAD = "bad"
    GOOD = "good"


@dataclass(frozen=True, slots=True)
class Moment:
    """The stored facts of one track at one judgement. Unknown facts have no key."""

    track: str
    day: str
    """Date of acceptance, ISO 8601; volume is counted by it."""
    facts: Mapping[str, Scalar]
    sender: str | None = None
    release: str | None = None
    recording: str | None = None
    confirmed: Confirmed | None = None


@dataclass(frozen=True, slots=True)
class RuleReport:
    """One rule over all moments."""

    rule: str
    version: int
    status: RuleStatus
    action: Action
    tracks: int
    """Tracks it would have hit."""
    not_evaluable: int
    per_day: float
    busiest_day: int
    cases_per_day: float
    """New cases for reviewers: what one case groups counts once a day."""
    only_by_this: int
    """Tracks that no live rule reaches with as strong an action."""
    bad: int
    good: int
    precision: tuple[float, float, float] | None
    """Share of bad among the reviewed hits, with its interval of 95 %; missing where none was reviewed."""
    good_tracks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BacktestReport:
    moments: int
    days: int
    reviewed: int
    cases_per_day: float
    """New cases for reviewers by all live rules together: rules of one clause on one subject make one case."""
    rules: tuple[RuleReport, ...]


@dataclass
class _Tally:
    per_day: Counter[str] = field(default_factory=Counter)
    cases: set[tuple[str, str]] = field(default_factory=set)
    only: int = 0
    bad: int = 0
    good: int = 0
    good_tracks: list[str] = field(default_factory=list)


def backtest(packs: Sequence[LoadedPack], moments: Iterable[Moment]) -> BacktestReport:
    """Every rule of the packs that is not retired, drafts included, over stored facts in one pass."""
    rules = [ready for pack in packs for ready in pack.rules if ready.rule.status is not RuleStatus.RETIRED]
    tallies: defaultdict[str, _Tally] = defaultdict(_Tally)
    not_evaluable = [0] * len(rules)
    judge = rules_function([ready.conditions for ready in rules], fact_language().types)
    days: set[str] = set()
    cases: set[tuple[str, ...]] = set()
    count = reviewed = 0
    for moment in moments:
        count += 1
        days.add(moment.day)
        reviewed += moment.confirmed is not None
        matched, undecided = judge(moment.facts)
        for index in undecided:
            not_evaluable[index] += 1
        hits = [rules[index].rule for index in matched]
        _count(hits, moment, tallies)
        cases.update(_live_cases(hits, moment))
    reports = (
        _report(ready, tallies[ready.rule.id], unknown, max(1, len(days)))
        for ready, unknown in zip(rules, not_evaluable, strict=True)
    )
    return BacktestReport(count, len(days), reviewed, len(cases) / max(1, len(days)), tuple(reports))


def _count(hits: Sequence[Rule], moment: Moment, tallies: Mapping[str, _Tally]) -> None:
    for rule in hits:
        tally = tallies[rule.id]
        tally.per_day[moment.day] += 1
        if rule.then.case is not None:
            tally.cases.add((moment.day, _case_of(rule.then.case, moment)))
        tally.only += not any(_covers(other, rule) for other in hits)
        if moment.confirmed is Confirmed.BAD:
            tally.bad += 1
        elif moment.confirmed is Confirmed.GOOD:
            tally.good += 1
            if len(tally.good_tracks) < GOOD_SHOWN:
                tally.good_tracks.append(moment.track)


def _live_cases(hits: Sequence[Rule], moment: Moment) -> Iterator[tuple[str, ...]]:
    for rule in hits:
        if rule.status is RuleStatus.LIVE and rule.then.case is not None:
            yield moment.day, rule.policy, rule.then.case.value, _case_of(rule.then.case, moment)


def _covers(other: Rule, rule: Rule) -> bool:
    """A live rule other than this one does as much to the track."""
    live = other.status is RuleStatus.LIVE and other.id != rule.id
    return live and other.then.at_least.rank >= rule.then.at_least.rank


def _case_of(scope: CaseScope, moment: Moment) -> str:
    subjects = {
        CaseScope.TRACK: moment.track,
        CaseScope.RELEASE: moment.release,
        CaseScope.RECORDING: moment.recording,
        CaseScope.SENDER: moment.sender,
    }
    return subjects[scope] or moment.track


def _report(ready: CompiledRule, tally: _Tally, not_evaluable: int, days: int) -> RuleReport:
    rule, judged = ready.rule, tally.bad + tally.good
    tracks = tally.per_day.total()
    return RuleReport(
        rule=rule.id,
        version=rule.version,
        status=rule.status,
        action=rule.then.at_least,
        tracks=tracks,
        not_evaluable=not_evaluable,
        per_day=tracks / days,
        busiest_day=max(tally.per_day.values(), default=0),
        cases_per_day=len(tally.cases) / days,
        only_by_this=tally.only,
        bad=tally.bad,
        good=tally.good,
        precision=(tally.bad / judged, *wilson_interval(tally.bad, judged)) if judged else None,
        good_tracks=tuple(tally.good_tracks),
    )
