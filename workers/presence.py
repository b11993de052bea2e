"""Signs of life of the worker role, by which ``/readyz`` knows that somebody works, and the policy's owner by which
rules.

A worker's processes read the policy again before each verdict. What is told here is the hash of the rules that this
machine's release makes of the policy at this moment: a change that it cannot read shows as the hash before.
"""

import contextlib
import os
import socket
import threading

from celery.signals import worker_ready, worker_shutdown
from sqlalchemy.exc import SQLAlchemyError

from service.policy import RulesInForce
from service.rules import PackRefused
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
    database = Database.open(settings.database, pool_size=2)
    rules = RulesInForce(settings)
    while True:
        with contextlib.suppress(SQLAlchemyError):
            rule_set = _rule_set(rules, database)
            with database.write() as session:
                Workers(session).beat(NAME, "worker", utc_now(), rule_set=rule_set)
        if _over.wait(settings.worker_silence_s / 4):
            break
    with contextlib.suppress(SQLAlchemyError), database.write() as session:
        Workers(session).leave(NAME)
    database.dispose()


def _rule_set(rules: RulesInForce, database: Database) -> str | None:
    """Hash of the rules in force here; nothing where none could ever be read."""
    try:
        return rules.now(database).hash
    except (PackRefused, OSError):
        return None
