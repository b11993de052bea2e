"""The brake at work: rules that suddenly hit good senders act one rung lower until their owner decides.

It looks at stored verdicts alone, so that it sees what really happened, whoever judged and whenever it looks. Any
number of processes may look at once: a rule has one brake at a time.
"""

from collections import defaultdict
from datetime import datetime, timedelta

import structlog
from sqlalchemy.orm import Session

from service.brake_release import release
from service.rules import RuleSet
from service.rules.brake import LEAST_SENDERS, Braking, Hit, brake
from service.rules.compiled import CompiledRule
from service.store.brakes import Acted, Brakes
from service.store.database import Database
from service.store.jobs import Jobs
from service.store.tables.jobs import JobKind, Lane
from service.store.tables.policy import RuleBrake
from workers.policy_owner import owner_subject

WINDOW = timedelta(hours=24)
__all__ = ["HISTORY_DAYS", "WINDOW", "look", "release"]

HISTORY_DAYS = 28
"""Days before the window by which it is known how many good senders a rule hits ordinarily."""

log = structlog.get_logger(__name__)


def look(database: Database, rules: RuleSet, now: datetime) -> list[Braking]:
    """Lower every live rule that must be lowered, and ask for new verdicts on what it did; returns what was lowered."""
    with database.read() as session:
        found = _found(session, rules, now)
    return [braking for braking, version in found if _engage(database, braking, version, now)]


def _found(session: Session, rules: RuleSet, now: datetime) -> list[tuple[Braking, int]]:
    brakes = Brakes(session)
    engaged = {(held.rule, held.version) for held in brakes.engaged()}
    released = brakes.last_released()
    live = {ready.rule.id: ready for ready in rules.live()}
    suspects: defaultdict[str, set[str]] = defaultdict(set)
    for acted in brakes.holds(now - WINDOW, now, good_only=True):
        if _counts(acted, live, released):
            suspects[acted.rule].add(acted.sender)
    found = []
    for rule, senders in sorted(suspects.items()):
        ready = live[rule]
        if len(senders) < LEAST_SENDERS or (rule, ready.rule.version) in engaged:
            continue
        if braking := _judge(brakes, ready, released.get((rule, ready.rule.version)), now):
            found.append((braking, ready.rule.version))
    return found


def _judge(brakes: Brakes, ready: CompiledRule, released: datetime | None, now: datetime) -> Braking | None:
    rule, since = ready.rule, max(now - WINDOW, released or now - WINDOW)
    hits = [
        Hit(acted.track, acted.sender, acted.tier)
        for acted in brakes.holds(since, now, good_only=False)
        if (acted.rule, acted.version, acted.action) == (rule.id, rule.version, rule.then.action)
    ]
    return brake(
        rule.id,
        rule.then.action,
        [name for condition in ready.conditions for name in condition.facts],
        hits,
        good_senders_active=brakes.good_senders(since, now),
        ordinary_share=_ordinary_share(brakes, rule.id, now - WINDOW),
    )


def _ordinary_share(brakes: Brakes, rule: str, until: datetime) -> float:
    """Share of the good senders of a day that the rule, in any version, hit on the days before; 0 without history."""
    days = {
        ((until - acted.at) // timedelta(days=1), acted.sender)
        for acted in brakes.holds(until - timedelta(days=HISTORY_DAYS), until, good_only=True)
        if acted.rule == rule
    }
    active = brakes.good_sender_days(until, HISTORY_DAYS) if days else 0
    return len(days) / active if active else 0.0


def _counts(acted: Acted, live: dict[str, CompiledRule], released: dict[tuple[str, int], datetime]) -> bool:
    """Only what the rule does as it stands counts, and nothing from before its owner last released it."""
    ready = live.get(acted.rule)
    if ready is None or (ready.rule.version, ready.rule.then.action) != (acted.version, acted.action):
        return False
    since = released.get((acted.rule, acted.version))
    return since is None or acted.at >= since


def _engage(database: Database, braking: Braking, version: int, now: datetime) -> bool:
    tracks = braking.tracks_to_judge_again

    def engage(session: Session) -> bool:
        held = RuleBrake(
            rule=braking.rule,
            version=version,
            acted_as=braking.acted_as,
            lowered_to=braking.lowered_to,
            good_senders=list(braking.good_senders),
            expected=braking.expected,
            tracks=len(tracks),
            message=braking.message,
            engaged_at=now,
        )
        if not Brakes(session).engage(held):
            return False
        Jobs(session).enqueue_many(JobKind.DECIDE, tracks, lane=Lane.NORMAL, now=now)
        Jobs(session).enqueue(JobKind.NOTIFY, owner_subject(held.id), now=now)
        return True

    engaged = database.attempt(engage)
    if engaged:
        log.error("brake on a rule", rule=braking.rule, message=braking.message, tracks=len(tracks))
    return engaged
