"""Signs of life of the worker role, by which ``/readyz`` knows that somebody works."""

import contextlib
import os
import socket
import threading

from celery.signals import worker_ready, worker_shutdown
from sqlalchemy.exc import SQLAlchemyError

from service.settings import Settings
from service.store.clock import utc_now
from service.store.database import Database
from service.store.workers import Workers

NAME = f"worker@{socket.gethostname()}:{os.getpid()}"

_over = threading.Event()


@worker_ready.connect
def _begin(**_: object) -> None:
    threading.Thread(target=_give_signs, name="presence", daemon=True).start()


@worker_shutdown.connect
def _end(**_: object) -> None:
    _over.set()


def _give_signs() -> None:
    """A sign now and then until the worker shuts down; a database that is away for a moment is asked again."""
    settings = Settings()
    database = Database.open(settings.database, pool_size=1)
    while True:
        with contextlib.suppress(SQLAlchemyError), database.write() as session:
            Workers(session).beat(NAME, "worker", utc_now())
        if _over.wait(settings.worker_silence_s / 4):
            break
    with contextlib.suppress(SQLAlchemyError), database.write() as session:
        Workers(session).leave(NAME)
    database.dispose()
