"""Recordings as the API shows them: one sound, however often and under whatever name it was delivered."""

from pydantic import BaseModel

from schemas.evidence import RecordingMatch
from schemas.tracks import TrackSummary


class RecordingTrack(BaseModel):
    """A delivery of the recording. ``match`` says how it relates to the track that was asked for."""

    track: TrackSummary
    match: RecordingMatch | None = None


class RecordingOut(BaseModel):
    """A recording found by ISRC, with all the tenant's deliveries of it, under that ISRC or another."""

    id: str
    isrc: str
    tracks: list[RecordingTrack]
