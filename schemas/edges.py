"""Edges as the API shows them: every piece of evidence that ties a track to others, whether it joins a group or not."""

from enum import StrEnum

from pydantic import BaseModel, Field

from schemas.evidence import RecordingMatch
from schemas.tracks import TrackSummary


class EdgeKind(StrEnum):
    """What ties two tracks, or their senders."""

    RECORDING = "recording"
    ARTWORK = "artwork"
    TEXT = "text"
    PAYOUT = "payout"
    DEVICE = "device"
    NETWORK = "network"
    REGISTRANT = "registrant"


class TrackEdge(BaseModel):
    """One edge. It leads to a track by its sound, its cover or its title and artists, and to a sender by what the two
    accounts share."""

    kind: EdgeKind
    joins: bool = Field(
        description="Whether it counts for a group: a shared backing, a stock cover, equal names and an office do not."
    )
    track: TrackSummary | None = None
    sender: str | None = Field(default=None, description="The other account, as `sender.id`.")
    match: RecordingMatch | None = Field(default=None, description="Of the sound: how this track matches the other.")
    bits_apart: int | None = Field(default=None, description="Of the covers: bits of 256 in which their looks differ.")


class TrackEdges(BaseModel):
    """All edges of a track."""

    track_id: str
    edges: list[TrackEdge]
    more: bool = Field(description="Whether there are more than are shown of one kind.")
