"""The connection is lost while the commit is on its way: it went through, and nobody was told."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from service.api.backend import Backend
from tests.service.api.caller import Caller, track_metadata


def lose_an_answer(backend: Backend, monkeypatch: pytest.MonkeyPatch, what: str) -> list[int]:
    """From now on the first commit that wrote into the table ``what`` goes through and then seems to have failed."""
    write, lost = backend.database.write, []

    @contextmanager
    def losing() -> Iterator[Session]:
        with write() as session:
            yield session
            wrote = bool(session.connection().exec_driver_sql(f"SELECT count(*) FROM {what}").scalar())
        if wrote and not lost:
            lost.append(1)
            raise OperationalError("COMMIT", {}, Exception("server closed the connection unexpectedly"))

    monkeypatch.setattr(backend.database, "write", losing)
    return lost


@pytest.mark.parametrize("key", [None, "my-key"])
def test_a_delivery_is_done_once_and_answered(
    caller: Caller, backend: Backend, monkeypatch: pytest.MonkeyPatch, key: str | None
) -> None:
    lost = lose_an_answer(backend, monkeypatch, "track")
    answer = caller.deliver(track_metadata(), key=key)
    assert lost
    assert answer.status_code == 202
    tracks = caller.get("/v1/tracks").json()["items"]
    assert [track["id"] for track in tracks] == [answer.json()["id"]]


def test_two_requests_without_a_key_are_two(caller: Caller) -> None:
    assert caller.delivered() != caller.delivered()
