from datetime import UTC, datetime, timedelta

import pytest

from schemas.catalogue import SenderTier
from service.facts.reputation import Reputation, spam_interval
from service.facts.senders import SenderState, network_of

NOW = datetime(2026, 11, 20, tzinfo=UTC)


def sender(age_days=1_000, **given):
    return SenderState("s1", created_at=NOW - timedelta(days=age_days), **given)


@pytest.mark.parametrize(("fine", "spam", "mean"), [(500, 0, 0.0018), (10, 10, 0.157), (1950, 50, 0.025)])
def test_the_share_of_spam_is_shrunk_towards_the_prior(fine, spam, mean):
    interval = spam_interval(float(fine), float(spam))
    assert interval.mean == pytest.approx(mean, rel=0.03)
    assert interval.low < interval.mean < interval.high


def test_more_decisions_narrow_the_interval():
    few, many = spam_interval(10.0, 10.0), spam_interval(1_000.0, 1_000.0)
    assert many.high - many.low < few.high - few.low


def test_decisions_weigh_less_by_two_per_cent_a_week():
    reputation = Reputation()
    reputation.decided(NOW, fine=100, spam=10)
    assert reputation.read(NOW + timedelta(weeks=10)) == (
        pytest.approx(100 * 0.98**10),
        pytest.approx(10 * 0.98**10),
    )
    reputation.decided(NOW + timedelta(weeks=10), spam=1)
    assert reputation.spam == pytest.approx(10 * 0.98**10 + 1)


@pytest.mark.parametrize(
    ("given", "established"),
    [
        ({"tier": SenderTier.TRUSTED}, True),
        ({"tier": SenderTier.VERIFIED, "prior_tracks": 5_000}, True),
        ({"tier": SenderTier.VERIFIED, "prior_tracks": 60}, False),
        ({"tier": SenderTier.VERIFIED, "reputation": Reputation(fine=200)}, True),
        ({"tier": SenderTier.VERIFIED, "prior_tracks": 5_000, "age_days": 90}, False),
        ({"tier": SenderTier.UNVERIFIED, "prior_tracks": 5_000}, False),
        ({"tier": SenderTier.TRUSTED, "reputation": Reputation(fine=20, spam=30)}, False),
    ],
)
def test_who_is_established(given, established):
    assert sender(**given).reputation_facts(NOW).established is established


def test_a_trusted_account_whose_payout_and_device_change_together_loses_its_trust():
    account = sender(tier=SenderTier.TRUSTED, payout="p1", device="d1")
    account.now_uses(NOW - timedelta(days=3), payout="p2")
    assert account.reputation_facts(NOW).established is True
    account.now_uses(NOW - timedelta(days=2), device="d2")
    facts = account.reputation_facts(NOW)
    assert (facts.taken_over, facts.established) == (True, False)
    assert account.reputation_facts(NOW + timedelta(days=30)).established is True


def test_the_first_payout_and_device_of_an_account_are_no_change():
    account = sender(tier=SenderTier.TRUSTED)
    account.now_uses(NOW, payout="p1", device="d1", ip="198.18.0.1")
    assert account.taken_over(NOW) is False


def test_a_network_is_a_24_or_a_48():
    assert network_of("198.18.77.21") == "198.18.77"
    assert network_of("2001:db8:1:2::5") == "2001:db8:1"
    assert network_of(None) is None
