"""The fields by which a page asks for a decision, and what they say as a decision of the API."""

from collections.abc import Mapping
from typing import Annotated, TypeVar

from pydantic import BaseModel, Field, ValidationError

from schemas.review import BulkIn, DecisionIn
from service.decision_terms import unknown_terms
from service.rules import RuleSet

Said = TypeVar("Said", DecisionIn, BulkIn)

Word = Annotated[str, Field(max_length=20)]
Id = Annotated[str, Field(max_length=40)]
Name = Annotated[str, Field(max_length=64)]
Reason = Annotated[str, Field(max_length=100)]
Text = Annotated[str, Field(max_length=20_000)]
"""Bounds of what a form may send; what is sensible is for the decision to say, with an error that names the field."""


class NotSound(Exception):
    """The form makes no decision; the message says what is wrong with which field, for the page to show."""


class DecisionForm(BaseModel):
    """What every page asks that decides or judges. Each field may be missing: the page is shown again, and says so."""

    action: Word = ""
    policy_clause: Annotated[str, Field(max_length=200)] = ""
    reason: Reason = ""
    note: Text = ""
    confirm: list[str] = []
    reject: list[str] = []

    def read(self, kind: type[Said], rules: RuleSet, more: Mapping[str, object]) -> Said:
        """The decision that the form makes, with what the page adds to it. Raises :class:`NotSound`."""
        values = {
            "action": self.action,
            "policy_clause": self.policy_clause,
            "reason": self.reason,
            "note": self.note,
            "confirm_labels": self.confirm,
            "reject_labels": self.reject,
        }
        try:
            said = kind.model_validate(values | dict(more))
        except ValidationError as error:
            raise NotSound(told(error)) from None
        for field, wrong in unknown_terms(said, rules):
            raise NotSound(f"{field.replace('_', ' ')}: {wrong}")
        return said


class AnsweringForm(DecisionForm):
    """The same with a message to the uploader, written or from a template."""

    message: Text = ""
    message_template: Name = ""


def told(error: ValidationError) -> str:
    """The first thing that is wrong, with the name of its field."""
    first = error.errors()[0]
    return f"{'.'.join(map(str, first['loc'])).replace('_', ' ')}: {first['msg']}"
