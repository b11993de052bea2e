from datetime import timedelta

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import JSON, Enum, inspect, select, text
from sqlalchemy import column as sql_column
from sqlalchemy import table as sql_table
from sqlalchemy.exc import IntegrityError

from service.facts.artist_keys import artist_key_sha256
from service.store.counters import Counters
from service.store.database import Database
from service.store.migrations import config
from service.store.sightings import Sightings
from service.store.tables import Base
from service.store.tables.counters import CounterKind, HourlyCount
from service.store.tables.senders import SenderRow
from service.store.tables.sightings import SightingRow
from service.store.tables.track_revisions import TrackRevision
from tests.deliveries import NOON, deliver
from tests.processes import processes


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request, tmp_path):
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'new' / 'earmark.db'}"
    return request.getfixturevalue("empty_postgres_url")


def _migrate(url, barrier, failures):
    barrier.wait()
    try:
        Database.open(url).migrate()
    except Exception as error:
        failures.put(repr(error))
        raise


def test_four_processes_that_start_at_once_all_find_the_schema(empty_url):
    context = processes()
    barrier, failures = context.Barrier(4), context.Queue()
    started = [context.Process(target=_migrate, args=(empty_url, barrier, failures)) for _ in range(4)]
    for process in started:
        process.start()
    for process in started:
        process.join(60)
    assert [process.exitcode for process in started] == [0] * 4, failures.get()
    database = Database.open(empty_url)
    with database.read() as session:
        assert session.execute(text("SELECT count(*) FROM alembic_version")).scalar_one() == 1
    with database.write() as session:
        deliver(session)
    database.dispose()


def test_models_and_migrations_agree(database):
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_every_column_and_table_is_explained():
    silent = [str(column) for table in Base.metadata.tables.values() for column in table.columns if not column.comment]
    silent += [table.name for table in Base.metadata.tables.values() if not table.comment]
    assert silent == []


def test_every_state_is_held_by_a_check_of_the_database_itself(database):
    """Autogeneration does not compare CHECK constraints, so a value added to an enum alone would be refused here."""
    found = inspect(database.engine)
    for table in Base.metadata.tables.values():
        checks = {check["name"]: check["sqltext"] for check in found.get_check_constraints(table.name)}
        for column in table.columns:
            if isinstance(column.type, Enum):
                sql = checks[f"ck_{table.name}_{column.type.name}"]
                assert all(f"'{value}'" in sql for value in column.type.enums), (table.name, column.name)


def test_a_state_that_does_not_exist_is_refused_by_the_database(database):
    with database.write() as session:
        deliver(session)
    with pytest.raises(IntegrityError), database.write() as session:
        session.execute(text("UPDATE track SET state = 'misplaced'"))


def test_tracks_from_before_the_counters_are_counted_as_acceptance_could_tell(database):
    with database.write() as session:
        deliver(session, "hit", isrc="QZEM62600001", sender={"id": "s"})
        deliver(session, "other file", isrc="QZEM62600001", sender={"id": "s"})
        deliver(session, "hit", sender={"id": "t"})
        deliver(session, "own", at=NOON + timedelta(hours=2), sender={"id": "s"})
        kept = _counted(session)
    with database.connect_for_write() as connection:
        command.downgrade(config(connection), "0007")
    with database.connect_for_write() as connection:
        command.upgrade(config(connection), "head")
    with database.read() as session:
        assert _counted(session) == kept
        assert [fresh for _, fresh, _ in kept[0]] == [True, False, False, True]


def _counted(session):
    sightings = session.execute(select(SightingRow.seq, SightingRow.fresh, SightingRow.hour).order_by(SightingRow.seq))
    hours = select(HourlyCount.key, HourlyCount.hour, HourlyCount.fresh).where(HourlyCount.kind == CounterKind.ACCOUNT)
    senders = session.execute(select(SenderRow.sender_key, SenderRow.first_seq, SenderRow.first_at))
    return sightings.all(), sorted(session.execute(hours).all()), sorted(senders.all())


def test_an_artist_key_that_was_kept_as_sent_becomes_its_hash_and_nothing_else_changes(database):
    with database.write() as session:
        with_key, without = deliver(session, "one"), deliver(session, "two")
    with database.connect_for_write() as connection:
        command.downgrade(config(connection), "0015")
        rows = sql_table("track_revision", sql_column("track_id"), sql_column("details", JSON))
        of_track = rows.c.track_id == with_key.id
        details = connection.execute(select(rows.c.details).where(of_track)).scalar_one()
        connection.execute(rows.update().where(of_track).values(details=details | {"artist_key": "Schlüssel-7"}))
    with database.connect_for_write() as connection:
        command.upgrade(config(connection), "head")
    with database.read() as session:
        kept = {row.track_id: row for row in session.scalars(select(TrackRevision))}
        assert kept[with_key.id].artist_key_sha256 == artist_key_sha256("Schlüssel-7")
        assert kept[with_key.id].details == details | {"artist_key": None}
        assert kept[without.id].artist_key_sha256 is None
        assert "Schlüssel-7" not in str([row.details for row in kept.values()])


def test_keys_from_before_their_pasts_were_kept_have_the_past_of_their_counts(database):
    said = {"sender": {"id": "s", "payout_hash": "p"}}
    with database.write() as session:
        for day in (30, 20, 0):
            last = deliver(session, f"song {day}", at=NOON - timedelta(days=day), **said)
        kept = Counters(session).velocity(Sightings(session).of(last.id))
    with database.connect_for_write() as connection:
        command.downgrade(config(connection), "0019")
    with database.connect_for_write() as connection:
        command.upgrade(config(connection), "head")
    with database.write() as session:
        old = Counters(session).velocity(Sightings(session).of(last.id))
        assert (old.payout, old.payout_surprise) == (kept.payout, None), "what came in that hour was not kept"
        new = deliver(session, "next", at=NOON + timedelta(minutes=5), **said)
        assert Counters(session).velocity(Sightings(session).of(new.id)).payout_surprise == pytest.approx(0.9, abs=0.5)
