from datetime import date, timedelta

import pytest

from service.lanes import JUST_OUT, LONG_OUT, SOON, lane_of
from service.store.tables.jobs import Lane

TODAY = date(2026, 11, 20)
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("release_date", "lane"),
    [
        (None, Lane.NORMAL),
        (TODAY, Lane.RELEASE_DATE),
        (TODAY + SOON, Lane.RELEASE_DATE),
        (TODAY + SOON + DAY, Lane.NORMAL),
        (TODAY - JUST_OUT, Lane.RELEASE_DATE),
        (TODAY - JUST_OUT - DAY, Lane.NORMAL),
        (TODAY - LONG_OUT, Lane.NORMAL),
        (TODAY - LONG_OUT - DAY, Lane.BACK_CATALOGUE),
        (date(1967, 6, 1), Lane.BACK_CATALOGUE),
        (date.min, Lane.BACK_CATALOGUE),
        (date.max, Lane.NORMAL),
    ],
)
def test_the_lane_follows_the_release_date(release_date: date | None, lane: Lane) -> None:
    assert lane_of(release_date, TODAY, accepted_this_hour=1, bulk_after=100) is lane


@pytest.mark.parametrize(
    ("release_date", "lane"),
    [(TODAY, Lane.NORMAL), (None, Lane.BACK_CATALOGUE), (date(1967, 6, 1), Lane.BACK_CATALOGUE)],
)
def test_an_import_goes_one_lane_down_whatever_it_says_of_its_dates(release_date: date | None, lane: Lane) -> None:
    assert lane_of(release_date, TODAY, accepted_this_hour=101, bulk_after=100) is lane
