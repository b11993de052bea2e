"""Every error as a problem: ours, the framework's, the validator's, the storage's and those that nobody expected."""

import errno
from http import HTTPStatus

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException
from starlette.routing import Match

from schemas.problems import ProblemType
from service.api.fields import field_errors, inert
from service.api.problems import ProblemError, problem_response

log = structlog.get_logger(__name__)

_BY_STATUS = {
    HTTPStatus.UNAUTHORIZED: ProblemType.UNAUTHENTICATED,
    HTTPStatus.FORBIDDEN: ProblemType.MISSING_SCOPE,
    HTTPStatus.NOT_FOUND: ProblemType.NOT_FOUND,
    HTTPStatus.METHOD_NOT_ALLOWED: ProblemType.METHOD_NOT_ALLOWED,
    HTTPStatus.CONTENT_TOO_LARGE if hasattr(HTTPStatus, "CONTENT_TOO_LARGE") else 413: ProblemType.TOO_LARGE,
    HTTPStatus.TOO_MANY_REQUESTS: ProblemType.TOO_MANY_REQUESTS,
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: ProblemType.UNSUPPORTED_MEDIA_TYPE,
}


def install(app: FastAPI) -> None:
    """Make every error of the application an ``application/problem+json`` answer."""
    app.add_exception_handler(HTTPException, _on_http)
    app.add_exception_handler(RequestValidationError, _on_invalid)


def instance_of(request: Request) -> str | None:
    """The id of the request as a URN, as the edge has given it."""
    return request.scope.get("earmark.instance")


async def _on_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if isinstance(error, ProblemError):
        return problem_response(error.kind, error.detail, error.errors, error.headers, instance_of(request))
    kind = _BY_STATUS.get(error.status_code, ProblemType.BAD_REQUEST)
    detail = "There is nothing at this address." if kind is ProblemType.NOT_FOUND else inert(str(error.detail), 200)
    headers = dict(error.headers or {})
    if kind is ProblemType.METHOD_NOT_ALLOWED:
        detail = f"This address does not answer {inert(request.method, 20)}."
        headers["Allow"] = ", ".join(_allowed(request))
    return problem_response(kind, detail, (), headers, instance_of(request))


def _allowed(request: Request) -> list[str]:
    """The methods that the address answers: the framework itself names those of the first matching route alone."""
    methods = ("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT")
    return [method for method in methods if _answers(request, method)]


def _answers(request: Request, method: str) -> bool:
    scope = {**request.scope, "method": method}
    return any(route.matches(scope)[0] is Match.FULL for route in request.app.routes)


async def _on_invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    errors = field_errors(error.errors())
    refused = ProblemError(ProblemType.INVALID_REQUEST, errors=errors)
    return problem_response(refused.kind, refused.detail, errors, None, instance_of(request))


def unexpected(error: Exception, instance: str) -> Response:
    """The answer to an error that no handler knew: logged in full, told without any of it."""
    kind, detail, headers = _classify(error)
    if kind is ProblemType.INTERNAL_ERROR:
        log.error("request failed", instance=instance, problem=kind.value, exc_info=error)
    else:
        log.warning("request failed", instance=instance, problem=kind.value, error=type(error).__name__)
    return problem_response(kind, detail, (), headers, instance)


def _classify(error: Exception) -> tuple[ProblemType, str, dict[str, str]]:
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return ProblemType.STORAGE_FULL, "The storage of this service is full.", {"Retry-After": "60"}
    if type(error).__module__ == "sqlalchemy.exc" and type(error).__name__ in ("OperationalError", "TimeoutError"):
        return ProblemType.NOT_READY, "The database does not answer.", {"Retry-After": "5"}
    return ProblemType.INTERNAL_ERROR, "The error is logged under the id in instance.", {}
