"""A decision gathered from the store in the form that statements of reasons and notices are made from."""

from sqlalchemy.orm import Session

from schemas.exports.decision_facts import facts_of
from schemas.exports.dsa import DecisionForStatement
from schemas.review import DecisionOut
from service.rules import RuleSet
from service.store.cases import Cases
from service.store.decisions import BY_DEADLINE, Decisions
from service.store.reports import CAUSE as REPORTED
from service.store.tracks import Tracks


def decision_for_statement(session: Session, decision: DecisionOut, rules: RuleSet) -> DecisionForStatement | None:
    """The decision without personal data; ``None`` where it was about no track.

    The content is named by its UPC only where all tracks stand on one release. Detection counts as automated unless the
    case was raised by people; deciding is a person's, but for holds whose time ran out.
    """
    otherwise = {one.track_id for one in decision.exceptions}
    tracks = [track for track in Decisions(session).tracks_of(decision.id) if track.id not in otherwise]
    if not tracks:
        return None
    upcs = {Tracks(session).metadata(track.id).release.upc for track in tracks[:100]}
    case = Cases(session).find(decision.case_id)
    clause = rules.clauses.get(decision.policy_clause)
    return DecisionForStatement(
        decision_id=decision.id,
        action=decision.action,
        policy_clause=decision.policy_clause,
        policy_title=clause.title if clause else "analysis did not succeed",
        reason=decision.reason,
        facts=facts_of(decision.reason, len(tracks)),
        delivered_on=min(track.accepted_at for track in tracks).date(),
        decided_on=decision.decided_at.date(),
        machine_detected=case is None or not case.cause.startswith(REPORTED),
        machine_decided=decision.decided_by == BY_DEADLINE,
        upc=upcs.pop() if len(upcs) == 1 else None,
    )
