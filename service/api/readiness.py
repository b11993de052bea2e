"""What the service needs to do its work, asked one by one: database, broker, a worker."""

import os
import time

from schemas.problems import FieldError
from service.api.backend import Backend
from service.store.clock import utc_now
from service.store.workers import Workers

_ANSWER_S = 2.0
"""How long the broker may take to answer, in seconds."""

_LOOKS = 3
_PAUSE_S = 0.3
"""A worker that is between two jobs is seen again this much later, before it is said to do nothing."""


def unready(backend: Backend) -> list[FieldError]:
    """What does not answer, by name, with a sentence; empty when the service can do its work.

    Workers are asked for in the database: where that does not answer they are not, as the question might wait for ever.
    """
    database = database_fault(backend)
    faults = {
        "database": database,
        "broker": broker_fault(backend),
        "worker": "cannot be asked for without the database" if database else worker_fault(backend),
    }
    return [FieldError(field=name, message=fault) for name, fault in faults.items() if fault]


def database_fault(backend: Backend) -> str | None:
    """What is wrong with the database, or ``None``."""
    try:
        backend.database.ping()
    except Exception as error:
        return f"does not answer ({type(error).__name__})"
    return None


def broker_fault(backend: Backend) -> str | None:
    """What is wrong with the broker, or ``None``. A folder must be writable, a server must answer in two seconds."""
    if backend.settings.broker.startswith("filesystem:"):
        folder = backend.settings.broker_dir
        return None if os.access(folder, os.W_OK | os.X_OK) else "its folder is missing or not writable"
    from kombu.connection import Connection

    options = {"socket_timeout": _ANSWER_S, "socket_connect_timeout": _ANSWER_S, "max_retries": 0}
    try:
        with Connection(backend.settings.broker, connect_timeout=_ANSWER_S, transport_options=options) as connection:
            connection.ensure_connection(max_retries=1, timeout=_ANSWER_S)
            connection.default_channel.client  # noqa: B018
    except Exception as error:
        return f"does not answer ({type(error).__name__})"
    return None


def worker_fault(backend: Backend) -> str | None:
    """What is wrong with the workers, or ``None``: one must have given a sign of life lately, and work that is due must
    be worked on."""
    silence_s = backend.settings.worker_silence_s
    try:
        with backend.database.read() as session:
            if not Workers(session).alive(utc_now(), silence_s):
                return "no worker has given a sign of life lately"
        for look in range(_LOOKS):
            time.sleep(_PAUSE_S if look else 0)
            with backend.database.read() as session:
                if not Workers(session).neglect(utc_now(), silence_s):
                    return None
    except Exception as error:
        return f"cannot be asked for ({type(error).__name__})"
    return f"work has been due for more than {silence_s:g} s and nobody takes it"
