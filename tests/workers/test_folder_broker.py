"""The embedded broker loses nothing to a race, drops what it cannot read, and stays short."""

import threading
from collections import Counter
from pathlib import Path

import pytest
from kombu import Connection

from workers import folder_broker


@pytest.fixture
def connection(tmp_path: Path) -> Connection:
    folder_broker.install()
    return Connection("filesystem://", transport_options=folder_broker.options(tmp_path))


def _messages(folder: Path) -> list[Path]:
    return sorted((folder / "messages").iterdir())


def test_a_message_is_taken_once_and_leaves_nothing_behind(connection: Connection, tmp_path: Path) -> None:
    with connection.SimpleQueue("analyse") as queue:
        queue.put({"wake": 1})
        assert queue.get(timeout=2).payload == {"wake": 1}
        with pytest.raises(queue.Empty):
            queue.get(block=False)
    assert _messages(tmp_path) == []


def test_queues_are_kept_apart(connection: Connection) -> None:
    with connection.SimpleQueue("analyse") as one, connection.SimpleQueue("decide") as other:
        one.put({"for": "analyse"})
        with pytest.raises(other.Empty):
            other.get(block=False)
        assert one.get(timeout=2).payload == {"for": "analyse"}


def test_half_a_message_is_dropped(connection: Connection, tmp_path: Path) -> None:
    with connection.SimpleQueue("analyse") as queue:
        (tmp_path / "messages" / "000_x.analyse.msg").write_text('{"body": ')
        queue.put({"whole": True})
        assert queue.get(timeout=2).payload == {"whole": True}
        with pytest.raises(queue.Empty):
            queue.get(block=False)
    assert _messages(tmp_path) == []


def test_a_queue_is_never_longer_than_its_bound(connection: Connection, tmp_path: Path) -> None:
    with connection.SimpleQueue("analyse") as queue:
        for _ in range(folder_broker.LONGEST_QUEUE + 20):
            queue.put({})
    assert len(_messages(tmp_path)) == folder_broker.LONGEST_QUEUE


def test_consumers_that_race_get_every_message_once(tmp_path: Path) -> None:
    folder_broker.install()
    sent = folder_broker.LONGEST_QUEUE
    with (
        Connection("filesystem://", transport_options=folder_broker.options(tmp_path)) as connection,
        connection.SimpleQueue("analyse") as queue,
    ):
        for number in range(sent):
            queue.put({"number": number})
    taken: Counter[int] = Counter()

    def take() -> None:
        with Connection("filesystem://", transport_options=folder_broker.options(tmp_path)) as own:
            channel = own.channel()
            for _ in range(sent):
                try:
                    message = channel._get("analyse")
                except folder_broker.Empty:
                    return
                taken[channel.message_to_python(message).decode()["number"]] += 1

    consumers = [threading.Thread(target=take) for _ in range(4)]
    for consumer in consumers:
        consumer.start()
    for consumer in consumers:
        consumer.join()
    assert taken == Counter(range(sent))
