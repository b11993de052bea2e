"""A release as the API shows it."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field


class ReleaseOut(BaseModel):
    """A product that tracks are delivered on. Tracks name it by its UPC."""

    id: str
    upc: str | None
    release: dict[str, Any] = Field(description="As sent, unknown keys included.")
    created_at: datetime
    updated_at: datetime
    warnings: list[str] = Field(default=[], description="What was odd but accepted, such as unknown keys.")
