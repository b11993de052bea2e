"""Fixtures that every room's tests share: real servers, and databases that are fresh for each test.

PostgreSQL and Redis start when the first test asks for them, once for each test process, and end with it.
"""

import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from hypothesis import settings as hypothesis_settings

from service.store.database import Database
from tests.lent_databases import LentDatabases
from tests.servers import PostgresServer, RedisServer, S3Server, postgres_server, redis_server, s3_server

_TEMPLATE = "earmark_template"

hypothesis_settings.register_profile("earmark", deadline=None)
hypothesis_settings.load_profile("earmark")
"""No test fails for being slow: on a busy machine that says nothing of the code."""


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A running PostgreSQL with a database of the newest schema to copy."""
    with postgres_server() as server:
        server.create_database(name=_TEMPLATE)
        _migrate(server.url(_TEMPLATE))
        yield server


@pytest.fixture
def empty_postgres_url(postgres: PostgresServer) -> Iterator[str]:
    """A PostgreSQL database of this test's own, without any table."""
    url = postgres.create_database()
    yield url
    postgres.drop_database(url)


@pytest.fixture(scope="session")
def _lent_databases(postgres: PostgresServer) -> LentDatabases:
    return LentDatabases(postgres, _TEMPLATE)


@pytest.fixture
def postgres_url(_lent_databases: LentDatabases) -> Iterator[str]:
    """A PostgreSQL database of this test's own, with the newest schema and no rows."""
    url = _lent_databases.lend()
    yield url
    _lent_databases.give_back(url)


@pytest.fixture(scope="session")
def redis_process() -> Iterator[RedisServer]:
    with redis_server() as server:
        yield server


@pytest.fixture
def redis_url(redis_process: RedisServer) -> str:
    """A Redis without any keys."""
    with redis.Redis(port=redis_process.port) as client:
        client.flushall()
    return redis_process.url


@pytest.fixture(scope="session")
def s3_process() -> Iterator[S3Server]:
    with s3_server() as server:
        yield server


@pytest.fixture
def s3_settings(s3_process: S3Server) -> dict[str, str]:
    """Settings of a bucket of this test's own."""
    return s3_process.create_bucket(f"earmark-{uuid.uuid4().hex[:12]}")


@pytest.fixture(scope="session")
def _sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    _migrate(f"sqlite:///{path}")
    return path


@pytest.fixture
def sqlite_url(_sqlite_template: Path, tmp_path: Path) -> str:
    """An SQLite file of this test's own, with the newest schema and no rows."""
    path = tmp_path / "earmark.db"
    shutil.copyfile(_sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """A fresh database of each kind in turn, with the newest schema."""
    name = "sqlite_url" if request.param == "sqlite" else "postgres_url"
    return str(request.getfixturevalue(name))


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """The same, opened."""
    opened = Database.open(database_url)
    yield opened
    opened.dispose()


@pytest.fixture
def sqlite_database(sqlite_url: str) -> Iterator[Database]:
    """SQLite alone, for tests that have nothing to do with the kind of database."""
    opened = Database.open(sqlite_url)
    yield opened
    opened.dispose()


def _migrate(url: str) -> None:
    database = Database.open(url)
    database.migrate()
    database.dispose()
