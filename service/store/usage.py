"""What tenants delivered, counted in the transaction that accepts it: exact, and the same for every process."""

from datetime import datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from service.store.inserting import insert_or
from service.store.tables.tenant_usage import TenantUsage


class QuotaReached(Exception):
    """A tenant has delivered as many tracks today as it may: ``allowed``."""

    def __init__(self, allowed: int) -> None:
        self.allowed = allowed
        super().__init__(f"{allowed} tracks a day may be delivered (UTC)")


class Usage:
    def __init__(self, session: Session) -> None:
        self._session = session

    def count_track(self, tenant_id: str, now: datetime, *, allowed: int = 0) -> int:
        """Count one more; how many that makes in this hour.

        :param allowed: how many there may be in a day, 0: any number. Raises :class:`QuotaReached`, with nothing
            counted, where there are so many. Whoever counts for the same tenant meanwhile waits for the commit.
        """
        if allowed:
            self._lock_hour(tenant_id, now)
            if self.tracks_today(tenant_id, now) >= allowed:
                raise QuotaReached(allowed)
        insert = insert_or(self._session, TenantUsage).values(tenant_id=tenant_id, hour=hour_of(now), tracks=1)
        counted = insert.on_conflict_do_update(
            index_elements=["tenant_id", "hour"], set_={"tracks": TenantUsage.tracks + 1}
        )
        return int(self._session.execute(counted.returning(TenantUsage.tracks)).scalar_one())

    def _lock_hour(self, tenant_id: str, now: datetime) -> None:
        insert = insert_or(self._session, TenantUsage).values(tenant_id=tenant_id, hour=hour_of(now), tracks=0)
        same = insert.on_conflict_do_update(index_elements=["tenant_id", "hour"], set_={"tracks": TenantUsage.tracks})
        self._session.execute(same)

    def tracks_today(self, tenant_id: str, now: datetime) -> int:
        """Tracks accepted since midnight, UTC."""
        query = select(func.coalesce(func.sum(TenantUsage.tracks), 0)).where(
            TenantUsage.tenant_id == tenant_id, TenantUsage.hour >= midnight_before(now)
        )
        return int(self._session.scalar(query) or 0)

    def forget(self, before: datetime) -> None:
        """Remove what no quota asks for any more."""
        self._session.execute(delete(TenantUsage).where(TenantUsage.hour < before))


def hour_of(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0)


def midnight_before(moment: datetime) -> datetime:
    return hour_of(moment).replace(hour=0)


def next_day(moment: datetime) -> datetime:
    """When a quota of the day begins anew: the midnight that comes, UTC."""
    return midnight_before(moment) + timedelta(days=1)


def seconds_to_midnight(moment: datetime) -> int:
    """Until a quota of the day begins anew; at least 1."""
    return max(1, round((next_day(moment) - moment).total_seconds()))
