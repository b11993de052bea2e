"""Keys against their own past: a payout, a device, an artist."""

from datetime import UTC, datetime, timedelta

import pytest

from service.facts.surprise import CUSUM_ALARM
from service.facts.velocity import COMPARED, Velocity

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)


def deliver(velocity, keys, count, *, at=NOON, new=True):
    """So many in as many minutes; the facts of the last."""
    facts = None
    for number in range(count):
        facts = velocity.count(keys, at + number * MINUTE, new=new)
    return facts


@pytest.mark.parametrize("kind", COMPARED)
def test_a_burst_of_ten_small_accounts_shows_under_what_they_share(kind):
    velocity = Velocity()
    for account in range(10):
        velocity.remember({"account": f"a{account}", kind: "shared"}, NOON, [0, 1] * 20)
    facts = [deliver(velocity, {"account": f"a{n}", kind: "shared"}, 9, at=NOON + n * 10 * MINUTE) for n in range(10)]
    assert getattr(facts[-1], f"{kind}_surprise") > 6
    assert facts[-1].account == pytest.approx(9, abs=0.1)


def test_an_ordinary_day_is_no_surprise():
    velocity = Velocity()
    velocity.remember({"payout": "p"}, NOON, [20, 35, 25, 0, 30] * 12)
    assert deliver(velocity, {"payout": "p"}, 30).payout_surprise < 2


def test_low_and_slow_shows_in_the_cumulative_sum_and_in_no_single_day():
    velocity = Velocity()
    velocity.remember({"device": "d"}, NOON, [0] * 30 + [1] * 2 + [0] * 5)
    facts = [deliver(velocity, {"device": "d"}, 3, at=NOON + day * DAY) for day in range(25)]
    assert max(fact.device_surprise for fact in facts) < 4
    assert facts[-1].device_cusum >= CUSUM_ALARM


def test_a_key_of_less_than_two_weeks_has_no_past():
    velocity = Velocity()
    early = deliver(velocity, {"artist": "a"}, 5)
    assert (early.artist_surprise, early.artist_cusum) == (None, None)
    assert early.artist == pytest.approx(5, abs=0.1)
    assert deliver(velocity, {"artist": "a"}, 1, at=NOON + 10 * DAY).artist_surprise is None
    assert deliver(velocity, {"artist": "a"}, 60, at=NOON + 16 * DAY).artist_surprise > 4


def test_what_was_known_before_counts_under_no_key():
    velocity = Velocity()
    velocity.remember({"payout": "p"}, NOON, [0] * 40)
    assert deliver(velocity, {"payout": "p"}, 300, new=False).payout_surprise == 0
