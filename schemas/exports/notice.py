"""The notice to an uploader about a decision: what happens, why, and what can be done against it.

Regulation (EU) 2022/2065 (DSA), article 17(3): the restriction with its territory and duration, the facts, the use of
automated means, the clause it rests on, and the ways of redress; article 20: a free complaint for at least six months,
heard by qualified people and never by automated means alone.
"""

from datetime import datetime, timedelta

from pydantic import BaseModel, Field

from schemas.exports.dsa import DecisionForStatement
from schemas.verdict import Action

APPEAL_DAYS = 184
"""How long a decision can be appealed: no six months are longer."""

_MEASURES = {
    Action.NONE: "No restriction is placed on the track.",
    Action.LABEL: "The track stays available and is shown with a label.",
    Action.QUEUE: "The track stays available while a person looks at it.",
    Action.HOLD: "The track is not made available until the question is settled.",
    Action.BLOCK: "The track is not made available.",
}


class UploaderNotice(BaseModel):
    """What the uploader is told about one decision."""

    decision_id: str
    measure: str = Field(description="What happens to the tracks.")
    action: Action
    territory: str = "worldwide"
    duration: str = Field(description="How long it lasts.")
    facts: str
    automated_means: str = Field(description="What machines had to do with it.")
    clause: str = Field(description="The clause of the policy and its title.")
    message: str = Field(description="What the reviewer wrote to the uploader; may be empty.")
    redress: list[str]
    appeal_until: datetime

    def text(self) -> str:
        """The notice as plain text."""
        said = [
            self.measure,
            f"Where and how long: {self.territory}, {self.duration}.",
            f"Why: {self.facts}",
            f"Rule: {self.clause}.",
            f"How it was found and decided: {self.automated_means}",
            *([self.message] if self.message else []),
            "What you can do:",
            *(f"- {way}" for way in self.redress),
        ]
        return "\n".join(said) + "\n"


def uploader_notice(decision: DecisionForStatement, decided_at: datetime, message: str = "") -> UploaderNotice:
    """The notice for any decision, also for one that restricts nothing: the uploader is told of that as well."""
    until = decided_at + timedelta(days=APPEAL_DAYS)
    found = (
        "Analysis of the sound and of the delivery raised the question"
        if decision.machine_detected
        else ("The question was raised by a person")
    )
    decided = (
        "a machine took the decision; a person reviews it on request"
        if decision.machine_decided
        else ("a person decided")
    )
    return UploaderNotice(
        decision_id=decision.decision_id,
        measure=_MEASURES[decision.action],
        action=decision.action,
        duration="until it is changed or taken back",
        facts=decision.facts,
        automated_means=f"{found}; {decided}.",
        clause=f"{decision.policy_clause}, {decision.policy_title}",
        message=message,
        redress=[
            f"Appeal free of charge until {until:%d %B %Y}; somebody who did not take this decision will hear it, "
            "and never a machine alone.",
            "Correct the declaration or the metadata of the track: a correction is judged anew.",
            "In the EU, turn to a certified body for out-of-court settlement (DSA, article 21), or to a court.",
        ],
        appeal_until=until,
    )
