"""Messages to uploaders as data: templates in a YAML file, filled in for a decision. Pure but for reading the file."""

import string
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, field_validator

from schemas.review import ReasonCode
from schemas.verdict import Action
from service.inert import inert
from service.rules.pack import Clause
from service.yaml_rows import read_rows

SHIPPED = Path(__file__).with_suffix(".yaml")

FIELDS = frozenset({"title", "tracks", "clause", "clause_title", "clause_text", "action", "appeal_until"})
"""What a template may name in braces."""

MEANS = {
    Action.NONE: "Nothing follows from it.",
    Action.LABEL: "It stays available and carries a label.",
    Action.QUEUE: "It stays available while we look further.",
    Action.HOLD: "It is held back for now.",
    Action.BLOCK: "It was not accepted.",
}
"""What each action means to who delivered."""


class Template(BaseModel):
    """One message. ``reasons`` are the decisions that it is offered for; none: all."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(pattern=r"^[a-z][a-z0-9-]*$", max_length=64)
    title: str = Field(min_length=1, max_length=100)
    reasons: frozenset[ReasonCode] = frozenset()
    text: str = Field(min_length=1, max_length=8_000)

    @field_validator("text")
    @classmethod
    def _names_what_there_is(cls, text: str) -> str:
        try:
            parts = list(string.Formatter().parse(text))
        except ValueError as error:
            raise ValueError(f"braces do not match: {error}") from None
        for _, name, spec, conversion in parts:
            if name is not None and (name not in FIELDS or spec or conversion):
                raise ValueError(f"{{{name}}} is unknown; there are {', '.join(sorted(FIELDS))}")
        return text


class MessageTemplates:
    """The templates of a deployment, in the order of their file."""

    def __init__(self, templates: Iterable[Template]) -> None:
        self.by_id = {template.id: template for template in templates}

    @classmethod
    def load(cls, path: Path | None = None) -> Self:
        """Read a file; those that come with Earmark unless one is named. Raises :class:`RowsRefused`."""
        return cls(read_rows(path or SHIPPED, Template))


def filled(
    template: Template, *, titles: list[str], tracks: int, action: Action, clause: Clause | None, appeal_until: date
) -> str:
    """The message for a decision. ``titles`` are those of its first tracks; they are strangers' text and made inert."""
    first = f"“{inert(titles[0], 120)}”" if titles else "your delivery"
    return template.text.format(
        title=first if tracks <= 1 else f"{first} and {tracks - 1:,} more",
        tracks=first if tracks <= 1 else f"{tracks:,} tracks",
        clause=clause.clause if clause else "",
        clause_title=clause.title if clause else "",
        clause_text=" ".join(clause.text.split()) if clause else "",
        action=MEANS[action],
        appeal_until=appeal_until.isoformat(),
    ).strip()
