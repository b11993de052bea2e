from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.facts.windows import Decayed, HourlyBuckets

NOW = datetime(2026, 11, 20, 12, 30, tzinfo=UTC)
HOURS = st.lists(st.integers(0, 24 * 40), max_size=40)


@given(HOURS, HOURS)
def test_sums_are_those_of_a_plain_count_however_adding_and_reading_mix(before, after):
    buckets = HourlyBuckets(keep_days=60)
    for hours in before:
        buckets.add(NOW - timedelta(hours=hours))
    buckets.since(NOW, timedelta(days=7))
    for hours in after:
        buckets.add(NOW - timedelta(hours=hours))
    assert buckets.since(NOW, timedelta(days=7)) == sum(hours < 24 * 7 for hours in before + after)


def test_what_is_older_than_kept_is_forgotten():
    buckets = HourlyBuckets(keep_days=2)
    buckets.add(NOW - timedelta(days=5))
    buckets.add(NOW)
    assert len(buckets.counts) == 1


def test_a_script_round_the_clock_is_even_and_a_person_is_not():
    script, person = HourlyBuckets(), HourlyBuckets()
    for hours in range(1, 24 * 7):
        at = NOW - timedelta(hours=hours)
        script.add(at, 5)
        if 9 <= at.hour <= 17:
            person.add(at, 5)
    assert script.evenness(NOW) > 0.99
    assert person.evenness(NOW) < 0.75


def test_evenness_of_a_few_uploads_is_unknown():
    buckets = HourlyBuckets()
    buckets.add(NOW - timedelta(hours=3), 99)
    assert buckets.evenness(NOW) is None
    buckets.add(NOW - timedelta(hours=4), 99)
    assert buckets.evenness(NOW) is None  # all on one day


@given(st.permutations([0, 5, 30, 100, 400]))
def test_a_decayed_sum_does_not_depend_on_the_order_of_arrival(order):
    counter = Decayed(timedelta(hours=24))
    for hours in order:
        counter.add(NOW - timedelta(hours=hours))
    expected = sum(2 ** (-hours / 24) for hours in order)
    assert counter.read(NOW) == pytest.approx(expected)
    assert counter.read(NOW + timedelta(hours=24)) == pytest.approx(expected / 2)
