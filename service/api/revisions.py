"""Changes under ``If-Match``: the ETag of a track is its revision."""

from typing import Annotated

from fastapi import Header

from schemas.problems import FieldError, ProblemType
from service.api.problems import ProblemError

IfMatch = Annotated[
    str | None,
    Header(
        alias="If-Match",
        max_length=100,
        description='ETag of the revision that the change is based on, such as `"3"`; `*` for whatever stands there.',
    ),
]


def etag(revision: int) -> str:
    """The ETag of a revision."""
    return f'"{revision}"'


def check_precondition(if_match: str | None, revision: int) -> None:
    """End in a 428 without ``If-Match``, in a 412 where it names another revision than the present one."""
    if if_match is None:
        raise ProblemError(
            ProblemType.REVISION_REQUIRED,
            errors=[FieldError(field="header.If-Match", message=f"is required; the present ETag is {etag(revision)}")],
        )
    named = [tag.strip() for tag in if_match.split(",")]
    if "*" not in named and etag(revision) not in named:
        raise ProblemError(
            ProblemType.REVISION_CHANGED, f"The present ETag is {etag(revision)}.", headers={"ETag": etag(revision)}
        )
