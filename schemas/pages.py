"""Lists that come in pages."""

from typing import Generic, TypeVar

from pydantic import BaseModel, Field

T = TypeVar("T")


class Page(BaseModel, Generic[T]):
    """One page of a list. Ask for the next one with ``cursor`` set to ``next_cursor``."""

    items: list[T]
    next_cursor: str | None = Field(default=None, description="Missing on the last page.")


class FeedPage(BaseModel, Generic[T]):
    """One page of a feed, which has no end: an empty page's ``next_cursor`` is where to ask again later."""

    items: list[T]
    next_cursor: str = Field(description="Keep it, and ask with it for what came after.")
