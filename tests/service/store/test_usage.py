from datetime import timedelta

from service.store.usage import Usage, seconds_to_midnight
from tests.deliveries import NOON, tenant


def test_tracks_are_counted_by_the_hour_and_the_day_for_each_tenant(database):
    with database.write() as session:
        usage, one, other = Usage(session), tenant(session).id, tenant(session, "other").id
        assert [usage.count_track(one, NOON + timedelta(minutes=minutes)) for minutes in (0, 59, 60)] == [1, 2, 1]
        assert usage.count_track(other, NOON) == 1
        assert usage.tracks_today(one, NOON) == 3
        assert usage.tracks_today(other, NOON) == 1
        assert usage.tracks_today(one, NOON + timedelta(hours=12)) == 0
        usage.forget(NOON + timedelta(hours=1))
        assert usage.tracks_today(one, NOON) == 1


def test_a_quota_begins_anew_at_midnight():
    assert seconds_to_midnight(NOON) == 12 * 3600
    assert seconds_to_midnight(NOON + timedelta(hours=11, minutes=59, seconds=59.9)) == 1
