"""An ERN message in our words."""

from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel, Field

from schemas.disclosure import Declaration, Level


class MessageKind(StrEnum):
    NEW_RELEASE = "NewReleaseMessage"
    PURGE_RELEASE = "PurgeReleaseMessage"


class WarningCode(StrEnum):
    """What a message says oddly. A warning never stops a message."""

    UNKNOWN_VALUE = "unknown-value"
    INVENTED_ELEMENT = "invented-element"
    ELEMENT_OF_LATER_VERSION = "element-of-later-version"
    R1_AI_CONTRIBUTION = "R1-ai-contribution"
    R2_ALL_WITH_PEOPLE = "R2-all-with-people"
    R3_NONE_WITH_AI = "R3-none-with-ai"
    NO_FACET = "no-facet"
    NO_SUCH_PARTY = "no-such-party"
    INVALID_IDENTIFIER = "invalid-identifier"
    MISSING = "missing"


class MessageWarning(BaseModel):
    """``where`` is the path of the element, ``line`` its line in the message."""

    code: WarningCode
    message: str
    where: str
    line: int | None = None


class ErnContributor(BaseModel):
    """``special`` is GenerativeAI, Traditional, VariousArtists or UserDefined where no party is named."""

    name: str | None = None
    party_reference: str | None = None
    special: str | None = None
    roles: list[str] = []
    ai_contribution: Level = Level.UNDECLARED


class ErnFile(BaseModel):
    uri: str
    hash_algorithm: str | None = None
    hash_value: str | None = None


class ErnTrack(BaseModel):
    resource_reference: str | None = None
    isrc: str | None = None
    title: str | None = None
    version: str | None = None
    artists: list[ErnContributor] = []
    contributors: list[ErnContributor] = []
    contains_ai: Level = Level.UNDECLARED
    declared_ai: Declaration = {}
    duration_s: float | None = None
    language: str | None = None
    p_line: str | None = None
    files: list[ErnFile] = []


class ErnImage(BaseModel):
    resource_reference: str | None = None
    type: str | None = Field(default=None, examples=["FrontCoverImage"])
    files: list[ErnFile] = []


class ErnRelease(BaseModel):
    """``taken_down`` is true where deals are stated and none of them is usable at the message's date."""

    release_reference: str | None = None
    upc: str | None = None
    grid: str | None = None
    proprietary_id: str | None = None
    title: str | None = None
    type: str | None = None
    artist: str | None = None
    label: str | None = None
    release_date: str | None = None
    contains_ai: Level = Level.UNDECLARED
    resource_references: list[str] = []
    linked_references: list[str] = Field(default=[], description="What goes with its resources, such as pictures.")
    deals: int = 0
    taken_down: bool = False


class ErnMessage(BaseModel):
    version: str = Field(examples=["4.3.2"])
    kind: MessageKind
    avs_version: str | None = None
    message_id: str
    thread_id: str | None = None
    sender: str | None = Field(default=None, description="DPID of the sender.")
    sender_name: str | None = None
    recipient: str | None = None
    created_at: datetime | None = None
    test: bool = False
    releases: list[ErnRelease] = []
    tracks: list[ErnTrack] = []
    images: list[ErnImage] = []
    warnings: list[MessageWarning] = []
