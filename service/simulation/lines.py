"""The lines of a scenario file: what is known before, who sends, what happens when."""

from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from schemas.catalogue import SenderTier


class ScenarioError(ValueError):
    """A line that is no scenario line, with the place of it."""


class Line(BaseModel):
    """Base of all lines: further fields are ignored, a missing or null one is unknown."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class TierLine(Line):
    daily_p99: float
    share_30_35s: float
    share_120_125s: float


class BaselineLine(Line):
    tiers: dict[SenderTier, TierLine] = {}


class ScenarioLine(Line):
    type: Literal["scenario"]
    id: str
    start: datetime
    now: datetime
    baseline: BaselineLine = BaselineLine()


class ReferenceLine(Line):
    type: Literal["reference"]
    kind: str
    id: str | None = None
    name: str | None = None
    title: str | None = None
    artist: str | None = None
    artist_id: str | None = None
    isrc: str | None = None
    p_line: str | None = None
    owner: str | None = None
    account: str | None = None
    release_date: date | None = None
    licensed_to: list[str] | None = None
    noise: float | None = None
    silence_ratio: float | None = None
    payout_hash: str | None = None
    prefix: str | None = None
    names: list[str] | None = None
    key_sha256: str | None = Field(default=None, pattern=r"^[0-9a-f]{64}$")


class AccountLine(Line):
    type: Literal["account"]
    id: str
    name: str | None = None
    tier: SenderTier | None = None
    created_at: datetime | None = None
    dpid: str | None = None
    parent_account: str | None = None
    payout_hash: str | None = None
    device_hash: str | None = None
    ip: str | None = None
    prior_tracks: int | None = None
    confirmed_ok: int | None = None
    confirmed_spam: int | None = None
    daily_history: list[int] | None = None
    artist_links: list[str] | None = None
    isrc_registrants: list[str] | None = None
    contracts: list[str] | None = None


class Changes(Line):
    payout_hash: str | None = None
    device_hash: str | None = None
    ip: str | None = None


class AccountUpdateLine(Line):
    type: Literal["account_update"]
    at: datetime
    account: str
    changes: Changes


class EvidenceLine(Line):
    """The evidence that analysis would have found."""

    ai_probability: float | None = Field(default=None, ge=0, le=1)
    ai_vocal_probability: float | None = Field(default=None, ge=0, le=1)
    recording_id: str | None = None
    fingerprint_match_of: str | None = None
    speed_ratio: float | None = None
    pitch_cents: float | None = None
    overlap: float | None = Field(default=None, ge=0, le=1)
    noise: float | None = Field(default=None, ge=0, le=1)
    silence_ratio: float | None = Field(default=None, ge=0, le=1)
    loop: float | None = Field(default=None, ge=0, le=1)
    speech: float | None = Field(default=None, ge=0, le=1)
    language_detected: str | None = None
    language_confidence: float | None = None
    artwork_id: str | None = None
    artist_distance: float | None = None
    voice_match: str | None = None
    voice_similarity: float | None = None
    artist_key: bool | None = None
    spectrum_db: list[float] | None = Field(default=None, max_length=60)
    """Long-term spectrum in third octaves."""
    head_db: float | None = None
    tail_db: float | None = None
    """Level of the first and the last moments against the median."""


class UploadLine(Line):
    type: Literal["upload"]
    at: datetime
    account: str
    kind: Literal["new", "update", "takedown"] = "new"
    idempotency_key: str | None = None
    release: dict[str, Any] | None = None
    track: dict[str, Any] | None = None
    declared_ai: dict[str, str] | None = None
    evidence: EvidenceLine | None = None


AnyLine = Annotated[
    ScenarioLine | ReferenceLine | AccountLine | AccountUpdateLine | UploadLine, Field(discriminator="type")
]
_ANY_LINE: TypeAdapter[AnyLine] = TypeAdapter(AnyLine)


def read_lines(path: Path) -> Iterator[AnyLine]:
    """The lines of a file in order. Raises :class:`ScenarioError` with file and line number."""
    with path.open(encoding="utf-8") as file:
        try:
            for number, text in enumerate(file, 1):
                if text.strip():
                    try:
                        yield _ANY_LINE.validate_json(text)
                    except ValidationError as error:
                        first = error.errors()[0]
                        place = ".".join(str(part) for part in first["loc"])
                        raise ScenarioError(f"{path}:{number}: {place or 'line'}: {first['msg']}") from None
        except UnicodeDecodeError as error:
            raise ScenarioError(f"{path}: not UTF-8: {error.reason}") from None
