"""A connection to PostgreSQL that does not wait for ever.

A server that is stopped, or a machine that hangs, keeps its connections: the network below acknowledges what is sent,
so neither keep-alives nor ``tcp_user_timeout`` notice, and the server's own ``statement_timeout`` does not run. So the
client counts as well.
"""

from collections.abc import Callable
from typing import Any

import psycopg
from psycopg.errors import _WaitTimeout
from sqlalchemy import Dialect, Engine, event
from sqlalchemy.engine.interfaces import ConnectArgsType

PING_S = 3.0
"""How long a connection from the pool may take to say that it is alive."""

GRACE_S = 5.0
"""How much longer the client waits than the server works: where it lives, the server's own limit speaks first."""


class PatientConnection(psycopg.Connection[Any]):
    """Ends itself where the server has not finished an operation after ``limit_s`` (``None``: without limit)."""

    limit_s: float | None = None

    def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
        """Every exchange with the server goes through here: statements, commits, closing."""
        try:
            return super().wait(gen, interval, timeout=self.limit_s if timeout is None else timeout)
        except _WaitTimeout:
            if timeout is not None:
                raise
            self.pgconn.finish()
            raise psycopg.OperationalError(f"the server has not answered for {self.limit_s:g} s") from None


def be_patient(engine: Engine, statement_s: float) -> None:
    """Let an engine's connections wait :data:`GRACE_S` longer than ``statement_s``, and for a ping :data:`PING_S`."""
    ping: Callable[[Any], bool] = engine.dialect.do_ping

    @event.listens_for(engine, "do_connect")
    def _connect(_dialect: Dialect, _record: Any, args: ConnectArgsType, options: dict[str, Any]) -> Any:
        connection = PatientConnection.connect(*args, **options)
        connection.limit_s = statement_s + GRACE_S
        return connection

    def _ping(connection: PatientConnection) -> bool:
        limit_s, connection.limit_s = connection.limit_s, PING_S
        try:
            return ping(connection)
        finally:
            connection.limit_s = limit_s

    engine.dialect.do_ping = _ping  # type: ignore[method-assign]
