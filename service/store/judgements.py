"""What people made of cases: looked at for agreement, and read out whole as a data set."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from schemas.quality import (
    FINDINGS,
    CaseJudgements,
    GoldenAnswer,
    JudgementSource,
    LookState,
    PersonsJudgement,
)
from schemas.review import DecisionBasis
from service.quality.judgements import Said, latest, pairwise
from service.store.database import Database
from service.store.decisions import BY_DEADLINE
from service.store.standing import replaced, undone
from service.store.tables.cases import Case, CaseTrack
from service.store.tables.decisions import Decision
from service.store.tables.quality import GoldenCase, SecondLook
from service.store.tables.tracks import Track

LATEST = 500
"""Second looks by which agreement is measured, the latest."""
_AT_ONCE = 500
_RECORDINGS = 100


@dataclass(frozen=True, slots=True)
class LookedAt:
    """A case that was looked at a second time: the decision and the looks, in order of judging."""

    case_id: str
    queue: str
    policy: str
    said: list[Said]
    at: datetime


class Judgements:
    """The judgements of one tenant."""

    def __init__(self, session: Session, tenant_id: str) -> None:
        self._session = session
        self._tenant_id = tenant_id

    def looked_at(self, limit: int = LATEST) -> list[LookedAt]:
        """Cases of the latest second looks the latest first."""
        query = (
            select(
                *(SecondLook.case_id, SecondLook.queue, SecondLook.policy, SecondLook.judged_at),
                *(Decision.decided_by, Decision.action, Decision.reason),
                *(SecondLook.judged_by, SecondLook.action, SecondLook.reason),
            )
            .join(Decision, Decision.id == SecondLook.decision_id)
            .where(SecondLook.tenant_id == self._tenant_id, SecondLook.state == LookState.DONE)
            .order_by(SecondLook.judged_at.desc())
        )
        cases: dict[str, LookedAt] = {}
        for case_id, queue, policy, at, *judged in self._session.execute(query.limit(limit)):
            case = cases.setdefault(case_id, LookedAt(case_id, queue, policy, [Said(*judged[:3])], at))
            case.said.append(Said(*judged[3:]))
        return list(cases.values())

    def after(self, case_id: str = "") -> tuple[list[CaseJudgements], str | None]:
        """The next cases that people judged, from the one after an id, and the id from which to go on.

        Read in pieces, so that a data set of any size holds no transaction and no more than a piece in memory.
        """
        query = select(Case).where(Case.tenant_id == self._tenant_id, Case.id > case_id)
        cases = self._session.scalars(query.order_by(Case.id).limit(_AT_ONCE)).all()
        ids = [case.id for case in cases]
        said = self._said(ids)
        audio = self._audio([one for one in ids if one in said])
        answers = self._session.scalars(select(GoldenCase).where(GoldenCase.case_id.in_(ids)))
        golden = {row.case_id: row for row in answers}
        lines = [
            _line(case, said[case.id], audio.get(case.id, []), golden.get(case.id)) for case in cases if case.id in said
        ]
        return lines, ids[-1] if len(ids) == _AT_ONCE else None

    def _said(self, ids: Sequence[str]) -> dict[str, list[tuple[Said, PersonsJudgement]]]:
        found: defaultdict[str, list[tuple[Said, PersonsJudgement]]] = defaultdict(list)
        stands = (~undone() & ~replaced()).label("stands")
        decisions = select(Decision, stands).where(Decision.case_id.in_(ids), Decision.decided_by != BY_DEADLINE)
        for row, standing in self._session.execute(decisions.order_by(Decision.case_id, Decision.seq)):
            said = Said(row.decided_by, row.action, row.reason)
            source, blind = JudgementSource.DECISION, row.basis is DecisionBasis.BLIND
            found[row.case_id].append((said, self._judgement(said, row, source, row.decided_at, blind, standing)))
        looks = select(SecondLook).where(SecondLook.case_id.in_(ids), SecondLook.state == LookState.DONE)
        for look in self._session.scalars(looks.order_by(SecondLook.case_id, SecondLook.judged_at)):
            assert look.judged_by and look.action and look.reason and look.judged_at
            said = Said(look.judged_by, look.action, look.reason)
            source = JudgementSource.SECOND_LOOK
            found[look.case_id].append((said, self._judgement(said, look, source, look.judged_at, True, False)))
        return found

    def _judgement(
        self,
        said: Said,
        row: Decision | SecondLook,
        source: JudgementSource,
        at: datetime,
        blind: bool,
        stands: bool,
    ) -> PersonsJudgement:
        return PersonsJudgement(
            person=hashlib.sha256(f"{self._tenant_id}/{said.person}".encode()).hexdigest()[:16],
            source=source,
            action=said.action,
            policy_clause=row.policy_clause or "",
            reason=said.reason,
            finding=said.finding,
            confirm_labels=row.confirm_labels or [],
            reject_labels=row.reject_labels or [],
            blind=blind,
            stands=stands,
            at=at.isoformat(),
        )

    def _audio(self, ids: Sequence[str]) -> dict[str, list[str]]:
        query = (
            select(CaseTrack.case_id, Track.audio_sha256)
            .join(Track, Track.id == CaseTrack.track_id)
            .where(CaseTrack.case_id.in_(ids), CaseTrack.left_at.is_(None))
        )
        found: defaultdict[str, list[str]] = defaultdict(list)
        for case_id, sha256 in self._session.execute(query.order_by(CaseTrack.case_id, Track.accepted_seq)):
            if sha256 not in found[case_id] and len(found[case_id]) < _RECORDINGS:
                found[case_id].append(sha256)
        return found


def lines(database: Database, tenant_id: str) -> Iterator[str]:
    """The whole data set as JSON lines, a piece in a session of its own at a time."""
    after: str | None = ""
    while after is not None:
        with database.read() as session:
            some, after = Judgements(session, tenant_id).after(after)
        yield "".join(line.model_dump_json() + "\n" for line in some)


def _line(
    case: Case, judged: Sequence[tuple[Said, PersonsJudgement]], audio: list[str], golden: GoldenCase | None
) -> CaseJudgements:
    said = [one for one, _ in judged]
    answer = None
    if golden is not None:
        answer = GoldenAnswer(action=golden.action, reason=golden.reason, finding=FINDINGS[golden.reason])
    return CaseJudgements(
        case_id=case.id,
        scope=case.scope.value,
        policy=case.policy,
        queue=case.queue,
        audio_sha256=audio,
        judgements=[judgement for _, judgement in judged],
        findings=dict(Counter(one.finding for one in latest(said))),
        actions=dict(Counter(one.action for one in latest(said))),
        agreement=pairwise(said),
        golden=answer,
    )
