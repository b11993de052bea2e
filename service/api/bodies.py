"""JSON bodies: a limit on their size while they are read, and strict reading, for every route that takes one."""

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request
from fastapi.responses import Response
from fastapi.routing import APIRoute

from schemas.problems import ProblemType
from service.api import strict_json
from service.api.backend import backend_of
from service.api.problems import ProblemError


class BoundedRequest(Request):
    """A request whose body stops at ``max_metadata_bytes`` and whose JSON :mod:`service.api.strict_json` reads."""

    async def body(self) -> bytes:
        if not hasattr(self, "_body"):
            longest = backend_of(self).settings.max_metadata_bytes
            announced = self.headers.get("content-length", "0")
            if announced.isdigit() and int(announced[:20]) > longest:
                raise _too_large(longest)
            chunks: list[bytes] = []
            size = 0
            async for chunk in self.stream():
                size += len(chunk)
                if size > longest:
                    raise _too_large(longest)
                chunks.append(chunk)
            self._body = b"".join(chunks)
        return self._body

    async def json(self) -> Any:
        return strict_json.parse(await self.body(), "body")


class BoundedRoute(APIRoute):
    """Route class of every router with JSON bodies."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handler = super().get_route_handler()
        takes_json = self.body_field is not None

        async def bounded(request: Request) -> Response:
            if takes_json:
                request = BoundedRequest(request.scope, request.receive)
                if not _is_json(request.headers.get("content-type", "")) and await request.body():
                    raise ProblemError(ProblemType.UNSUPPORTED_MEDIA_TYPE, "Send application/json.")
            return await handler(request)

        return bounded


def _is_json(content_type: str) -> bool:
    kind = content_type.partition(";")[0].strip().lower()
    return kind == "application/json" or (kind.startswith("application/") and kind.endswith("+json"))


def _too_large(longest: int) -> ProblemError:
    return ProblemError(ProblemType.TOO_LARGE, f"The body may have {longest} bytes at most.")
