"""``docs/facts.md``: every fact a rule can name, written from the schema so that it cannot fall behind."""

from collections.abc import Iterator
from itertools import groupby

from schemas.facts import fact_fields, fact_values
from service.rules.engine import plain_type

_TYPES = {bool: "true/false", int: "whole number", float: "number (write `1.0`)", str: "text", list: "list of texts"}

_HEAD = """# Facts

Every fact that a rule can name, as `group.field`. This page is written from `schemas/facts.py` by
`earmark policy facts --write docs/facts.md`; a test holds it current.

A fact that is unknown is left out: a condition on it is *not evaluable*, never true. *Produced by* says who computes it
on live traffic. A fact that is **not produced** is a plug-in point: a live rule cannot depend on it to queue, hold or
block, and a pack that tries is refused.
"""


def facts_page() -> str:
    """The page as Markdown, in the order of the schema."""
    parts = [_HEAD]
    for group, fields in groupby(fact_fields(), key=lambda field: field[0].partition(".")[0]):
        parts.append(f"\n## {group}\n\n| fact | type | meaning | produced by |\n|---|---|---|---|\n")
        parts += [_row(name, annotation, meaning, producer) for name, annotation, meaning, producer in fields]
    unproduced = list(_unproduced())
    if unproduced:
        parts.append("\n## Not produced\n\nUnknown until something is plugged in: " + ", ".join(unproduced) + ".\n")
    return "".join(parts)


def _row(name: str, annotation: object, meaning: str, producer: str) -> str:
    values = fact_values().get(name)
    kind = "one of " + ", ".join(f"`{value}`" for value in values) if values else _TYPES[plain_type(annotation)]
    made_by = "**not produced**" if producer == "not produced" else producer
    return f"| `{name}` | {kind} | {_cell(meaning)} | {_cell(made_by)} |\n"


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())


def _unproduced() -> Iterator[str]:
    return (f"`{name}`" for name, _, _, producer in fact_fields() if producer == "not produced")
