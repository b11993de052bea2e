"""Validation of ERN messages against DDEX's own schemas, which an operator puts into a folder.

The schemas are under DDEX's licence and not part of this project. The folder is laid out as DDEX publishes it:
``ernv432/release-notification.xsd`` and, one directory up, the allowed value sets it imports.
"""

from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from lxml import etree

from schemas.ern.navigate import where


class SchemaError(NamedTuple):
    """One place that breaks the schema: line, path of the element, and what the schema says."""

    line: int
    where: str
    message: str


class NoSchema(LookupError):
    """The folder has no schema for this version of ERN."""


MAX_ERRORS = 100


def validate(root: etree._Element, version: str, folder: Path) -> list[SchemaError]:
    """What in the message breaks the schema of its version; empty for a valid message. Raises :class:`NoSchema`."""
    schema = _schema(folder / f"ernv{version.replace('.', '')}" / "release-notification.xsd")
    if schema.validate(root):
        return []
    return [SchemaError(error.line, error.path or where(root), error.message) for error in schema.error_log][
        :MAX_ERRORS
    ]


@lru_cache(maxsize=8)
def _schema(path: Path) -> etree.XMLSchema:
    if not path.is_file():
        raise NoSchema(f"there is no {path.parent.name}/{path.name} in the folder of schemas")
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    return etree.XMLSchema(etree.parse(str(path), parser))
