"""The client tries again what may be tried again, and tells refusals plainly."""

import hashlib
import json
import random
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from service import client as client_module
from service.client import Client, Problem, ServiceUnreachable, idempotency_key
from tests.cutting_proxy import cutting_proxy
from tests.servers import free_port
from tests.service.api.serving import serve

Answer = tuple[int, dict[str, Any]]


class _Scripted(ThreadingHTTPServer):
    """Answers requests from a list, and remembers what was asked."""

    def __init__(self, answers: list[Answer]) -> None:
        self.answers = answers
        self.keys: list[str | None] = []
        self.paths: list[str] = []
        super().__init__(("127.0.0.1", 0), _Handler)


class _Handler(BaseHTTPRequestHandler):
    server: _Scripted

    def _answer(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.keys.append(self.headers.get("Idempotency-Key"))
        self.server.paths.append(self.path)
        status, document = self.server.answers.pop(0)
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = _answer

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def scripted(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setattr(client_module, "LONGEST_PAUSE_S", 0.01)
    monkeypatch.setattr(client_module, "FIRST_PAUSE_S", 0.01)
    servers: list[_Scripted] = []

    def start(*answers: Answer) -> _Scripted:
        server = _Scripted(list(answers))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return server

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def _client(server: _Scripted) -> Client:
    return Client(f"http://127.0.0.1:{server.server_port}", "em_key")


def test_a_delivery_is_sent_again_under_the_same_key_until_it_is_taken(scripted: Any, tmp_path: Path) -> None:
    taken = {"id": "trk_1", "state": "received", "revision": 1}
    server = scripted((503, {}), (409, {}), (429, {}), (202, taken))
    audio = tmp_path / "a.wav"
    audio.write_bytes(b"sound")
    with _client(server) as client:
        assert client.deliver({"title": "A"}, audio, idempotency_key="once").id == "trk_1"
    assert server.keys == ["once"] * 4


def test_a_refusal_is_told_with_its_fields_and_not_tried_again(scripted: Any) -> None:
    problem = {
        "type": "/problems/invalid-metadata",
        "title": "The metadata is not valid",
        "detail": "metadata.isrc: an ISRC has 12 characters",
        "errors": [{"field": "metadata.isrc", "message": "an ISRC has 12 characters"}],
    }
    server = scripted((422, problem))
    with _client(server) as client, pytest.raises(Problem) as refused:
        client.track("trk_1")
    assert refused.value.type == "invalid-metadata"
    assert str(refused.value) == "The metadata is not valid: metadata.isrc: an ISRC has 12 characters"


def test_a_conflict_outside_of_a_delivery_is_a_refusal(scripted: Any) -> None:
    server = scripted((409, {"title": "The case is decided"}))
    with _client(server) as client, pytest.raises(Problem, match="The case is decided"):
        client.decide({"case_id": "cas_1"})
    assert len(server.paths) == 1


def test_pages_are_followed_to_the_last(scripted: Any) -> None:
    server = scripted(
        (200, {"items": [{"id": 1}], "next_cursor": "x"}), (200, {"items": [{"id": 2}], "next_cursor": None})
    )
    with _client(server) as client:
        assert [case["id"] for case in client.cases(state="open")] == [1, 2]
    assert server.paths == ["/v1/cases?state=open", "/v1/cases?state=open&cursor=x"]


def test_nobody_there_is_said_with_the_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_module, "ATTEMPTS", 2)
    address = f"http://127.0.0.1:{free_port()}"
    with Client(address, None) as client, pytest.raises(ServiceUnreachable, match=address):
        client.track("trk_1")


def test_the_key_of_a_delivery_depends_on_content_and_metadata_alone(tmp_path: Path) -> None:
    one, copy, other = tmp_path / "a.wav", tmp_path / "b.wav", tmp_path / "c.wav"
    one.write_bytes(b"sound")
    copy.write_bytes(b"sound")
    other.write_bytes(b"noise")
    key = idempotency_key({"title": "A", "isrc": "B"}, one)
    assert idempotency_key({"isrc": "B", "title": "A"}, copy) == key
    assert idempotency_key({"title": "A"}, one) != key
    assert idempotency_key({"title": "A", "isrc": "B"}, other) != key
    assert idempotency_key({"title": "A", "isrc": "B"}, one, salt="again") != key


def test_an_integrator_needs_httpx_and_nothing_else(tmp_path: Path) -> None:
    """In a process of its own: what importing the client brings along."""
    script = (
        "import sys\nbefore = set(sys.modules)\nimport service.client\n"
        "new = {name.partition('.')[0] for name in set(sys.modules) - before}\n"
        "allowed = {'service', 'schemas', 'httpx', 'httpcore', 'h11', 'h2', 'hpack', 'hyperframe', 'anyio', 'certifi',"
        " 'idna', 'sniffio', 'typing_extensions', 'pygments', 'click', 'rich', 'markdown_it', 'mdurl', 'socksio',"
        " 'zstandard', '_brotli', 'brotli', 'httpx_cli', 'exceptiongroup'}\n"
        "extra = sorted(name for name in new if name not in allowed and name not in sys.stdlib_module_names)\n"
        "assert not [name for name in extra if not name.startswith('_')], extra\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", script],
        cwd=tmp_path,
        env={"PYTHONPATH": str(Path(__file__).parents[2]), "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr


def test_an_upload_goes_on_where_the_service_stands_after_a_break(
    tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client_module, "PIECE_BYTES", 300_000)
    monkeypatch.setattr(client_module, "RESUMABLE_FROM_BYTES", 1_000_000)
    audio = tmp_path / "long.wav"
    audio.write_bytes(random.Random(4).randbytes(2_000_000))
    told: list[int] = []
    with serve(tmp_path / "data", sqlite_url) as served, cutting_proxy(served.port, [150_000, 900_000]) as proxy:
        with Client(proxy.url, served.key) as client:
            accepted = client.deliver(
                {"title": "Long", "artists": [{"name": "Ada"}]},
                audio,
                idempotency_key="long",
                progress=lambda sent, _size: told.append(sent),
            )
            track = client.track(accepted.id)
        assert proxy.done == 2
    assert track["audio"]["sha256"] == hashlib.sha256(audio.read_bytes()).hexdigest()
    assert told == sorted(told) and told[-1] == 2_000_000
