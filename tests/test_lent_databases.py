"""A database that goes from test to test is as empty and as unknown as a new one."""

import psycopg
import pytest

from service.store.clock import utc_now
from service.store.database import Database
from service.store.tenants import Tenants
from tests.lent_databases import LentDatabases, shape
from tests.servers import PostgresServer


@pytest.fixture
def lent(postgres: PostgresServer) -> LentDatabases:
    return LentDatabases(postgres, "earmark_template")


def tenants_of(url: str) -> list[str]:
    with psycopg.connect(url) as connection:
        return [name for (name,) in connection.execute("SELECT name FROM tenant")]


def test_it_comes_back_without_rows_under_a_name_that_nobody_knows(lent: LentDatabases) -> None:
    url = lent.lend()
    database = Database.open(url)
    with database.write() as session:
        Tenants(session).ensure("label", utc_now())
    straggler = psycopg.connect(url)
    lent.give_back(url)
    assert lent._emptied == [url]
    again = lent.lend()
    assert again != url
    assert tenants_of(again) == []
    with pytest.raises(psycopg.OperationalError):
        straggler.execute("SELECT 1")
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(url)
    database.dispose()
    lent.give_back(again)


@pytest.mark.parametrize(
    "change",
    [
        "CREATE TABLE another (id integer)",
        "DROP INDEX ix_review_case_open_cause",
        "ALTER TABLE tenant ADD COLUMN another integer",
        "ANALYZE",
        "INSERT INTO tenant (id, name, created_at) SELECT n, n, now() FROM generate_series(1, 9999) n",
        "UPDATE pg_class SET reltuples = 1000000 WHERE relname = 'job'",
    ],
)
def test_one_that_was_changed_is_not_lent_again(lent: LentDatabases, change: str) -> None:
    url = lent.lend()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("INSERT INTO tenant (id, name, created_at) VALUES ('a', 'label', now())")
        connection.execute(change)
    lent.give_back(url)
    assert lent._emptied == []
    fresh = lent.lend()
    assert tenants_of(fresh) == []
    with psycopg.connect(fresh) as connection:
        assert shape(connection) == lent._shape
    lent.give_back(fresh)
