"""No more XML is read at once than fits into memory; who does not fit is told when to come again."""

import threading

import pytest

from service.api import parsing_room
from service.api.parsing_room import ParsingRoom
from service.api.problems import ProblemError
from tests.service.api.caller import Caller
from tests.service.api.test_deliveries import ern, send


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parsing_room, "WAIT_S", 0.05)


def test_a_message_that_does_not_fit_is_told_when_to_come_again(caller: Caller, backend) -> None:
    with backend.parsing.hold(backend.settings.max_parsed_bytes):
        answer = send(caller, {"message.xml": ern()}, key="once")
    assert (answer.status_code, answer.json()["type"], answer.headers["retry-after"]) == (503, "/problems/busy", "5")
    assert caller.get("/v1/deliveries").json()["items"] == []
    assert send(caller, {"message.xml": ern()}, key="once").status_code == 202, "the same request, once there is room"


def test_what_is_no_xml_needs_no_room(caller: Caller, backend) -> None:
    with backend.parsing.hold(backend.settings.max_parsed_bytes):
        assert send(caller, {"song.wav": b"RIFF"}).status_code == 202


def test_room_is_given_back_also_by_a_message_that_is_refused(caller: Caller, backend) -> None:
    for _ in range(3):
        assert send(caller, {"message.xml": b"<x/>"}).status_code == 422
    with backend.parsing.hold(backend.settings.max_parsed_bytes):
        pass


def test_small_ones_fit_beside_each_other_and_a_giant_is_read_alone() -> None:
    room = ParsingRoom(10)
    with room.hold(4), room.hold(6), pytest.raises(ProblemError), room.hold(1):
        pass
    with room.hold(99), pytest.raises(ProblemError), room.hold(1):
        pass


def test_who_waits_goes_on_as_soon_as_there_is_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parsing_room, "WAIT_S", 30.0)
    room, most, now, lock = ParsingRoom(3), 0, 0, threading.Lock()

    def read() -> None:
        nonlocal most, now
        for _ in range(20):
            with room.hold(1):
                with lock:
                    now += 1
                    most = max(most, now)
                with lock:
                    now -= 1

    threads = [threading.Thread(target=read) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert not any(thread.is_alive() for thread in threads)
    assert 1 <= most <= 3
