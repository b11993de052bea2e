"""The people at the console as an administrator sees them, and what may be changed about them."""

from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field

from schemas.review import ReviewerRole


class SecondFactor(StrEnum):
    """What beside a password is asked of somebody."""

    CODES = "one_time_codes"
    PROVIDER = "identity_provider"
    NONE = "none"


class PersonOut(BaseModel):
    id: str
    name: str
    role: ReviewerRole
    second_factor: SecondFactor
    last_seen_at: datetime | None = Field(description="When they were last at the console, to the minute.")
    disabled_at: datetime | None = Field(description="Since when they are shut out.")
    created_at: datetime


class PersonChangeIn(BaseModel):
    """What an administrator changes about somebody. What is left out stays."""

    model_config = ConfigDict(extra="forbid")

    role: ReviewerRole | None = None
    active: bool | None = Field(default=None, description="False shuts them out at once, their own keys included.")
    reset_second_factor: bool = Field(
        default=False, description="Forget their one-time codes, as when a device is lost."
    )


class PeopleChange(StrEnum):
    """What was done to somebody's account."""

    ROLE = "role"
    SHUT_OUT = "shut_out"
    LET_IN = "let_in"
    SECOND_FACTOR_RESET = "second_factor_reset"
