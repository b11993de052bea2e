"""What the rules make of the facts: labels, an action, and the trace that says why."""

from enum import StrEnum

from pydantic import Field

from schemas.evidence import Frozen
from schemas.facts import Scalar


class Label(StrEnum):
    """The labels that Earmark knows. Policy packs may add others of their own."""

    AI_DECLARED = "ai_declared"
    AI_DECLARED_PARTLY = "ai_declared_partly"
    AI_DECLARED_ARTWORK = "ai_declared_artwork"
    AI_DETECTED = "ai_detected"
    AI_UNDECLARED = "ai_undeclared"
    AI_MISMATCH = "ai_mismatch"
    AI_PROVENANCE = "ai_provenance"
    DUPLICATE_RECORDING = "duplicate_recording"
    FUNCTIONAL_AUDIO = "functional_audio"


class Action(StrEnum):
    """The ladder of actions, weakest first. Holds and blocks can be reversed."""

    NONE = "none"
    LABEL = "label"
    QUEUE = "queue"
    HOLD = "hold"
    BLOCK = "block"

    @property
    def rank(self) -> int:
        return _LADDER.index(self)


_LADDER = list(Action)


class Priority(StrEnum):
    """How soon a person should look; P0 at once."""

    P0 = "P0"
    P1 = "P1"
    P2 = "P2"
    P3 = "P3"


class CaseScope(StrEnum):
    """What a case groups, so that one cause makes one case."""

    TRACK = "track"
    RELEASE = "release"
    RECORDING = "recording"
    SENDER = "sender"


class RuleStatus(StrEnum):
    LIVE = "live"
    SHADOW = "shadow"
    DRAFT = "draft"
    RETIRED = "retired"


class Outcome(StrEnum):
    """Three-valued: a condition on an unknown fact is not evaluable, and so never true."""

    MATCH = "match"
    NO_MATCH = "no_match"
    NOT_EVALUABLE = "not_evaluable"


class ConditionTrace(Frozen):
    """One line of a rule as it was evaluated, with the values it saw."""

    expression: str
    outcome: Outcome
    values: dict[str, Scalar] = {}
    unknown: list[str] = Field(default=[], description="Facts the line needs and nobody knows.")
    error: str | None = Field(default=None, description="What else kept the line from being evaluated.")


class RuleTrace(Frozen):
    """One rule as it was evaluated. Its effects count only where the outcome is a match and the rule is live."""

    rule: str
    version: int
    status: RuleStatus
    outcome: Outcome
    conditions: list[ConditionTrace] = []
    labels: list[str] = []
    action: Action = Action.NONE
    priority: Priority | None = None
    queue: str | None = None
    case_scope: CaseScope | None = None
    policy: str = Field(description="Policy clause the rule enforces.")
    reason: str = Field(default="", description="One readable sentence with the values filled in.")


class Judgement(Frozen):
    """What a rule set makes of one set of facts. Pure: the same facts and rule set give the same judgement."""

    rule_set: str = Field(description="Hash of the rule set.")
    labels: list[str] = Field(description="Sorted, each once.")
    action: Action
    priority: Priority | None = Field(default=None, description="Missing exactly for none and label.")
    fired: list[RuleTrace] = Field(default=[], description="Live rules that matched, strongest first.")
    shadow: list[RuleTrace] = Field(default=[], description="Shadow rules that would have matched; they touch nothing.")
    not_evaluable: list[RuleTrace] = []
