"""Until when a track waits for its uploader, and what happens then."""

from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel, Field

from schemas.verdict import Action


class WaitsFor(StrEnum):
    """What ends the wait of a track before its deadline."""

    CORRECTION = "correction"
    """It is held: a correction, an appeal or a person's decision ends that."""
    DECLARATION = "declaration"
    """Its uploader was asked how it was made: any declaration is an answer."""


class Deadline(BaseModel):
    """A track waits for its uploader; without an answer the outcome takes effect by itself, and can be taken back."""

    waits_for: WaitsFor
    due_at: datetime = Field(description="When the wait ends.")
    outcome: Action = Field(description="What then holds for the track.")
