"""Pages of lists: how long they are, and cursors that are no more than the id of the last item."""

import re
from collections.abc import Sequence
from typing import Annotated, TypeVar

from fastapi import Query

from schemas.problems import FieldError, ProblemType
from service.api.problems import ProblemError

T = TypeVar("T")

_CURSOR = re.compile(r"[A-Za-z0-9_]{1,64}")

Limit = Annotated[int, Query(ge=1, le=200, description="Most items on the page.")]
Cursor = Annotated[
    str | None,
    Query(max_length=64, description="`next_cursor` of the page before; missing for the first page."),
]


def bad_cursor() -> ProblemError:
    """For a cursor that no page gave out."""
    error = FieldError(field="query.cursor", message="is not a cursor of this list; begin again without one")
    return ProblemError(ProblemType.INVALID_REQUEST, errors=[error])


def checked_cursor(cursor: str | None) -> str | None:
    """The cursor if it has the form of one, so that it is safe to look up."""
    if cursor is not None and not _CURSOR.fullmatch(cursor):
        raise bad_cursor()
    return cursor


def split_page(rows: Sequence[T], limit: int) -> tuple[Sequence[T], T | None]:
    """The page's rows out of ``limit + 1`` that were asked for, and its last row if there are more."""
    if len(rows) <= limit:
        return rows, None
    return rows[:limit], rows[limit - 1]
