"""A TCP proxy that cuts connections in the middle: the network between a sender and the service on a bad day."""

import contextlib
import socket
import struct
import threading
from collections.abc import Iterator, Sequence


class CuttingProxy:
    """Forwards to ``port``. ``cuts`` are places among all bytes that senders send: at each of them the connection that
    is sending is reset; ``done`` counts the cuts that were made."""

    def __init__(self, port: int, cuts: Sequence[int]) -> None:
        self._target = port
        self._cuts = sorted(cuts)
        self._passed = 0
        self._lock = threading.Lock()
        self.done = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def close(self) -> None:
        self._listener.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                sender, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(sender,), daemon=True).start()

    def _serve(self, sender: socket.socket) -> None:
        try:
            service = socket.create_connection(("127.0.0.1", self._target))
        except OSError:
            _reset(sender)
            return
        threading.Thread(target=_pump, args=(service, sender), daemon=True).start()
        with contextlib.suppress(OSError):
            while data := sender.recv(64 * 1024):
                allowed = self._allowed(len(data))
                service.sendall(data[:allowed])
                if allowed < len(data):
                    _reset(sender)
                    _reset(service)
                    return
        with contextlib.suppress(OSError):
            service.shutdown(socket.SHUT_WR)

    def _allowed(self, size: int) -> int:
        with self._lock:
            if self.done < len(self._cuts) and self._passed + size > self._cuts[self.done]:
                allowed = max(0, self._cuts[self.done] - self._passed)
                self.done += 1
                self._passed += allowed
                return allowed
            self._passed += size
            return size


@contextlib.contextmanager
def cutting_proxy(port: int, cuts: Sequence[int]) -> Iterator[CuttingProxy]:
    proxy = CuttingProxy(port, cuts)
    try:
        yield proxy
    finally:
        proxy.close()


def _pump(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(64 * 1024):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)


def _reset(connection: socket.socket) -> None:
    """End it as a broken line does: RST, not FIN."""
    with contextlib.suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.shutdown(socket.SHUT_RDWR)
    connection.close()
