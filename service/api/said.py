"""What senders say, read into the vocabulary: every broken rule told at once."""

from typing import Any, TypeVar

from pydantic import ValidationError

from schemas.catalogue import Said
from schemas.problems import ProblemType
from service.api import strict_json
from service.api.fields import field_errors
from service.api.problems import ProblemError

S = TypeVar("S", bound=Said)


def read_said(data: bytes, model: type[S], root: str) -> S:
    """The model from a JSON document; a 400 or 422 problem that names the fields under ``root``."""
    return check_said(strict_json.parse(data, root), model, root)


def check_said(document: Any, model: type[S], root: str) -> S:
    """The model from a parsed document; a 422 problem that names the fields under ``root``."""
    try:
        return model.model_validate(document)
    except ValidationError as error:
        errors = field_errors(error.errors(include_url=False), root)
        raise ProblemError(ProblemType.INVALID_METADATA, errors=errors) from None
