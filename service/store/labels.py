"""What is known of a track's labels, with what was declared, detected and confirmed kept apart."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy import select
from sqlalchemy.orm import Session

from schemas.deadlines import Deadline, WaitsFor
from schemas.disclosure import Declaration, Facet, Level, complete
from schemas.evidence import Evidence
from schemas.review import CaseState, ReasonCode
from schemas.verdict import Action, Judgement, Priority
from service.benign import answered
from service.store.cases import Cases
from service.store.decisions import DecisionOnTrack, Decisions
from service.store.declaration_requests import DeclarationRequests
from service.store.evidence import EvidenceStore
from service.store.tables.cases import Case, CaseTrack
from service.store.tables.declaration_requests import DeclarationRequest
from service.store.tables.tracks import Track
from service.store.tracks import Tracks
from service.store.verdicts import Verdicts, judgement_of

_Answered = tuple[Case, Sequence[str]]


class SaysLabels(Protocol):
    """The part of a decision that bears on labels."""

    confirm_labels: list[str]
    reject_labels: list[str]


@dataclass(frozen=True, slots=True)
class LabelView:
    """Everything that ``GET /v1/tracks/{id}/labels`` shows. ``evidence`` and ``judgement`` are what was detected."""

    track: Track
    declared: Declaration
    evidence: Evidence | None
    judgement: Judgement | None
    confirmed: list[str]
    rejected: list[str]
    labels: list[str]
    action: Action
    priority: Priority | None
    cases: Sequence[Case]
    decisions: Sequence[DecisionOnTrack]
    deadline: Deadline | None = None


def manual_labels(decisions: Iterable[SaysLabels]) -> tuple[list[str], list[str]]:
    """Labels that people confirmed and rejected, given in order of deciding: where they differ the later one counts,
    and within one decision what is confirmed."""
    said: dict[str, bool] = {}
    for decision in decisions:
        said.update(dict.fromkeys(decision.reject_labels, False))
        said.update(dict.fromkeys(decision.confirm_labels, True))
    return sorted(label for label, right in said.items() if right), sorted(
        label for label, right in said.items() if not right
    )


def effective_labels(automatic: Iterable[str], confirmed: Iterable[str], rejected: Iterable[str]) -> list[str]:
    """What a person says outweighs what the rules say: removed < added < manually removed < manually added."""
    return sorted((set(automatic) - set(rejected)) | set(confirmed))


class Labels:
    def __init__(self, session: Session) -> None:
        self._session = session

    def view(self, track: Track) -> LabelView:
        """The labels of a track as they stand."""
        return self.views([track])[0]

    def views(self, tracks: Sequence[Track]) -> list[LabelView]:
        """The same of several, in as many queries as for one."""
        session, ids = self._session, [track.id for track in tracks]
        verdicts = Verdicts(session).standing_of(ids)
        analysed = {(verdict.audio_sha256, verdict.pipeline) for verdict in verdicts.values() if verdict.pipeline}
        evidence = EvidenceStore(session).several(analysed)
        decisions, cases = Decisions(session).on_tracks(tracks), Cases(session).of_tracks(ids)
        answered_for = self._answered_for(decisions)
        revisions, requests = Tracks(session).current(tracks), DeclarationRequests(session).open_of(ids)
        views = []
        for track in tracks:
            verdict, own = verdicts.get(track.id), decisions.get(track.id, [])
            judgement = judgement_of(verdict) if verdict is not None else None
            confirmed, rejected = manual_labels(own)
            action, priority = _action(judgement, own, answered_for.get(track.id, []))
            waiting, declared = cases.get(track.id, []), revisions[track.id].declaration
            views.append(
                LabelView(
                    track=track,
                    declared=complete({Facet(facet): Level(level) for facet, level in declared.items()}),
                    evidence=evidence.get((verdict.audio_sha256, verdict.pipeline)) if verdict is not None else None,
                    judgement=judgement,
                    confirmed=confirmed,
                    rejected=rejected,
                    labels=effective_labels(judgement.labels if judgement else [], confirmed, rejected),
                    action=action,
                    priority=priority,
                    cases=waiting,
                    decisions=own,
                    deadline=_deadline(action, waiting, requests.get(track.id)),
                )
            )
        return views

    def of_several(self, tracks: Sequence[Track]) -> dict[str, list[str]]:
        """The labels alone of tracks, by track id, in two queries however many there are."""
        automatic = Verdicts(self._session).labels([track.id for track in tracks])
        decisions = Decisions(self._session).on_tracks(tracks)
        return {
            track.id: effective_labels(automatic.get(track.id, []), *manual_labels(decisions.get(track.id, [])))
            for track in tracks
        }

    def _answered_for(self, decisions: Mapping[str, Sequence[DecisionOnTrack]]) -> dict[str, list[_Answered]]:
        """Of each track the decided cases, with the clauses that each answers for on it."""
        if not decisions:
            return {}
        ids = {decision.case_id for some in decisions.values() for decision in some}
        cases = {case.id: case for case in self._session.scalars(select(Case).where(Case.id.in_(ids)))}
        members = select(CaseTrack.case_id, CaseTrack.track_id, CaseTrack.clauses)
        members = members.where(CaseTrack.case_id.in_(ids), CaseTrack.track_id.in_(decisions))
        clauses = {(case_id, track_id): said or [] for case_id, track_id, said in self._session.execute(members)}
        return {
            track_id: [(cases[one.case_id], clauses.get((one.case_id, track_id), [])) for one in some]
            for track_id, some in decisions.items()
        }


def _deadline(action: Action, cases: Iterable[Case], asked: DeclarationRequest | None) -> Deadline | None:
    """What ends first: the hold that stands on the track, or the wait for a declaration."""
    found = [
        Deadline(waits_for=WaitsFor.CORRECTION, due_at=case.due_at, outcome=case.due_action)
        for case in cases
        if action is Action.HOLD and case.due_at is not None and case.due_action is not None
    ]
    if asked is not None:
        found.append(Deadline(waits_for=WaitsFor.DECLARATION, due_at=asked.due_at, outcome=asked.outcome))
    return min(found, key=lambda deadline: deadline.due_at, default=None)


def _action(
    judgement: Judgement | None, decisions: Sequence[DecisionOnTrack], answered_for: Sequence[_Answered]
) -> tuple[Action, Priority | None]:
    """What the rules ask for, except where a person decided on that cause: there, what the person asked for."""
    if judgement is None:
        return max((d.action for d in decisions), key=lambda a: a.rank, default=Action.NONE), None
    if not decisions:
        return judgement.action, judgement.priority
    decided = {case.cause for case, _ in answered_for} | {clause for _, clauses in answered_for for clause in clauses}
    open_rules = [rule for rule in judgement.fired if not {rule.rule, rule.policy} & decided]
    if any(decision.reason is ReasonCode.REVIEWED_BENIGN for decision in decisions):
        open_rules = [rule for rule in open_rules if not answered(rule.case_scope, rule.action)]
    actions = [rule.action for rule in open_rules] + [decision.action for decision in decisions]
    waiting = [case.priority for case, _ in answered_for if case.state is CaseState.OPEN]
    priorities = waiting + [rule.priority for rule in open_rules if rule.priority is not None]
    return max(actions, key=lambda action: action.rank), min(priorities, default=None)
