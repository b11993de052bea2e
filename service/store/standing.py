"""Which decisions stand, as conditions of queries: one is taken back by its own row, or replaced by a later one."""

from typing import Any

from sqlalchemy import ColumnElement, exists, func
from sqlalchemy.orm import aliased

from service.store.tables.decisions import Decision, DecisionTrack, DecisionUndo


def undone(decision: type[Decision] = Decision) -> ColumnElement[bool]:
    """Whether it was taken back."""
    return exists().where(DecisionUndo.decision_id == decision.id)


def replaced() -> ColumnElement[bool]:
    """Whether a later one on its case was not taken back: of those that were not, the last stands, and no other.

    Not asked by what a decision names as the one that it replaces: where the one between two was taken back, the first
    would then stand beside the third.
    """
    later = aliased(Decision)
    return exists().where(later.case_id == Decision.case_id, later.seq > Decision.seq, ~undone(later))


def reason_on_track() -> ColumnElement[Any]:
    """The reason that counts for a track: its own where it is an exception of its case.

    A query that selects nothing else names its left side (``select_from``), for the two tables are equal in it.
    """
    return func.coalesce(DecisionTrack.reason, Decision.reason)
