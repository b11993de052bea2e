"""The outermost layer: an id for every request, safe headers on every answer, and no error that gets past it."""

import time
import uuid
from collections.abc import Callable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.api.errors import unexpected

_HEADERS = [
    (b"x-content-type-options", b"nosniff"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"referrer-policy", b"no-referrer"),
]
_PRIVATE = (b"cache-control", b"no-store")

Observe = Callable[[str, str, int, float], None]
"""Called after every answer with method, route template, status and seconds."""


class Edge:
    """ASGI middleware around everything else.

    Each request gets an id of ours (``X-Request-Id``, ``instance`` of problems; a caller's own id is not believed, as it
    would let one caller write into another's trail). Answers are never sniffed, framed or cached by default. An
    exception that reaches this layer becomes a 500 problem; a client that went away is no error.
    """

    def __init__(self, app: ASGIApp, observe: Observe) -> None:
        self._app = app
        self._observe = observe

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = str(uuid.uuid4())
        scope["earmark.instance"] = f"urn:uuid:{request_id}"
        began = time.perf_counter()
        status = 0

        async def send_dressed(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                present = {name for name, _ in message["headers"]}
                added = [*_HEADERS, _PRIVATE, (b"x-request-id", request_id.encode())]
                message["headers"] = [*message["headers"], *(pair for pair in added if pair[0] not in present)]
            await send(message)

        try:
            await self._app(scope, receive, send_dressed)
        except Exception as error:
            if status:
                raise
            if not _client_gone(error):
                await unexpected(error, scope["earmark.instance"])(scope, receive, send_dressed)
        finally:
            self._observe(scope["method"], _template(scope), status, time.perf_counter() - began)


def _client_gone(error: Exception) -> bool:
    return type(error).__name__ == "ClientDisconnect"


def _template(scope: Scope) -> str:
    route = scope.get("route")
    return getattr(route, "path", "") or "other"
