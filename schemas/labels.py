"""A track's labels as they leave the service: what was declared, what was detected, what a person confirmed, apart."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field

from schemas.deadlines import Deadline
from schemas.disclosure import Facet, Level
from schemas.evidence import AiSegment, AiVerdict, Provenance
from schemas.review import ReasonCode
from schemas.verdict import Action, Priority


class DetectedAi(BaseModel):
    """What the sound says about generation."""

    verdict: AiVerdict
    probability: float | None
    reasons: list[str]
    segments: list[AiSegment]
    share_of_track: float | None = Field(
        default=None, description="Share of the track's time over which the likelihood is at least 0.5."
    )
    longest_run_s: float | None = Field(
        default=None, description="Longest time over which the likelihood is at least 0.5 without a break, seconds."
    )
    traces_follow_vocals: bool | None = Field(
        default=None, description="Whether the traces come and go with the voice; missing unless it is clear."
    )


class Detected(BaseModel):
    """What analysis found, whatever was declared. Everything is missing as long as the audio was not analysed."""

    labels: list[str] = Field(description="Labels that rest on evidence rather than on the declaration alone.")
    ai: DetectedAi | None = None
    provenance: list[Provenance] = Field(default=[], description="Marks found in the file.")
    truncated: str | None = Field(
        default=None,
        description="Where and why decoding broke off: only the sound before it was judged. Missing for a whole file.",
    )


class Confirmed(BaseModel):
    """A label on which a person decided."""

    label: str
    confirmed: bool = Field(description="False: the person found the label wrong, and it no longer stands.")
    decision: str
    reason: ReasonCode
    policy_clause: str
    at: datetime


class TrackLabels(BaseModel):
    """The answer of ``GET /v1/tracks/{id}/labels``, and an entry's content in the label feed."""

    track_id: str
    revision: int
    declared: dict[Facet, Level] = Field(description="Every facet, as its sender declared it.")
    detected: Detected
    confirmed: list[Confirmed] = Field(description="Labels that a person confirmed or found wrong.")
    labels: list[str] = Field(description="The labels that stand, sorted: given by the rules, corrected by people.")
    action: Action | None = Field(description="What holds for the track now; missing until it is decided.")
    priority: Priority | None = Field(description="How soon a person should look; missing where nobody needs to.")
    reasons: list[str] = Field(default=[], description="Why: a sentence for each rule that matched, strongest first.")
    cases: list[str] = Field(description="Open cases that the track is in.")
    deadline: Deadline | None = Field(
        default=None, description="Until when the track waits for its uploader; missing where it does not."
    )
    model: str | None = Field(description="Version of the model behind detected.ai.")
    rule_set: str | None = Field(description="Hash of the rules behind labels and action.")


class FeedEntry(BaseModel):
    """One change in the label feed."""

    cursor: str = Field(description="Where this entry stands in the feed.")
    at: datetime
    labels: dict[str, Any] = Field(description="As `GET /v1/tracks/{id}/labels` answered at that time (TrackLabels).")
