"""What senders say, read into the vocabulary: every broken rule told at once, unknown keys kept and warned of."""

from typing import Any, TypeVar

from pydantic import ValidationError

from schemas.catalogue import Said, unknown_keys
from schemas.problems import ProblemType
from service.api import strict_json
from service.api.fields import field_errors, inert
from service.api.problems import ProblemError

MAX_WARNINGS = 20

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


def warnings_of(said: Said, root: str) -> list[str]:
    """A sentence for each key that this version does not know, the first ``MAX_WARNINGS`` of them."""
    unknown = unknown_keys(said, f"{root}.")
    warnings = [f"{inert(path, 120)} is not known; it was kept as sent" for path in unknown[:MAX_WARNINGS]]
    if len(unknown) > MAX_WARNINGS:
        warnings.append(f"{len(unknown) - MAX_WARNINGS} more keys are not known; they were kept as sent")
    return warnings
