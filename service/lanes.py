"""Which lane a delivery takes. Pure.

A release of the coming days is looked at before anything else, a back catalogue after everything else, so that an
import of millions delays neither Friday's releases nor what people ask for.
"""

from datetime import date, timedelta

from service.store.tables.jobs import Lane

SOON = timedelta(days=14)
"""A release this close is urgent: distributors deliver one to four weeks ahead, and a person may have to look yet."""

JUST_OUT = timedelta(days=3)
LONG_OUT = timedelta(days=90)


def lane_of(release_date: date | None, today: date, *, accepted_this_hour: int, bulk_after: int) -> Lane:
    """The lane of a track.

    EITHER the release is out within :data:`SOON` or since :data:`JUST_OUT`: the lane of release dates, OR it has been
    out for :data:`LONG_OUT`: back catalogue, OR it is normal. Past ``bulk_after`` tracks in an hour a tenant's
    deliveries are an import and go one lane down, so that nobody's import calls itself Friday's release.

    :param accepted_this_hour: tracks of the tenant in this hour, this one included
    """
    lane = Lane.NORMAL
    if release_date is not None and today - JUST_OUT <= release_date <= today + SOON:
        lane = Lane.RELEASE_DATE
    elif release_date is not None and release_date < today - LONG_OUT:
        lane = Lane.BACK_CATALOGUE
    if accepted_this_hour > bulk_after:
        return Lane.NORMAL if lane is Lane.RELEASE_DATE else Lane.BACK_CATALOGUE
    return lane
