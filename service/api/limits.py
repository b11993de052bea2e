"""How much a tenant may ask for: requests a minute, tracks a day, and room on the disk."""

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

import structlog
from limits import RateLimitItem, RateLimitItemPerMinute
from limits.storage import MemoryStorage, Storage, storage_from_string
from limits.strategies import SlidingWindowCounterRateLimiter
from sqlalchemy.orm import Session

from schemas.problems import ProblemType
from service.api.problems import ProblemError
from service.auth.guesses import Guesses
from service.quotas import tracks_a_day
from service.settings import Settings
from service.store.blobs import BlobStorage
from service.store.clock import utc_now
from service.store.usage import QuotaReached, Usage, seconds_to_midnight

log = structlog.get_logger(__name__)

_REDIS = {"socket_timeout": 0.5, "socket_connect_timeout": 0.5}


@dataclass(frozen=True)
class Limits:
    """The limits of one application. Requests are counted in Redis where that is the broker, so that all processes
    count together, and in this process otherwise."""

    settings: Settings

    @cached_property
    def _window(self) -> SlidingWindowCounterRateLimiter:
        return SlidingWindowCounterRateLimiter(self._storage)

    @cached_property
    def guesses(self) -> Guesses:
        """Failed attempts to sign in."""
        return Guesses(self._storage)

    @cached_property
    def _storage(self) -> Storage:
        url = self.settings.broker_url
        return storage_from_string(url, **_REDIS) if url.startswith(("redis://", "rediss://")) else MemoryStorage()

    def check_requests(self, tenant_id: str, per_minute: int | None) -> None:
        """Count a request; a 429 with ``Retry-After`` past the limit. A counter that does not answer limits nobody."""
        allowed = self.settings.requests_per_minute if per_minute is None else per_minute
        if not allowed:
            return
        item = RateLimitItemPerMinute(allowed, namespace="earmark")
        try:
            if self._window.hit(item, tenant_id):
                return
            wait_s = self._window.get_window_stats(item, tenant_id).reset_time - time.time()
        except Exception as error:
            log.warning("requests cannot be counted", error=type(error).__name__)
            return
        raise ProblemError(
            ProblemType.TOO_MANY_REQUESTS,
            f"You may send {allowed} requests a minute.",
            headers={"Retry-After": str(max(1, math.ceil(min(wait_s, 60.0))))},
        )

    def hit(self, item: RateLimitItem, key: str) -> bool:
        """Count something under a limit of its own; false past it. A counter that does not answer limits nobody."""
        try:
            return self._window.hit(item, key)
        except Exception as error:
            log.warning("requests cannot be counted", error=type(error).__name__)
            return True

    def check_tracks(self, session: Session, tenant_id: str) -> None:
        """A 429 where the tenant has delivered as many tracks today as it may."""
        allowed = tracks_a_day(session, self.settings, tenant_id)
        now = utc_now()
        if allowed and Usage(session).tracks_today(tenant_id, now) >= allowed:
            raise quota_problem(allowed, now)

    def check_room(self, blobs: BlobStorage, expected_bytes: int) -> None:
        """A 507 where so many more bytes would leave less room than must stay: a disk that is full harms everybody."""
        if blobs.free_bytes() - expected_bytes < self.settings.min_free_bytes:
            raise ProblemError(
                ProblemType.STORAGE_FULL, "There is not enough room for this upload.", headers={"Retry-After": "300"}
            )


def quota_problem(allowed: int, now: datetime) -> ProblemError:
    """A 429 that says when the next day begins."""
    return ProblemError(
        ProblemType.QUOTA_REACHED,
        f"You may deliver {allowed} tracks a day (UTC).",
        headers={"Retry-After": str(seconds_to_midnight(now))},
    )


@contextmanager
def quota_told(now: datetime) -> Iterator[None]:
    """A quota that is found used up in here ends in its 429."""
    try:
        yield
    except QuotaReached as reached:
        raise quota_problem(reached.allowed, now) from None
