"""Appeals: an uploader asks that somebody else look again. Never decided by machine."""

from collections.abc import Collection
from datetime import datetime, timedelta
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field, model_validator

from schemas.attachments import FileOut
from schemas.review import ReasonCode
from schemas.verdict import Action

SHORTEST_WINDOW_DAYS = 183
"""Six months at least after a decision (Digital Services Act, article 20(1))."""

_AGAINST_UPLOADER = frozenset(
    {
        ReasonCode.AI_CONFIRMED,
        ReasonCode.DUPLICATE_CONFIRMED,
        ReasonCode.SPAM_CONFIRMED,
        ReasonCode.IMPERSONATION_CONFIRMED,
        ReasonCode.METADATA_MISLEADING,
    }
)


class AppealState(StrEnum):
    OPEN = "open"
    UPHELD = "upheld"  # the decision stands
    REVERSED = "reversed"


class Side(StrEnum):
    """Who speaks in an appeal."""

    UPLOADER = "uploader"
    REVIEWER = "reviewer"


def window_ends(decided_at: datetime, days: int) -> datetime:
    """Until when an appeal may be lodged against what was decided then."""
    return decided_at + timedelta(days=max(days, SHORTEST_WINDOW_DAYS))


def why_not_decide(person: str, earlier: Collection[str]) -> str | None:
    """Why somebody may not decide an appeal: whoever took a decision on the case does not judge it again."""
    if person in earlier:
        return "you took a decision on this case; somebody else has to decide its appeal"
    return None


class AppealIn(BaseModel):
    """An appeal against what stands on a track: the decision of a person, or what rules did by themselves."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    track_id: str = Field(max_length=40)
    text: str = Field(min_length=1, max_length=20_000, description="What is wrong with the decision, and why.")


class AppealMessageIn(BaseModel):
    """One message of the dialogue."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    text: str = Field(min_length=1, max_length=20_000)


class AppealOutcomeIn(BaseModel):
    """How a person decides an appeal.

    ``upheld`` leaves action and labels as they stand. ``reversed`` sets the action to ``none`` and takes back what was
    found, unless ``action`` and ``reject_labels`` say otherwise.
    """

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    outcome: AppealState
    reason: ReasonCode
    message: str = Field(min_length=1, max_length=10_000, description="To the uploader: why.")
    note: str = Field(default="", max_length=10_000, description="Private: for reviewers.")
    action: Action | None = Field(default=None, description="Only with reversed: what takes its place.")
    reject_labels: list[str] | None = Field(default=None, max_length=50, description="Only with reversed.")

    @model_validator(mode="after")
    def _fits(self) -> "AppealOutcomeIn":
        if self.outcome is AppealState.OPEN:
            raise ValueError("an outcome is upheld or reversed")
        if self.outcome is AppealState.UPHELD and (self.action is not None or self.reject_labels is not None):
            raise ValueError("what is upheld stays as it is: leave out action and reject_labels")
        if self.outcome is AppealState.REVERSED and self.reason in _AGAINST_UPLOADER:
            raise ValueError(f"a reversal cannot rest on {self.reason.value}")
        return self


class AppealMessage(BaseModel):
    side: Side
    author: str = Field(description="Who wrote it; reviewers are not named to uploaders.")
    text: str
    at: datetime


class AppealOut(BaseModel):
    """An appeal with its dialogue."""

    id: str
    track_id: str
    case_id: str
    decision_id: str | None = Field(description="The decision it is against; null: what rules did by themselves.")
    state: AppealState
    lodged_at: datetime
    due_at: datetime = Field(description="When an answer is due.")
    messages: list[AppealMessage]
    files: list[FileOut]
    decided_at: datetime | None
    decided_by: str | None
    outcome_decision_id: str | None = Field(description="The decision that the outcome made.")


class AppealLink(BaseModel):
    """A page on which an uploader without an account appeals and follows the appeal."""

    url: str
    expires_at: datetime
