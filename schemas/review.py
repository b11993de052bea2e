"""What people do with a verdict: cases, decisions, and the states they go through."""

from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field

from schemas.verdict import Action, CaseScope, Priority


class TrackState(StrEnum):
    """Where a track is on its way. ``failed`` goes to a person: nothing is released because analysis failed."""

    RECEIVED = "received"
    ANALYSING = "analysing"
    DECIDED = "decided"
    UNREADABLE = "unreadable"
    FAILED = "failed"
    WITHDRAWN = "withdrawn"

    @property
    def settled(self) -> bool:
        """Whether nothing more happens to the track by itself."""
        return self not in (TrackState.RECEIVED, TrackState.ANALYSING)


class CaseState(StrEnum):
    OPEN = "open"
    DECIDED = "decided"
    CLOSED = "closed"  # by the machine: the cause is gone, such as after a correction


class ReasonCode(StrEnum):
    """Why a person decided as they did; every decision names one."""

    AI_CONFIRMED = "ai_confirmed"
    AI_NOT_CONFIRMED = "ai_not_confirmed"
    DECLARATION_CORRECTED = "declaration_corrected"
    DUPLICATE_CONFIRMED = "duplicate_confirmed"
    LICENSED_OR_OWN_RECORDING = "licensed_or_own_recording"
    SPAM_CONFIRMED = "spam_confirmed"
    NOT_SPAM = "not_spam"
    IMPERSONATION_CONFIRMED = "impersonation_confirmed"
    NO_IMPERSONATION = "no_impersonation"
    REVIEWED_BENIGN = "reviewed_benign"
    OTHER = "other"


class DecisionIn(BaseModel):
    """A reviewer's decision on a case: what happens, under which clause of the policy, and why."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    case_id: str
    action: Action
    policy_clause: str = Field(min_length=1, max_length=100, examples=["AI-2"])
    reason: ReasonCode
    note: str = Field(default="", max_length=10_000, description="Private: for reviewers.")
    message: str = Field(default="", max_length=10_000, description="To the uploader.")
    confirm_labels: list[str] = Field(default=[], max_length=50, description="Labels confirmed on the case's tracks.")
    reject_labels: list[str] = Field(default=[], max_length=50, description="Labels found wrong on the case's tracks.")
    supersedes: str | None = Field(
        default=None, description="An earlier decision on the same case that this one replaces."
    )


class DecisionState(StrEnum):
    STANDING = "standing"
    SUPERSEDED = "superseded"
    UNDONE = "undone"


class DecisionOut(BaseModel):
    id: str
    case_id: str
    action: Action
    policy_clause: str
    reason: ReasonCode
    note: str
    message: str
    confirm_labels: list[str]
    reject_labels: list[str]
    decided_by: str
    decided_at: datetime
    state: DecisionState
    supersedes: str | None


class CaseSummary(BaseModel):
    id: str
    scope: CaseScope
    subject: str = Field(description="What the case is about: recording 'Low Water', 3 tracks by 3 artists.")
    queue: str
    priority: Priority
    state: CaseState
    policy: str
    reason: str
    tracks: int
    opened_at: datetime
    updated_at: datetime
    review_by: datetime = Field(description="When a person should have decided.")


class ReviewerRole(StrEnum):
    """What a person at the console may do. Everybody signed in may read; an auditor can do nothing else. An integrator
    looks after deliveries and webhooks."""

    AUDITOR = "auditor"
    REVIEWER = "reviewer"
    SENIOR = "senior"
    POLICY_OWNER = "policy_owner"
    INTEGRATOR = "integrator"
    ADMINISTRATOR = "administrator"

    @property
    def may_decide(self) -> bool:
        return self in (ReviewerRole.REVIEWER, ReviewerRole.SENIOR, ReviewerRole.ADMINISTRATOR)
