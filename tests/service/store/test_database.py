import threading

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from service.store.database import Database, passes
from service.store.tenants import Tenants
from service.store.tracks import Tracks
from tests.deliveries import NOON, deliver, tenant
from tests.servers import postgres_server


def test_a_block_that_raises_writes_nothing(database):
    with pytest.raises(RuntimeError), database.write() as session:
        tenant(session)
        raise RuntimeError
    with database.read() as session:
        assert Tenants(session).all() == []


def test_what_a_reader_changes_is_not_kept(database):
    with database.read() as session:
        tenant(session)
    with database.read() as session:
        assert Tenants(session).all() == []


def test_moments_come_back_in_utc_and_naive_ones_are_refused(database):
    with database.write() as session:
        made = tenant(session)
    with database.read() as session:
        assert Tenants(session).get(made.id).created_at == NOON
        assert Tenants(session).get(made.id).created_at.utcoffset().total_seconds() == 0
    with pytest.raises(Exception, match="time zone"), database.write() as session:
        Tenants(session).ensure("naive", NOON.replace(tzinfo=None))


def test_what_no_text_can_hold_is_looked_for_and_not_found(database):
    with database.write() as session:
        track = deliver(session, client_reference="plain")
    with database.read() as session:
        assert Tracks(session).get(track.tenant_id, "trk_\x00") is None
        assert Tracks(session).page(track.tenant_id, client_reference="pl\x00ain") == []


def test_writers_that_first_read_wait_for_each_other(database):
    """With a plain BEGIN, SQLite would refuse one of them with "database is locked"."""
    with database.write() as session:
        tenant(session, "counter 0")

    def count():
        for _ in range(10):
            database.attempt(lambda session: Tenants(session).ensure(f"counter {len(Tenants(session).all())}", NOON))

    threads = [threading.Thread(target=count) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.read() as session:
        assert len(Tenants(session).all()) > 10


def test_work_that_meets_another_transaction_is_tried_again(database):
    tries = []

    def work(session):
        tries.append(tenant(session))
        if len(tries) < 3:
            raise OperationalError("deadlock", None, Exception())
        return "done"

    assert database.attempt(work) == "done"
    with database.read() as session:
        assert len(Tenants(session).all()) == 1
    with pytest.raises(OperationalError):
        database.attempt(lambda session: (_ for _ in ()).throw(OperationalError("down", None, Exception())), tries=2)


def test_a_database_that_comes_back_is_used_again_without_a_restart():
    with postgres_server(durable=True) as server:
        database = Database.open(server.create_database())
        database.migrate()
        with database.write() as session:
            kept = deliver(session)
        server.kill()
        with pytest.raises(OperationalError):
            database.ping()
        server.start()
        database.ping()
        server.pause()
        with pytest.raises(OperationalError):
            database.ping()
        server.resume()
        with database.read() as session:
            assert Tracks(session).find(kept.id) is not None
        database.dispose()


def test_a_server_that_hangs_in_the_middle_is_given_up_and_comes_back():
    with postgres_server() as server:
        database = Database.open(server.create_database(), statement_s=0.5)
        with database.read() as session:
            assert session.scalar(text("SELECT 1")) == 1
            server.pause()
            with pytest.raises(OperationalError, match="has not answered for") as error:
                session.scalar(text("SELECT 1"))
        assert passes(error.value)
        server.resume()
        with database.read() as session:
            assert session.scalar(text("SELECT 2")) == 2
        server.pause()
        with pytest.raises(OperationalError), database.read() as session:
            session.scalar(text("SELECT 3"))
        server.resume()
        with database.write() as session:
            assert session.scalar(text("SELECT 4")) == 4
        database.dispose()


def test_a_statement_that_takes_too_long_is_ended_and_does_not_pass(postgres_url):
    impatient = Database.open(postgres_url, statement_s=0.2)
    with pytest.raises(OperationalError) as error, impatient.read() as session:
        session.execute(text("SELECT pg_sleep(30)"))
    assert not passes(error.value)
    with impatient.connect_for_write() as connection:
        connection.execute(text("SELECT pg_sleep(0.5)"))
    impatient.dispose()


def test_a_connection_that_was_ended_passes(postgres_url):
    opened, other = Database.open(postgres_url), Database.open(postgres_url)
    with pytest.raises(OperationalError) as error, opened.read() as session:
        process = session.scalar(text("SELECT pg_backend_pid()"))
        with other.read() as second:
            second.execute(text("SELECT pg_terminate_backend(:process)"), {"process": process})
        session.execute(text("SELECT 1"))
    assert passes(error.value)
    opened.dispose(), other.dispose()


def test_what_no_later_attempt_mends_is_raised_at_once(sqlite_database):
    tries = []

    def work(session):
        tries.append(1)
        session.execute(text("SELECT * FROM no_such_table"))

    with pytest.raises(OperationalError):
        sqlite_database.attempt(work)
    assert len(tries) == 1
