"""Statement of reasons for the DSA transparency database (Regulation (EU) 2022/2065, articles 17 and 24(5)).

The model holds the database's own field rules: what is required, which field asks for which other, and the limits.
A statement carries no personal data: no names, no titles, no addresses; the content is named by its identifier alone.
"""

from datetime import date
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from schemas.review import ReasonCode
from schemas.verdict import Action

Text500 = Annotated[str, StringConstraints(min_length=1, max_length=500)]
Text2000 = Annotated[str, StringConstraints(min_length=1, max_length=2000)]
YesNo = Literal["Yes", "No"]


class Visibility(StrEnum):
    LABELLED = "DECISION_VISIBILITY_CONTENT_LABELLED"
    DISABLED = "DECISION_VISIBILITY_CONTENT_DISABLED"
    DEMOTED = "DECISION_VISIBILITY_CONTENT_DEMOTED"
    REMOVED = "DECISION_VISIBILITY_CONTENT_REMOVED"


class Ground(StrEnum):
    ILLEGAL = "DECISION_GROUND_ILLEGAL_CONTENT"
    INCOMPATIBLE = "DECISION_GROUND_INCOMPATIBLE_CONTENT"


class Category(StrEnum):
    IP = "STATEMENT_CATEGORY_INTELLECTUAL_PROPERTY_INFRINGEMENTS"
    SCAMS = "STATEMENT_CATEGORY_SCAMS_AND_FRAUD"
    TERMS = "STATEMENT_CATEGORY_OTHER_VIOLATION_TC"


class Source(StrEnum):
    NOTICE = "SOURCE_ARTICLE_16"
    TRUSTED_FLAGGER = "SOURCE_TRUSTED_FLAGGER"
    VOLUNTARY = "SOURCE_VOLUNTARY"


class Automation(StrEnum):
    FULLY = "AUTOMATED_DECISION_FULLY"
    PARTIALLY = "AUTOMATED_DECISION_PARTIALLY"
    NOT = "AUTOMATED_DECISION_NOT_AUTOMATED"


class StatementOfReasons(BaseModel):
    """One statement as the database takes it at ``POST /api/v1/statement``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    puid: Annotated[str, StringConstraints(pattern=r"^[a-zA-Z0-9\-_]{1,500}$")]
    decision_visibility: list[Visibility] = Field(min_length=1)
    decision_facts: Annotated[str, StringConstraints(min_length=1, max_length=5000)]
    decision_ground: Ground
    illegal_content_legal_ground: Text500 | None = None
    illegal_content_explanation: Text2000 | None = None
    incompatible_content_ground: Text500 | None = None
    incompatible_content_explanation: Text2000 | None = None
    incompatible_content_illegal: YesNo | None = None
    content_type: list[Literal["CONTENT_TYPE_AUDIO", "CONTENT_TYPE_SYNTHETIC_MEDIA"]] = Field(min_length=1)
    category: Category
    category_specification: list[str] = []
    content_date: date
    application_date: date
    end_date_visibility_restriction: date | None = None
    source_type: Source
    source_identity: Text500 | None = None
    automated_detection: YesNo
    automated_decision: Automation
    content_id: dict[Literal["EAN-13"], Annotated[str, StringConstraints(pattern=r"^\d{13}$")]] | None = None

    @model_validator(mode="after")
    def _fields_that_ask_for_others(self) -> Self:
        if self.decision_ground is Ground.ILLEGAL:
            if not (self.illegal_content_legal_ground and self.illegal_content_explanation):
                raise ValueError("illegal content needs its legal ground and an explanation")
        elif not (self.incompatible_content_ground and self.incompatible_content_explanation):
            raise ValueError("incompatible content needs the clause and an explanation")
        if self.source_type is Source.VOLUNTARY and self.source_identity is not None:
            raise ValueError("a voluntary detection names no source")
        if self.content_date.year < 2000 or self.application_date.year < 2020:
            raise ValueError("content_date begins in 2000 and application_date in 2020")
        return self

    def payload(self) -> dict[str, object]:
        """The JSON body: fields without a value are left out."""
        return self.model_dump(mode="json", exclude_none=True, exclude_defaults=False)


class DecisionForStatement(BaseModel):
    """What a statement is made from: one decision, without personal data."""

    decision_id: str
    action: Action
    policy_clause: str
    policy_title: str
    reason: ReasonCode
    facts: str
    delivered_on: date
    decided_on: date
    machine_detected: bool
    machine_decided: bool
    upc: str | None = None


_VISIBILITY = {
    Action.LABEL: Visibility.LABELLED,
    Action.HOLD: Visibility.DISABLED,
    Action.BLOCK: Visibility.REMOVED,
}
_FRAUD = (ReasonCode.SPAM_CONFIRMED, ReasonCode.IMPERSONATION_CONFIRMED)
_RIGHTS = (ReasonCode.DUPLICATE_CONFIRMED,)


def statement_of_reasons(decision: DecisionForStatement) -> StatementOfReasons | None:
    """The statement for a decision; nothing for one that restricts nothing (none, queue)."""
    visibility = _VISIBILITY.get(decision.action)
    if visibility is None:
        return None
    category = (
        Category.SCAMS if decision.reason in _FRAUD else Category.IP if decision.reason in _RIGHTS else Category.TERMS
    )
    synthetic = decision.reason in (ReasonCode.AI_CONFIRMED, ReasonCode.DECLARATION_CORRECTED)
    return StatementOfReasons(
        puid=decision.decision_id,
        decision_visibility=[visibility],
        decision_facts=decision.facts[:5000],
        decision_ground=Ground.INCOMPATIBLE,
        incompatible_content_ground=f"{decision.policy_clause}: {decision.policy_title}"[:500],
        incompatible_content_explanation=decision.facts[:2000],
        incompatible_content_illegal="No",
        content_type=["CONTENT_TYPE_AUDIO", "CONTENT_TYPE_SYNTHETIC_MEDIA"] if synthetic else ["CONTENT_TYPE_AUDIO"],
        category=category,
        category_specification=["KEYWORD_IMPERSONATION_ACCOUNT_HIJACKING"]
        if decision.reason is ReasonCode.IMPERSONATION_CONFIRMED
        else [],
        content_date=decision.delivered_on,
        application_date=decision.decided_on,
        source_type=Source.VOLUNTARY,
        automated_detection="Yes" if decision.machine_detected else "No",
        automated_decision=Automation.FULLY
        if decision.machine_decided
        else Automation.PARTIALLY
        if decision.machine_detected
        else Automation.NOT,
        content_id={"EAN-13": decision.upc.zfill(13)} if decision.upc and len(decision.upc) in (12, 13) else None,
    )
