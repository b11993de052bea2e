"""What people do with a verdict: cases, decisions, and the states they go through."""

from datetime import datetime
from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

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
    METADATA_MISLEADING = "metadata_misleading"
    METADATA_IN_ORDER = "metadata_in_order"
    REVIEWED_BENIGN = "reviewed_benign"
    OTHER = "other"


class TrackDecision(BaseModel):
    """What is decided for one track of a case where it is something else than for the others."""

    model_config = ConfigDict(extra="forbid")

    track_id: str = Field(max_length=40)
    action: Action
    reason: ReasonCode
    confirm_labels: list[str] = Field(default=[], max_length=50)
    reject_labels: list[str] = Field(default=[], max_length=50)


class DecisionBasis(StrEnum):
    """What a decision about generation rests on other than the machine's score. Such decisions may train a model; a
    decision that was made with the score in view may not, or the model would learn its own opinion."""

    BLIND = "blind"  # heard in the console's blind view by somebody who had not seen the score; never merely claimed
    PROVENANCE = "provenance"
    ADMISSION = "admission"


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
    basis: Literal[DecisionBasis.PROVENANCE, DecisionBasis.ADMISSION] | None = Field(
        default=None,
        description="What it rests on, if not on the score: a mark in the file or papers (provenance), or the maker's "
        "own word (admission). Decisions made blind are marked by the console itself.",
    )
    exceptions: list[TrackDecision] = Field(
        default=[],
        max_length=1_000,
        description="Tracks of the case for which something else is decided, labels included.",
    )

    @field_validator("exceptions")
    @classmethod
    def _each_once(cls, exceptions: list[TrackDecision]) -> list[TrackDecision]:
        if len({one.track_id for one in exceptions}) < len(exceptions):
            raise ValueError("a track is named twice")
        return exceptions


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
    batch_id: str | None = Field(default=None, description="The bulk decision that it was part of.")
    exceptions: list[TrackDecision] = Field(default=[], description="Tracks for which another action follows.")
    basis: DecisionBasis | None = None


class BulkIn(BaseModel):
    """One decision on many open cases: each is decided by itself, and all are taken back together."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    case_ids: list[str] = Field(min_length=1, max_length=1_000)
    action: Action
    policy_clause: str | None = Field(
        default=None, min_length=1, max_length=100, description="Missing: each case's own clause."
    )
    reason: ReasonCode
    note: str = Field(default="", max_length=10_000, description="Private: for reviewers.")
    message: str = Field(default="", max_length=10_000, description="To the uploaders.")
    confirm_labels: list[str] = Field(default=[], max_length=50)
    reject_labels: list[str] = Field(default=[], max_length=50)


class BulkSkipped(BaseModel):
    case_id: str
    why: str


class BulkOut(BaseModel):
    """What became of a bulk decision."""

    id: str
    decided: int = Field(description="Cases that it decided.")
    tracks: int = Field(description="Different tracks of those cases.")
    standing: int = Field(description="Decisions of it that still stand.")
    decided_by: str
    decided_at: datetime
    skipped: list[BulkSkipped] = Field(
        default=[], description="Cases that were left as they are: in other hands, decided meanwhile, unknown."
    )


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

    @property
    def owns_policy(self) -> bool:
        return self in (ReviewerRole.POLICY_OWNER, ReviewerRole.ADMINISTRATOR)

    @property
    def may_decide_for_good(self) -> bool:
        """Whether what binds others later, such as whose notices are taken, is theirs to decide."""
        return self in (ReviewerRole.SENIOR, ReviewerRole.ADMINISTRATOR)
