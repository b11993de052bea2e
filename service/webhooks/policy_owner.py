"""What the policy owner is told when a brake lowers a rule: a message as webhooks send it. Pure."""

from datetime import datetime, timedelta

import orjson

from service.store.tables.policy import RuleBrake

SHORTEST_S = 10.0
LONGEST_S = 3600.0
GIVEN_UP = timedelta(days=7)


def message_id(brake: RuleBrake) -> str:
    """The same for every attempt, so that a receiver can tell what it has."""
    return f"msg_brake_{brake.id}"


def body_of(brake: RuleBrake) -> bytes:
    """Senders are counted, not named: the message leaves the house."""
    return orjson.dumps(
        {
            "type": "rule.lowered",
            "timestamp": brake.engaged_at.isoformat(),
            "data": {
                "rule": brake.rule,
                "version": brake.version,
                "acted_as": brake.acted_as.value,
                "lowered_to": brake.lowered_to.value,
                "good_senders": len(brake.good_senders),
                "expected": brake.expected,
                "tracks_judged_again": brake.tracks,
                "message": brake.message,
            },
        }
    )


def pause_s(brake: RuleBrake, now: datetime) -> float | None:
    """Seconds until the next attempt: as long as the message waits already, at most an hour; ``None``: give up."""
    waited = now - brake.engaged_at
    if waited > GIVEN_UP:
        return None
    return min(LONGEST_S, max(SHORTEST_S, waited.total_seconds()))
