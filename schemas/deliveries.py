"""A delivery of many tracks at once: DDEX messages and manifests, and what became of each."""

from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel, Field

from schemas.ern.message import MessageWarning


class DeliveryState(StrEnum):
    """``waiting``: files are missing or wrong, and it goes on by itself when they come."""

    RECEIVED = "received"
    WAITING = "waiting"
    DONE = "done"
    REFUSED = "refused"
    FAILED = "failed"


class MessageState(StrEnum):
    """``superseded``: a newer message on the same release was applied before; ``test``: checked, and nothing made."""

    WAITING = "waiting"
    APPLIED = "applied"
    SUPERSEDED = "superseded"
    DUPLICATE = "duplicate"
    TEST = "test"
    REFUSED = "refused"


class FileStatus(StrEnum):
    """DDEX's ErncFileStatus, as far as it is told here. ``UserDefined`` stands for a day's quota that is used up."""

    OK = "FileOK"
    INVALID = "NewReleaseMessageInvalid"
    METADATA_MISSING = "MetadataMissing"
    RESOURCE_MISSING = "ResourceMissing"
    NO_DEAL = "NoDealInNewReleaseMessage"
    HASH_WRONG = "SignatureOrHashSumWrongOrMissing"
    NOT_AS_SPECIFIED = "ResourceNotMeetingSpecifications"
    QUOTA_REACHED = "UserDefined"
    INTERNAL = "InternalError"


class Fault(BaseModel):
    """What stands in the way of a message or a row."""

    status: FileStatus
    detail: str
    file: str | None = Field(default=None, description="The file that it is about.")
    isrc: str | None = None


class SchemaFault(BaseModel):
    """A place that breaks DDEX's schema."""

    line: int
    where: str
    message: str


class ReleaseReport(BaseModel):
    title: str | None = None
    upc: str | None = None
    grid: str | None = None
    proprietary_id: str | None = None
    taken_down: bool = False
    tracks: dict[str, str] = Field(default={}, description="Track ids by ISRC or resource reference.")


class MessageReport(BaseModel):
    """One ERN message of a delivery."""

    file: str
    state: MessageState
    message_id: str | None = None
    version: str | None = None
    kind: str | None = None
    sender: str | None = None
    created_at: datetime | None = None
    test: bool = False
    schema_check: str = Field(default="not checked", description="valid, invalid, or not checked and why.")
    schema_faults: list[SchemaFault] = []
    releases: list[ReleaseReport] = []
    faults: list[Fault] = []
    warnings: list[MessageWarning] = []


class RowReport(BaseModel):
    """One row of a manifest."""

    manifest: str
    line: int
    file: str | None = None
    track_id: str | None = None
    fault: Fault | None = None


class Report(BaseModel):
    messages: list[MessageReport] = []
    rows: list[RowReport] = []
    note: str | None = Field(default=None, description="Why there is neither, or why it failed.")


class DeliveredFile(BaseModel):
    name: str
    sha256: str
    size_bytes: int


class DeliverySummary(BaseModel):
    id: str
    state: DeliveryState
    source: str | None = Field(default=None, description="The watched folder that it came from.")
    created_at: datetime
    updated_at: datetime


class DeliveryOut(DeliverySummary, Report):
    """A delivery as it stands."""

    files: list[DeliveredFile] = []
