"""The two sets of servers that everything must run on alike."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.running import Running
from tests.servers import postgres_server, redis_server

SETUPS = ("sqlite+filesystem", "postgresql+redis")


@contextmanager
def fresh_service(setup: str, **more: object) -> Iterator[Running]:
    """A service with nothing in it, two worker processes and ``more`` settings, on one of :data:`SETUPS`."""
    with tempfile.TemporaryDirectory(prefix="earmark-acceptance-", ignore_cleanup_errors=True) as folder:
        data = Path(folder) / "data"
        settings: dict[str, object] = {"worker_processes": 2, "lease_s": 15, "dispatch_interval_s": 0.3, **more}
        if setup == "sqlite+filesystem":
            with Running(data, settings) as service:
                yield service
            return
        with postgres_server() as postgres, redis_server() as redis:
            settings |= {"database_url": postgres.create_database(), "broker_url": redis.url}
            with Running(data, settings) as service:
                yield service
