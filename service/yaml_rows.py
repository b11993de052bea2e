"""Data of a deployment in YAML files: a list of rows of one shape. The reader of message templates and routes."""

from pathlib import Path
from typing import TypeVar

import yaml
from pydantic import BaseModel, TypeAdapter, ValidationError

Row = TypeVar("Row", bound=BaseModel)


class RowsRefused(Exception):
    """A file cannot be used; the message names it, the place in it where there is one, and what is the matter."""


def read_rows(path: Path, row: type[Row]) -> list[Row]:
    """The rows of a file. Raises :class:`RowsRefused`."""
    try:
        return TypeAdapter(list[row]).validate_python(yaml.safe_load(path.read_text("utf-8")))  # type: ignore[valid-type]
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise RowsRefused(f"{path}: {error}") from None
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise RowsRefused(f"{path}: {where}: {first['msg'].removeprefix('Value error, ')}") from None
