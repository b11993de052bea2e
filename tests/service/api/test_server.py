"""Uploads through a real server over a real socket: streaming, breaking off, in flight, many at once."""

import hashlib
import json
import os
import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from service.store.database import Database
from tests.service.api.caller import track_metadata
from tests.service.api.serving import Served, serve

FORM_END = b"\r\n--B--\r\n"


@pytest.fixture(scope="module")
def one_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("served")
    url = f"sqlite:///{folder / 'earmark.db'}"
    database = Database.open(url)
    database.migrate()
    database.dispose()
    with serve(folder / "data", url) as served:
        yield served


@pytest.fixture
def server(one_server: Served) -> Served:
    """The server as a tenant of this test's own sees it."""
    return one_server.for_a_new_tenant()


def form_start(**changes: object) -> bytes:
    metadata = json.dumps(track_metadata(**changes)).encode()
    return (
        b'--B\r\nContent-Disposition: form-data; name="metadata"\r\n\r\n' + metadata + b"\r\n"
        b'--B\r\nContent-Disposition: form-data; name="audio"; filename="a.wav"\r\n\r\n'
    )


def open_upload(server: Served, length: int, **headers: str) -> socket.socket:
    """A connection on which the head of a delivery has been sent, and nothing of its body."""
    lines = [
        "POST /v1/tracks HTTP/1.1",
        "Host: earmark",
        f"Authorization: Bearer {server.key}",
        "Content-Type: multipart/form-data; boundary=B",
        f"Content-Length: {length}",
        *(f"{name.replace('_', '-')}: {value}" for name, value in headers.items()),
    ]
    connection = socket.create_connection(("127.0.0.1", server.port), timeout=30)
    connection.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
    return connection


def eventually(holds: Callable[[], bool]) -> bool:
    for _ in range(200):
        if holds():
            return True
        time.sleep(0.05)
    return False


def tracks(server: Served) -> list[dict[str, object]]:
    return list(httpx.get(f"{server.url}/v1/tracks", headers=server.headers).json()["items"])


def memory_kb(server: Served) -> int:
    """Largest resident set that the server ever had."""
    status = Path(f"/proc/{server.process.pid}/status").read_text()
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM")))


def test_a_large_file_streams_to_disk_without_growing_the_server(server: Served) -> None:
    block = os.urandom(1024 * 1024)
    small = httpx.post(f"{server.url}/v1/tracks", headers=server.headers, files=_files(block))
    assert small.status_code == 202
    before = memory_kb(server)
    large = block * 48
    answer = httpx.post(f"{server.url}/v1/tracks", headers=server.headers, files=_files(large), timeout=60)
    assert answer.status_code == 202
    track = httpx.get(f"{server.url}{answer.headers['Location']}", headers=server.headers).json()
    assert track["audio"]["sha256"] == hashlib.sha256(large).hexdigest()
    assert track["audio"]["size_bytes"] == len(large)
    assert memory_kb(server) - before < 24 * 1024


def _files(audio: bytes) -> dict[str, tuple[str | None, str | bytes]]:
    return {"metadata": (None, json.dumps(track_metadata())), "audio": ("a.wav", audio)}


def test_a_client_that_goes_away_leaves_nothing_and_its_key_is_free(server: Served) -> None:
    start = form_start()
    connection = open_upload(server, len(start) + 30_000_000, Idempotency_Key="k1")
    connection.sendall(start + os.urandom(5_000_000))
    assert eventually(lambda: len(server.files("staging")) == 1)
    connection.close()
    assert eventually(lambda: server.files("staging") == [])
    assert server.files("sha256") == []
    assert tracks(server) == []
    headers = server.headers | {"Idempotency-Key": "k1"}
    answers = []
    assert eventually(
        lambda: (
            answers.append(httpx.post(f"{server.url}/v1/tracks", headers=headers, files=_files(b"RIFF")))
            or answers[-1].status_code == 202
        )
    )
    assert len(tracks(server)) == 1


def test_a_second_request_under_a_key_waits_for_the_first(server: Served) -> None:
    start, audio = form_start(), os.urandom(100_000)
    connection = open_upload(server, len(start + audio + FORM_END), Idempotency_Key="k1")
    connection.sendall(start + audio[:50_000])
    assert eventually(lambda: len(server.files("staging")) == 1)
    headers = server.headers | {"Idempotency-Key": "k1"}
    answer = httpx.post(f"{server.url}/v1/tracks", headers=headers, files=_files(audio))
    assert answer.status_code == 409
    assert answer.json()["type"] == "/problems/request-in-flight"
    assert int(answer.headers["Retry-After"]) > 0
    connection.sendall(audio[50_000:] + FORM_END)
    assert connection.recv(65_536).startswith(b"HTTP/1.1 202")
    connection.close()
    replayed = httpx.post(f"{server.url}/v1/tracks", headers=headers, files=_files(audio))
    assert replayed.status_code == 202
    assert [replayed.json()["id"]] == [track["id"] for track in tracks(server)]


def test_wrong_metadata_is_told_before_the_audio_has_been_sent(server: Served) -> None:
    start = form_start(isrc="wrong")
    with open_upload(server, len(start) + 10_000_000) as connection:
        connection.sendall(start)
        assert connection.recv(65_536).startswith(b"HTTP/1.1 422")
    assert eventually(lambda: server.files("staging") == [])


def test_a_body_that_announces_too_much_is_refused_unread(server: Served) -> None:
    with open_upload(server, 10**12) as connection:
        assert connection.recv(65_536).startswith(b"HTTP/1.1 413")


def test_many_uploads_at_once_are_all_accepted(server: Served) -> None:
    def deliver(number: int) -> int:
        files = _files(b"RIFF" + number.to_bytes(4, "big") * 50_000)
        return httpx.post(f"{server.url}/v1/tracks", headers=server.headers, files=files, timeout=60).status_code

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(deliver, range(24))) == [202] * 24
    found = tracks(server)
    assert len({track["id"] for track in found}) == 24
    assert len(server.files("sha256")) == 24
    assert server.files("staging") == []
