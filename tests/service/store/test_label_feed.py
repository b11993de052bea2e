import threading

from service.store.label_feed import LabelFeed
from service.store.tracks import Tracks
from tests.deliveries import NOON, deliver, tenant


def test_a_reader_gets_every_change_once_and_in_order(database):
    with database.write() as session:
        one, two = deliver(session), deliver(session, "two")
        feed = LabelFeed(session)
        for track, labels in ((one, ["a"]), (two, ["b"]), (one, ["a", "c"])):
            assert feed.append(track, {"labels": labels}, NOON)
        first = feed.page(one.tenant_id, limit=2)
        rest = feed.page(one.tenant_id, after=first[-1].cursor)
        assert [entry.payload["labels"] for entry in [*first, *rest]] == [["a"], ["b"], ["a", "c"]]
        assert feed.page(one.tenant_id, after=rest[-1].cursor) == []


def test_what_was_said_last_is_not_said_again(database):
    with database.write() as session:
        track = deliver(session)
        feed = LabelFeed(session)
        said = [feed.append(track, {"labels": labels}, NOON) is not None for labels in (["a"], ["a"], ["b"], ["a"])]
        assert said == [True, False, True, True]


def test_a_tenant_reads_its_own_changes_only(database):
    with database.write() as session:
        LabelFeed(session).append(deliver(session), {"labels": ["a"]}, NOON)
        assert LabelFeed(session).page(tenant(session, "stranger").id) == []


def test_a_reader_that_follows_while_many_write_misses_nothing(database):
    with database.write() as session:
        track = deliver(session)
    writers, changes = 3, 15

    def write(name):
        for number in range(changes):
            database.attempt(
                lambda session, number=number: LabelFeed(session).append(
                    Tracks(session).find(track.id), {"by": name, "number": number}, NOON
                )
            )

    threads = [threading.Thread(target=write, args=(name,)) for name in range(writers)]
    for thread in threads:
        thread.start()
    seen, cursor = [], 0
    while True:
        over = not any(thread.is_alive() for thread in threads)
        with database.read() as session:
            entries = LabelFeed(session).page(track.tenant_id, after=cursor, limit=5)
        seen += [(entry.payload["by"], entry.payload["number"]) for entry in entries]
        cursor = entries[-1].cursor if entries else cursor
        if over and not entries:
            break
    assert sorted(seen) == [(name, number) for name in range(writers) for number in range(changes)]
