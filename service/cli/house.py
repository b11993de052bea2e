"""One machine's service as a whole: its data folder, its socket, its local tenant and its roles."""

import os
import socket
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from sqlalchemy.exc import SQLAlchemyError

from service import local, logs
from service.auth.keys import matches, new_key, prefix_of
from service.auth.scopes import Scope
from service.cli.api import LISTENING
from service.cli.listening import PortTaken, listen, url_of
from service.client import Client
from service.models import ModelUnusable, check_models
from service.policy import rules_in_force
from service.register import read_register
from service.rules import PackRefused
from service.settings import Settings
from service.simulation import ScenarioError
from service.store.api_keys import ApiKeys
from service.store.clock import utc_now
from service.store.database import Database
from service.store.tenants import Tenants
from service.supervisor import Role, Supervisor

FIRST_READY_S = 60.0


class HouseError(Exception):
    """The service cannot start; the message says why and what to do."""


class House:
    """Holds the lock on the data folder and the listening socket; :meth:`run` supervises the roles."""

    def __init__(self, settings: Settings, lock: int, listening: socket.socket) -> None:
        self.settings = settings
        self.url = url_of(listening)
        self._lock = lock
        self._listening = listening
        roles = [
            Role(
                "api",
                ["api"],
                environment={LISTENING: str(listening.fileno())},
                descriptors=[listening.fileno()],
            ),
            Role("worker", ["worker"]),
            Role("reconcile", ["reconcile"]),
        ]
        self._supervisor = Supervisor(roles, say=logs.say, kept=[lock])

    @classmethod
    def open(cls) -> Self:
        """Take the folder and the port, bring the database up to date and see that there is a local key.

        :raises HouseError: when any of that cannot be done
        """
        settings = Settings()
        folder = settings.data_dir.absolute()
        try:
            folder.mkdir(parents=True, exist_ok=True)
            lock = local.lock(folder)
        except local.AlreadyServed as error:
            raise HouseError(str(error)) from error
        except OSError as error:
            raise HouseError(f"cannot write to {folder}: {error.strerror}") from error
        os.environ["EARMARK_DATA_DIR"] = str(folder)
        try:
            rules_in_force(settings)
            read_register(settings.register_file)
            check_models(settings)
        except (PackRefused, ScenarioError, ModelUnusable, OSError) as error:
            raise HouseError(str(error)) from error
        try:
            listening = listen(settings.host, settings.port)
        except PortTaken as error:
            raise HouseError(str(error)) from error
        try:
            database = Database.open(settings.database)
            database.migrate()
            _ensure_local_key(database, folder)
            database.dispose()
        except SQLAlchemyError as error:
            raise HouseError(f"the database cannot be used: {str(error).splitlines()[0]}") from error
        return cls(settings, lock, listening)

    def __enter__(self) -> Self:
        local.write_private(self._address_file, self.url)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._address_file.unlink(missing_ok=True)
        self._listening.close()
        os.close(self._lock)

    @property
    def _address_file(self) -> Path:
        return self.settings.data_dir.absolute() / local.ADDRESS

    def run(self) -> None:
        """Run the roles until :meth:`stop`."""
        logs.say(f"Earmark listens on {self.url} (console and API; OpenAPI at {self.url}/openapi.json)")
        logs.say(f"data in {self.settings.data_dir.absolute()}; Ctrl-C ends it")
        threading.Thread(target=self._announce, daemon=True).start()
        self._supervisor.run()
        logs.say("ended")

    def stop(self) -> None:
        self._supervisor.stop()

    def _announce(self) -> None:
        deadline = time.monotonic() + FIRST_READY_S
        with Client(self.url, None) as client:
            while time.monotonic() < deadline:
                if client.ready():
                    logs.say("ready: database, broker and a worker answer")
                    return
                time.sleep(0.25)
        logs.say(f"not ready after {FIRST_READY_S:g} s; {self.url}/readyz says what is missing")


def _ensure_local_key(database: Database, folder: Path) -> None:
    """Make sure that the key in the data folder opens this database, as the local tenant with every scope."""
    present = local.read(folder / local.KEY)
    prefix = prefix_of(present) if present else None
    with database.write() as session:
        now = utc_now()
        if present and prefix:
            known = ApiKeys(session).by_prefix(prefix)
            if known is not None and known.revoked_at is None and matches(present, known.sha256):
                return
        tenant = Tenants(session).ensure(local.LOCAL_TENANT, now)
        fresh = new_key()
        ApiKeys(session).add(
            tenant.id, name="local", prefix=fresh.prefix, sha256=fresh.sha256, scopes=[Scope.ADMIN], now=now
        )
        local.write_private(folder / local.KEY, fresh.key)
