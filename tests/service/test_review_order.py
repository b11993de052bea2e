"""The order of cases: heavier first, and nobody waits for ever."""

from datetime import UTC, datetime, timedelta
from itertools import product

from schemas.verdict import Priority
from service.review_order import LEAST_SURE, OVERTAKEN_FOR, rank_at, review_by

NOON = datetime(2026, 12, 1, 12, tzinfo=UTC)


def test_of_cases_opened_together_harm_reach_and_confidence_decide() -> None:
    plain = rank_at(NOON, Priority.P2, 1, 0.5)
    assert rank_at(NOON, Priority.P1, 1, 0.5) < plain
    assert rank_at(NOON, Priority.P2, 40, 0.5) < plain
    assert rank_at(NOON, Priority.P2, 1, 0.9) < plain
    assert rank_at(NOON - timedelta(hours=1), Priority.P2, 1, 0.5) < plain


def test_no_case_is_overtaken_by_one_that_is_opened_later_than_the_bound() -> None:
    lightest = rank_at(NOON, Priority.P3, 0, 0.0)
    for priority, tracks, sure in product(Priority, (0, 1, 10, 10**6), (LEAST_SURE, 1.0, 7.0)):
        later = rank_at(NOON + OVERTAKEN_FOR + timedelta(seconds=1), priority, tracks, sure)
        assert lightest < later


def test_the_due_time_follows_the_priority_alone() -> None:
    assert review_by(NOON, Priority.P0) == NOON + timedelta(hours=1)
