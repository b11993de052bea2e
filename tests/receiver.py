"""A webhook receiver: a real HTTP server on 127.0.0.1 that does as a test tells it."""

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

from standardwebhooks import Webhook


@dataclass(frozen=True)
class Received:
    """One message as it came."""

    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def content(self) -> dict[str, Any]:
        content: dict[str, Any] = json.loads(self.body)
        return content

    def verified(self, secret: str) -> dict[str, Any]:
        """The content as the library of the Standard Webhooks project verifies it. Raises where it does not."""
        content: dict[str, Any] = Webhook(secret).verify(self.body, self.headers)
        return content


@dataclass
class Receiver:
    """``answer`` says for each message which status and headers come back, and may take its time.

    Messages that were answered with a success are ``taken``; all of them are ``seen``.
    """

    answer: Callable[[Received], tuple[int, dict[str, str]]] = lambda _: (204, {})
    body: bytes = b""
    seen: list[Received] = field(default_factory=list)
    taken: list[Received] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Self:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                received = Received(
                    {name.lower(): value for name, value in self.headers.items()},
                    self.rfile.read(int(self.headers["content-length"])),
                )
                receiver.seen.append(received)
                status, headers = receiver.answer(received)
                if 200 <= status < 300:
                    receiver.taken.append(received)
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("content-length", str(len(receiver.body)))
                self.end_headers()
                self.wfile.write(receiver.body)

            def log_message(self, *_: object) -> None:
                """Quiet."""

            def handle(self) -> None:
                try:
                    super().handle()
                except OSError:
                    """The other side hung up, as it may."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.over.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/hook"

    def hang(self, _received: Received) -> tuple[int, dict[str, str]]:
        """An answer that never comes."""
        self.over.wait(60)
        return 204, {}
