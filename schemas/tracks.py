"""A track as the API shows it."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from schemas.deadlines import Deadline
from schemas.disclosure import Facet, Level
from schemas.events import EventKind
from schemas.evidence import Evidence
from schemas.review import TrackState


class TrackAccepted(BaseModel):
    """The answer to a delivery or a correction: it is stored, and work on it will follow by itself."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "trk_01jx7v9m3q8c5r2t6w0y4z1a2b",
                    "state": "received",
                    "revision": 1,
                    "warnings": ["metadata.mood is not known; it was kept as sent"],
                }
            ]
        }
    )

    id: str
    state: TrackState
    revision: int
    warnings: list[str] = Field(default=[], description="What was odd but accepted, such as unknown keys.")


class TrackReason(BaseModel):
    """Why a track is unreadable or failed, in the form of a problem (RFC 9457)."""

    type: str = Field(examples=["/problems/unreadable-audio"])
    title: str
    detail: str


class TrackEvent(BaseModel):
    """One entry of the track's append-only log."""

    seq: int = Field(description="Place in the track's log, from 1, without gaps.")
    kind: EventKind
    revision: int
    at: datetime
    data: dict[str, Any] = Field(default={}, description="Particulars, by kind.")


class StoredFile(BaseModel):
    """A file that was delivered."""

    sha256: str
    size_bytes: int | None = None
    file_name: str | None = Field(default=None, description="As sent.")
    erased_at: datetime | None = Field(default=None, description="Since when its bytes are not kept any more.")


class TrackSummary(BaseModel):
    """A track in a list."""

    id: str
    state: TrackState
    revision: int
    title: str
    isrc: str | None
    client_reference: str | None
    accepted_at: datetime
    updated_at: datetime
    reason: TrackReason | None = None


class TrackOut(TrackSummary):
    """A track as it stands."""

    pending: bool = Field(description="Whether work on it is still to be done; a decided track may be decided again.")
    metadata: dict[str, Any] = Field(description="As sent in the current revision, unknown keys included.")
    declaration: dict[Facet, Level] = Field(description="Every facet, as declared in the current revision.")
    audio: StoredFile
    artwork: StoredFile | None = None
    warnings: list[str] = []
    deadline: Deadline | None = Field(
        default=None, description="Until when the track waits for its uploader; missing where it does not."
    )
    evidence: Evidence | None = Field(default=None, description="What analysis found; missing until it is done.")
    events: list[TrackEvent]
