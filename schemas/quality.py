"""Looking after the reviewers' own work: what a decision finds, answers that are known, second looks."""

from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field

from schemas.review import ReasonCode
from schemas.verdict import Action


class Finding(StrEnum):
    """What a person found of the suspicion that a case is about, whatever they did about it."""

    UPHELD = "upheld"
    CLEARED = "cleared"
    NEITHER = "neither"  # a corrected declaration, or another reason: it says nothing of the suspicion


FINDINGS: dict[ReasonCode, Finding] = {
    ReasonCode.AI_CONFIRMED: Finding.UPHELD,
    ReasonCode.DUPLICATE_CONFIRMED: Finding.UPHELD,
    ReasonCode.SPAM_CONFIRMED: Finding.UPHELD,
    ReasonCode.IMPERSONATION_CONFIRMED: Finding.UPHELD,
    ReasonCode.METADATA_MISLEADING: Finding.UPHELD,
    ReasonCode.METADATA_IN_ORDER: Finding.CLEARED,
    ReasonCode.AI_NOT_CONFIRMED: Finding.CLEARED,
    ReasonCode.LICENSED_OR_OWN_RECORDING: Finding.CLEARED,
    ReasonCode.NOT_SPAM: Finding.CLEARED,
    ReasonCode.NO_IMPERSONATION: Finding.CLEARED,
    ReasonCode.REVIEWED_BENIGN: Finding.CLEARED,
    ReasonCode.DECLARATION_CORRECTED: Finding.NEITHER,
    ReasonCode.OTHER: Finding.NEITHER,
}
"""What each reason says; every reason has its line."""


class LookState(StrEnum):
    """Where a second look stands."""

    WAITING = "waiting"
    DONE = "done"


class LookKind(StrEnum):
    """Why somebody looks a second time."""

    SAMPLED = "sampled"
    GOLDEN = "golden"


class GoldenIn(BaseModel):
    """A case whose right answer a senior knows. It stays in the queue like any other; whoever decides it is scored."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    action: Action
    reason: ReasonCode
    why: str = Field(min_length=1, max_length=2_000, description="Why this is the answer, for who asks later.")
    looks: int = Field(default=3, ge=0, le=20, description="How many others look at it after it was decided.")


class SharesIn(BaseModel):
    """How much of a tenant's work is looked at once more."""

    model_config = ConfigDict(extra="forbid")

    second_looks: float = Field(ge=0, le=1, description="Share of decisions that a second person looks at, blind.")
    unflagged: float = Field(ge=0, le=1, description="Share of tracks that no rule sent to a person and one sees yet.")


class JudgementSource(StrEnum):
    """How a judgement came about."""

    DECISION = "decision"
    SECOND_LOOK = "second_look"


class PersonsJudgement(BaseModel):
    """What one person made of a case."""

    person: str = Field(description="A pseudonym, the same wherever this person judged for this tenant.")
    source: JudgementSource
    action: Action
    policy_clause: str
    reason: ReasonCode
    finding: Finding
    confirm_labels: list[str]
    reject_labels: list[str]
    blind: bool = Field(description="Made without knowing what others decided; of a decision: without the score.")
    stands: bool = Field(description="A decision that was neither replaced nor taken back. A second look never stands.")
    at: str


class GoldenAnswer(BaseModel):
    action: Action
    reason: ReasonCode
    finding: Finding


class CaseJudgements(BaseModel):
    """One line of the data set: a case with everything that people made of it, and how far they differ."""

    case_id: str
    scope: str
    policy: str
    queue: str
    audio_sha256: list[str] = Field(description="Recordings of the case, the first hundred by order of acceptance.")
    judgements: list[PersonsJudgement]
    findings: dict[Finding, int] = Field(description="How many people found what; of each person their latest.")
    actions: dict[Action, int] = Field(description="How many people wanted what; of each person their latest.")
    agreement: float | None = Field(description="Share of pairs of people who found the same; missing for one person.")
    golden: GoldenAnswer | None = Field(default=None, description="The answer that a senior gave.")
