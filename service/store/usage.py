"""What tenants delivered, counted in the transaction that accepts it: exact, and the same for every process."""

from datetime import datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from service.store.inserting import insert_or
from service.store.tables.tenant_usage import TenantUsage


class Usage:
    def __init__(self, session: Session) -> None:
        self._session = session

    def count_track(self, tenant_id: str, now: datetime) -> int:
        """Count one more; how many that makes in this hour."""
        insert = insert_or(self._session, TenantUsage).values(tenant_id=tenant_id, hour=hour_of(now), tracks=1)
        counted = insert.on_conflict_do_update(
            index_elements=["tenant_id", "hour"], set_={"tracks": TenantUsage.tracks + 1}
        )
        return int(self._session.execute(counted.returning(TenantUsage.tracks)).scalar_one())

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


def seconds_to_midnight(moment: datetime) -> int:
    """Until a quota of the day begins anew; at least 1."""
    return max(1, round((midnight_before(moment) + timedelta(days=1) - moment).total_seconds()))
