from datetime import timedelta

import pytest

from service.facts.rings import Tie
from service.facts.velocity import Velocity
from service.store.counters import Counters
from service.store.sightings import Sightings
from service.store.tables.counters import CounterKind, DecayedCount, HourlyCount
from service.store.ties import Ties
from tests.deliveries import NOON, deliver

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


def _activity(session, track):
    row = Sightings(session).of(track.id)
    return Counters(session).activity(track.tenant_id, [row.sender_key], row)


def _fresh(session, *tracks):
    return [Sightings(session).of(track.id).fresh for track in tracks]


def test_a_sender_is_counted_up_to_each_delivery_and_no_further(database):
    with database.write() as session:
        tracks = [deliver(session, f"song {n}", at=NOON + n * MINUTE, sender={"id": "s"}) for n in range(4)]
        deliver(session, "elsewhere", at=NOON, sender={"id": "other"})
        deliver(session, "another tenant", at=NOON, by="stranger", sender={"id": "s"})
        counts = [_activity(session, track).fresh.since(track.accepted_at, DAY) for track in tracks]
        assert counts == [0, 1, 2, 3]


def test_without_a_named_sender_the_tenant_is_the_sender(database):
    with database.write() as session:
        deliver(session, "one")
        last = deliver(session, "two")
        deliver(session, "three", sender={"id": "s"})
        assert _activity(session, last).fresh.since(last.accepted_at, DAY) == 1


def test_only_files_and_isrcs_that_nobody_delivered_before_are_new(database):
    with database.write() as session:
        first = deliver(session, "hit", by="owner", isrc="QZEM62600001")
        file = deliver(session, "hit", at=NOON + MINUTE)
        isrc = deliver(session, "remaster", at=NOON + 2 * MINUTE, isrc="QZEM62600001")
        own = deliver(session, "own", at=NOON + 4 * MINUTE)
        assert _fresh(session, first, file, isrc, own) == [True, False, False, True]


def test_what_analysis_finds_is_corrected_once_in_the_hour_of_acceptance(database):
    with database.write() as session:
        noise = deliver(session, "noise", sender={"id": "s"})
        copy = deliver(session, "copy", at=NOON + MINUTE, sender={"id": "s"})
        last = deliver(session, "last", at=NOON + 2 * MINUTE, sender={"id": "s"})
        counters = Counters(session)
        row, other = Sightings(session).of(noise.id), Sightings(session).of(copy.id)
        assert counters.correct(row, fresh=True, functional=True, short=True)
        assert not counters.correct(row, fresh=True, functional=True, short=True)
        assert counters.correct(other, fresh=False, functional=False, short=True)
        key = (last.tenant_id, CounterKind.ACCOUNT, last.sender_key, row.hour)
        session.expire_all()
        count = session.get(HourlyCount, key)
        assert (count.fresh, count.functional, count.short) == (2, 1, 1)
        activity = _activity(session, last)
        assert [bucket.since(last.accepted_at, DAY) for bucket in (activity.fresh, activity.functional)] == [1, 1]


def test_counts_reach_back_over_the_days(database):
    with database.write() as session:
        deliver(session, "first ever", at=NOON - 400 * DAY)
        deliver(session, "ten days ago", at=NOON - 10 * DAY)
        last = deliver(session, "today")
        activity = _activity(session, last)
        assert sum(activity.daily(NOON, 28)) == 1
        assert activity.daily(NOON, 28)[9] == 1


def test_decayed_counts_are_kept_by_what_a_delivery_shows(database):
    said = {"id": "s", "parent": "house", "payout_hash": "p", "device_hash": "d", "ip": "198.18.7.9"}
    with database.write() as session:
        deliver(session, "one", artist="Ann", sender=said)
        last = deliver(session, "two", at=NOON + DAY, artist="Bea", sender={**said, "id": "t"})
        again = deliver(session, "two", at=NOON + DAY, artist="Bea", sender={**said, "id": "t"})
        paces = Sightings(session).of(last.id).paces
        assert paces == {"account": 1.0, "parent": 1.5, "artist": 1.0, "payout": 1.5, "device": 1.5, "network": 1.5}
        assert Sightings(session).of(again.id).paces == paces
        assert session.get(DecayedCount, (last.tenant_id, CounterKind.NETWORK, "198.18.7")).value == 1.5


def test_accounts_that_share_a_payout_are_a_ring_from_the_second_on_and_only_within_their_tenant(database):
    with database.write() as session:
        first = deliver(session, "one", sender={"id": "a", "payout_hash": "p"})
        second = deliver(session, "two", sender={"id": "b", "payout_hash": "p"})
        deliver(session, "three", by="stranger", sender={"id": "c", "payout_hash": "p"})
        ties = Ties(session)
        early = ties.rings(first.tenant_id, first.sender_key, until=first.accepted_seq)
        assert early.ring_of(first.sender_key) == {first.sender_key}
        both = frozenset({first.sender_key, second.sender_key})
        assert (
            ties.rings(first.tenant_id, second.sender_key, until=second.accepted_seq).ring_of(second.sender_key) == both
        )
        assert ties.ring_now(first.tenant_id, second.sender_key) == (first.sender_key, both)


def test_a_network_that_a_whole_office_shares_joins_nobody_and_is_not_read_to_the_end(database):
    with database.write() as session:
        tracks = [
            deliver(session, f"song {n}", sender={"id": f"s{n}", "ip": f"198.18.7.{n}", "device_hash": "lobby"})
            for n in range(70)
        ]
        last = tracks[-1]
        rings = Ties(session).rings(last.tenant_id, last.sender_key)
        assert rings.ring_of(last.sender_key) == {last.sender_key}
        assert len(rings.accounts_on[Tie.NETWORK, "198.18.7"]) <= 62
        early = Ties(session).rings(last.tenant_id, tracks[3].sender_key, until=tracks[3].accepted_seq)
        assert len(early.ring_of(tracks[3].sender_key)) == 4


def test_long_and_odd_tokens_are_told_apart_and_kept_short(database):
    with database.write() as session:
        odd = "\U0001f600" * 255
        first = deliver(session, "one", artist=odd, sender={"id": odd, "payout_hash": odd, "ip": odd, "parent": odd})
        row = Sightings(session).of(first.id)
        assert len(row.keys["payout"]) == 64
        second = deliver(session, "two", sender={"id": "b", "payout_hash": odd[:-1] + "x"})
        assert Sightings(session).of(second.id).keys["payout"] != row.keys["payout"]


def test_a_key_is_compared_with_its_own_past_as_a_replay_does(database):
    """The same deliveries counted in memory; what analysis corrects later changes nothing."""
    replayed = Velocity()
    with database.write() as session:
        for number in range(60):
            at = NOON + (number // 2 * DAY if number < 40 else 20 * DAY) + number * 7 * MINUTE
            said = {"id": f"s{number % 4}", "parent": "house", "payout_hash": "p", "ip": "198.18.7.9"}
            audio = "again" if number % 9 == 0 else f"song {number}"
            track = deliver(session, audio, at=at, artist=f"Name {number % 3}", sender=said)
            row = Sightings(session).of(track.id)
            Counters(session).correct(row, fresh=number % 5 != 0, functional=False, short=False)
            counted = replayed.count(row.keys, row.at, new=audio != "again" or number == 0)
            assert Counters(session).velocity(row).model_dump() == pytest.approx(counted.model_dump())
        assert counted.payout_surprise > 2
        assert counted.payout_cusum is not None
