"""The policy in force, as the API and the command line show it."""

from datetime import datetime

from pydantic import BaseModel, Field

from schemas.verdict import Action, CaseScope, Priority, RuleStatus


class BrakeOut(BaseModel):
    """Why a rule acts one rung lower than it is written."""

    acted_as: Action = Field(description="What it did before.")
    lowered_to: Action = Field(description="What it does until somebody releases it.")
    message: str = Field(description="What the policy owner is told.")
    engaged_at: datetime
    told_at: datetime | None = Field(
        description="When the policy owner's address took the message; null: not yet, or no address is set."
    )


class RuleOut(BaseModel):
    """One rule as it stands."""

    rule: str
    version: int
    hash: str = Field(description="SHA-256 of what the rule does and says as it stands.")
    status: RuleStatus
    status_in_pack: RuleStatus = Field(description="What its pack says; another one after a promotion.")
    action: Action
    priority: Priority | None = None
    case_scope: CaseScope | None = None
    labels: list[str]
    clause: str = Field(description="Policy clause it enforces.")
    pack: str
    when: list[str] = Field(description="Its conditions; all must be true.")
    brake: BrakeOut | None = None


class ClauseOut(BaseModel):
    """A clause of the policy, as it is quoted to the sender."""

    clause: str
    title: str
    text: str


class WorkerRules(BaseModel):
    """By which rules a running worker judges."""

    worker: str
    rule_set: str | None = Field(description="Hash of its rules; null: it has not said so yet, or cannot read any.")
    seen_at: datetime = Field(description="Its last sign of life.")


class PolicyOut(BaseModel):
    """The rules in force, all states included, with the clauses that decisions name."""

    version: int | None = Field(description="Number of the version; null: the packs of the settings are in force.")
    rule_set: str = Field(description="Hash of the rules as they act; every verdict names the one it was made by.")
    live: bool = Field(description="Whether every running worker judges by this rule set, and at least one runs.")
    workers: list[WorkerRules]
    clauses: list[ClauseOut]
    rules: list[RuleOut]
