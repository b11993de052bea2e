"""Notices from outside: rights holders, artists and users say that something about a delivery is wrong."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator, model_validator

from schemas.identifiers import normalise_isrc
from schemas.verdict import Action, Priority

WEB_ADDRESS = r"^https?://[^\s<>\"]+$"


class ReportKind(StrEnum):
    """What is claimed."""

    IMPERSONATION = "impersonation"
    RECORDING = "recording"
    UNDECLARED_AI = "undeclared_ai"
    SPAM = "spam"
    OTHER = "other"


class ReporterRole(StrEnum):
    """As whom somebody reports."""

    ARTIST = "artist"
    RIGHTS_HOLDER = "rights_holder"
    REPRESENTATIVE = "representative"
    USER = "user"


class ReportState(StrEnum):
    OPEN = "open"
    UPHELD = "upheld"  # something follows from the case
    REJECTED = "rejected"


POLICY = {
    ReportKind.IMPERSONATION: "IMP-1",
    ReportKind.RECORDING: "RIGHTS-1",
    ReportKind.UNDECLARED_AI: "AI-2",
    ReportKind.SPAM: "SPAM-2",
    ReportKind.OTHER: "META-1",
}
"""The clause that a claim appeals to; the reviewer may name another."""

URGENCY = {
    ReportKind.IMPERSONATION: Priority.P1,
    ReportKind.RECORDING: Priority.P1,
    ReportKind.UNDECLARED_AI: Priority.P2,
    ReportKind.SPAM: Priority.P2,
    ReportKind.OTHER: Priority.P3,
}


class ReportIn(BaseModel):
    """A notice. It names the track by its id or its ISRC, says what is wrong with it, and who says so."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    kind: ReportKind
    track_id: str | None = Field(default=None, max_length=40)
    isrc: str | None = Field(default=None, max_length=20)
    role: ReporterRole
    name: str = Field(min_length=1, max_length=200, description="Who reports; shown to reviewers alone.")
    email: Annotated[
        str, StringConstraints(pattern=r"^[^@\s<>\"]{1,64}@[^@\s<>\"]{1,190}\.[^@\s<>\".]{2,63}$", max_length=254)
    ] = Field(description="Where they can be reached; shown to reviewers alone.")
    statement: str = Field(min_length=20, max_length=10_000, description="What is wrong, and how that can be seen.")
    links: list[Annotated[str, StringConstraints(pattern=WEB_ADDRESS, max_length=1_000)]] = Field(
        default=[], max_length=10, description="Evidence: the original, a profile, a registration."
    )
    good_faith: bool = Field(description="The reporter believes in good faith that this is accurate and complete.")

    @field_validator("good_faith")
    @classmethod
    def _said(cls, good_faith: bool) -> bool:
        if not good_faith:
            raise ValueError("a notice needs the statement that it is made in good faith")
        return good_faith

    @field_validator("isrc")
    @classmethod
    def _isrc(cls, isrc: str | None) -> str | None:
        return normalise_isrc(isrc) if isrc else None

    @model_validator(mode="after")
    def _names_a_track(self) -> "ReportIn":
        if bool(self.track_id) == bool(self.isrc):
            raise ValueError("name the track either by track_id or by isrc")
        return self


class ReportReceipt(BaseModel):
    """What a reporter gets back: the receipt, and where the outcome can be read without an account."""

    id: str
    state: ReportState
    received_at: datetime
    already_known: bool = Field(description="The same reporter has sent this notice before; this is its receipt.")
    url: str = Field(description="Signed address of the outcome.")


class ReporterRecord(BaseModel):
    """How a reporter's earlier notices ended."""

    notices: int
    upheld: int
    rejected: int
    suspended_until: datetime | None = None

    @property
    def unreliable(self) -> bool:
        """Five notices or more were decided, and four of five or more were unfounded."""
        decided = self.upheld + self.rejected
        return decided >= UNRELIABLE_AFTER and self.rejected >= UNRELIABLE_SHARE * decided


UNRELIABLE_AFTER = 5
UNRELIABLE_SHARE = 0.8


class ReportOut(BaseModel):
    """A notice as reviewers see it. Its state follows from the decision that stands on its case."""

    id: str
    track_id: str
    case_id: str
    kind: ReportKind
    role: ReporterRole
    name: str
    email: str
    statement: str
    links: list[str]
    received_at: datetime
    via: str = Field(description="Who passed it on: an API key, or the form.")
    state: ReportState
    decision_id: str | None = Field(description="The decision that stands on the case.")
    reporter: ReporterRecord


def state_of(action: Action | None) -> ReportState:
    """The state of a notice by what the decision that stands on its case does to its track; ``None``: none stands."""
    if action is None:
        return ReportState.OPEN
    return ReportState.REJECTED if action is Action.NONE else ReportState.UPHELD
