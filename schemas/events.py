"""Kinds of entries in a track's append-only log, and of the messages made from them."""

from enum import StrEnum


class EventKind(StrEnum):
    RECEIVED = "track.received"
    ANALYSED = "track.analysed"
    UNREADABLE = "track.unreadable"
    DECIDED = "track.decided"
    FAILED = "track.failed"
    WITHDRAWN = "track.withdrawn"
    REVISED = "track.revised"
    CASE_OPENED = "case.opened"
    CASE_JOINED = "case.joined"
    CASE_LEFT = "case.left"
    CASE_DECIDED = "case.decided"
    DECISION_UNDONE = "decision.undone"
    LABELLED = "track.labelled"
    DECLARATION_REQUESTED = "track.declaration_requested"
    APPEAL_LODGED = "appeal.lodged"
    APPEAL_MESSAGE = "appeal.message"
    APPEAL_DECIDED = "appeal.decided"
