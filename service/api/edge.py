"""The outermost layer: an id for every request, safe headers on every answer, no error that gets past it."""

import time
import uuid

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from schemas.problems import ProblemType
from service import tracing
from service.api.errors import unexpected
from service.api.problems import problem_response

log = structlog.get_logger(__name__)

_HEADERS = [
    (b"x-content-type-options", b"nosniff"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"referrer-policy", b"no-referrer"),
]
_PRIVATE = (b"cache-control", b"no-store")


class Edge:
    """ASGI middleware around everything else.

    Each request gets an id of ours (``X-Request-Id``, ``instance`` of problems; a caller's own id is not believed, or
    one caller could write into another's trail). Answers are never sniffed, framed or cached by default. An
    exception that reaches this layer becomes a 500 problem; a client that went away is no error.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = str(uuid.uuid4())
        scope["earmark.instance"] = f"urn:uuid:{request_id}"
        began = time.perf_counter()
        status = 0
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)

        async def send_dressed(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                present = {name for name, _ in message["headers"]}
                added = [*_HEADERS, _PRIVATE, (b"x-request-id", request_id.encode())]
                message["headers"] = [*message["headers"], *(pair for pair in added if pair[0] not in present)]
            await send(message)

        try:
            if b"%00" in scope["query_string"] or "\0" in scope["path"]:
                refused = problem_response(
                    ProblemType.BAD_REQUEST, "The address holds a NUL character.", instance=scope["earmark.instance"]
                )
                await refused(scope, receive, send_dressed)
            else:
                with tracing.span(scope["method"], request_id=request_id) as span:
                    try:
                        await self._app(scope, receive, send_dressed)
                    finally:
                        if span is not None:
                            span.update_name(f"{scope['method']} {_template(scope)}")
                            span.set_attribute("http.response.status_code", status)
        except Exception as error:
            if status:
                raise
            if not _client_gone(error):
                await unexpected(error, scope["earmark.instance"])(scope, receive, send_dressed)
        finally:
            seconds = time.perf_counter() - began
            log.debug(
                "answered", method=scope["method"], route=_template(scope), status=status, seconds=round(seconds, 4)
            )
            backend = getattr(scope["app"].state, "backend", None)
            if backend is not None:
                backend.metrics.observe(scope["method"], _template(scope), status, seconds)


def _client_gone(error: Exception) -> bool:
    return type(error).__name__ == "ClientDisconnect"


def _template(scope: Scope) -> str:
    route = scope.get("route")
    return getattr(route, "path", "") or "other"
