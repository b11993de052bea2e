"""Problems as answers: the exception that routes raise, the response it becomes, and the pages that explain it."""

from collections.abc import Mapping, Sequence

import orjson
from fastapi import APIRouter, HTTPException
from fastapi.responses import PlainTextResponse, Response

from schemas.problems import (
    MEDIA_TYPE,
    PROBLEMS,
    TYPE_PREFIX,
    FieldError,
    Problem,
    ProblemType,
    index_page,
    page,
    reference,
)

router = APIRouter(include_in_schema=False)


class ProblemError(HTTPException):
    """Ends the request with a problem of the given type.

    It is an ``HTTPException`` so that the framework passes it on unchanged from wherever it is raised.
    """

    def __init__(
        self,
        kind: ProblemType,
        detail: str | None = None,
        errors: Sequence[FieldError] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """``detail`` says what happened this time; without one, the first error or the type's meaning does."""
        if detail is None:
            detail = _first(errors) if errors else PROBLEMS[kind].means
        super().__init__(PROBLEMS[kind].status, detail, dict(headers or {}))
        self.kind = kind
        self.errors = list(errors)


def field_problem(kind: ProblemType, field: str, message: str) -> ProblemError:
    """A problem with one field at fault."""
    return ProblemError(kind, errors=[FieldError(field=field, message=message)])


def not_found(noun: str) -> ProblemError:
    """The one answer for what does not exist and for what belongs to another tenant."""
    return ProblemError(ProblemType.NOT_FOUND, f"There is no such {noun}.")


def problem_response(
    kind: ProblemType,
    detail: str,
    errors: Sequence[FieldError] = (),
    headers: Mapping[str, str] | None = None,
    instance: str | None = None,
) -> Response:
    """The ``application/problem+json`` answer (RFC 9457)."""
    problem = Problem(
        type=reference(kind),
        title=PROBLEMS[kind].title,
        status=PROBLEMS[kind].status,
        detail=detail,
        instance=instance,
        errors=list(errors),
    )
    content = orjson.dumps(problem.model_dump(mode="json", exclude_defaults=True))
    return Response(content, problem.status, headers=dict(headers or {}), media_type=MEDIA_TYPE)


def _first(errors: Sequence[FieldError]) -> str:
    rest = f" ({len(errors) - 1} more)" if len(errors) > 1 else ""
    return f"{errors[0].field}: {errors[0].message}{rest}"


@router.get(TYPE_PREFIX)
def read_index() -> PlainTextResponse:
    return PlainTextResponse(index_page())


@router.get(TYPE_PREFIX + "{name}")
def read_page(name: str) -> PlainTextResponse:
    try:
        return PlainTextResponse(page(ProblemType(name)))
    except ValueError:
        raise not_found("problem type") from None
