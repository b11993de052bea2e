"""A case as the API shows it."""

from datetime import datetime

from pydantic import BaseModel, Field

from schemas.labels import TrackLabels
from schemas.review import CaseSummary, DecisionOut
from schemas.tracks import TrackSummary
from schemas.verdict import Action


class CaseTrack(BaseModel):
    """A track of a case, with what a reviewer needs to judge it."""

    track: TrackSummary
    artists: list[str] = Field(description="As credited.")
    sender: str | None = Field(description="Who is behind the tenant's delivery.")
    labels: TrackLabels
    reasons: list[str] = Field(description="Why the rules fired, strongest first.")


class ClaimOut(BaseModel):
    """Who has a case in hand. Nobody else can decide it until the lease ends or is given back."""

    case_id: str
    holder: str = Field(description="As decisions name them.")
    claimed_at: datetime
    expires_at: datetime = Field(description="When the lease ends unless it is extended.")


class CaseOut(CaseSummary):
    """A case with its tracks and what people decided on it."""

    action: Action = Field(description="What holds until the case is decided.")
    due_at: datetime | None = Field(default=None, description="When a hold ends by itself.")
    due_action: Action | None = Field(default=None, description="What then takes its place.")
    members: list[CaseTrack] = Field(description="The first tracks of the case, in order of acceptance.")
    decisions: list[DecisionOut] = Field(description="Oldest first; superseded and undone ones included.")
