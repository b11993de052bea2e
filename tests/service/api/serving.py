"""The application behind a real uvicorn in a process of its own, as ``earmark api`` runs it."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import httpx

from service.auth.keys import new_key
from service.auth.scopes import Scope
from service.store.api_keys import ApiKeys
from service.store.clock import utc_now
from service.store.database import Database
from service.store.tenants import Tenants
from tests.servers import free_port

ROOT = Path(__file__).parents[3]


@dataclass
class Served:
    """A running server, its data folder, and a key for it. ``known`` are the files of callers before this one."""

    port: int
    key: str
    data_dir: Path
    database_url: str
    process: subprocess.Popen[bytes]
    known: frozenset[Path] = frozenset()

    def for_a_new_tenant(self) -> "Served":
        """The same server as somebody sees it who was never there."""
        known = frozenset(self.files("sha256") + self.files("staging"))
        return replace(self, key=_new_tenant_key(self.database_url), known=known)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.key}"}

    def files(self, folder: str) -> list[Path]:
        """This caller's files under ``staging`` or ``sha256`` of the blob storage."""
        found = (self.data_dir / "blobs" / folder).rglob("*")
        return [path for path in found if path.is_file() and path not in self.known]


@contextmanager
def serve(
    data_dir: Path, database_url: str, *, port: int | None = None, key: str | None = None, **settings: object
) -> Iterator[Served]:
    """Start uvicorn on a migrated database and end it with the block. ``port`` and ``key`` of a server that ran before
    make it the same one again; ``settings`` are further ``EARMARK_*`` settings, in lower case."""
    key = key or _new_tenant_key(database_url)
    port = port or free_port()
    environment = os.environ | {
        "EARMARK_DATA_DIR": str(data_dir),
        "EARMARK_DATABASE_URL": database_url,
        "EARMARK_MAX_AUDIO_BYTES": str(64 * 1024 * 1024),
        "PYTHONPATH": str(ROOT),
        **{f"EARMARK_{name.upper()}": str(value) for name, value in settings.items()},
    }
    command = [sys.executable, "-m", "uvicorn", "service.app:app", "--port", str(port), "--log-level", "warning"]
    process = subprocess.Popen(command, cwd=ROOT, env=environment)
    try:
        served = Served(port, key, data_dir, database_url, process)
        _wait_until_alive(served)
        yield served
    finally:
        process.terminate()
        process.wait(30)


def _new_tenant_key(database_url: str) -> str:
    made = new_key()
    database = Database.open(database_url)
    with database.write() as session:
        tenant = Tenants(session).ensure(f"Tenant of {made.prefix}", utc_now())
        ApiKeys(session).add(
            tenant.id, name="tests", prefix=made.prefix, sha256=made.sha256, scopes=list(Scope), now=utc_now()
        )
    database.dispose()
    return made.key


def _wait_until_alive(served: Served) -> None:
    for _ in range(300):
        try:
            if httpx.get(f"{served.url}/healthz").status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    raise AssertionError("the server did not start")
