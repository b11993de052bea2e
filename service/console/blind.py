"""Hearing a case without what the machine says of it: such decisions may train the next model.

The page shows the recording, its credits and what was declared, and asks one question. Whoever has seen the score of a
case, here or in the queue, is not asked about it.
"""

from typing import Annotated

from fastapi import APIRouter, Form
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy.exc import NoResultFound
from sqlalchemy.orm import Session

from schemas.review import CaseState, DecisionIn, ReasonCode
from schemas.verdict import Action, Label
from service.api.backend import Backend, BackendDep
from service.claims import ClaimedByOther
from service.console.flashes import address, flash
from service.console.rendering import page
from service.console.sessions import Decider, Elsewhere
from service.store.case_queue import CaseQueue
from service.store.cases import Cases
from service.store.claims import Claims, NotOpen
from service.store.clock import utc_now
from service.store.decisions import DecisionConflict, Decisions
from service.store.labels import Labels
from service.store.score_sights import ScoreSights
from service.store.tables.cases import Case
from service.store.tables.reviewers import Reviewer
from service.store.tables.tracks import Track
from service.store.tracks import Tracks
from service.store.waveforms import Waveforms

router = APIRouter()
GENERATED, NOT_GENERATED = "generated", "not_generated"
_LOOKED_THROUGH = 200
"""Cases that are looked through for one that can be heard blind."""


@router.get("/blind")
def following(backend: BackendDep, reviewer: Decider, said: str = "", about: str = "") -> Response:
    """The next case about generation whose score this person has not seen."""
    with backend.database.read() as session:
        found = _next(session, reviewer)
    if found is None:
        return RedirectResponse(address("/console/cases", "nothing-blind"), 303)
    to = f"/console/cases/{found}/blind"
    return RedirectResponse(address(to, said, about) if said else to, 303)


@router.get("/cases/{case_id}/blind")
def case(case_id: str, backend: BackendDep, reviewer: Decider, said: str = "", about: str = "") -> Response:
    """The recording of a case and the question. Opening it takes the case in hand."""
    try:
        backend.database.attempt(
            lambda session: Claims(session, reviewer.tenant_id).take(case_id, reviewer.name, utc_now())
        )
    except ClaimedByOther:
        return RedirectResponse(address("/console/cases", "taken"), 303)
    except (NotOpen, NoResultFound):
        raise _no_case(reviewer) from None
    return _page(backend, reviewer, case_id, said, about)


@router.post("/cases/{case_id}/blind")
def decide(
    case_id: str,
    backend: BackendDep,
    reviewer: Decider,
    heard: Annotated[str, Form(max_length=20)] = "",
    note: Annotated[str, Form(max_length=10_000)] = "",
) -> Response:
    """Generated: what the case asks for happens, and the label of detection is confirmed. Not generated: nothing
    happens, and the label is rejected."""
    if heard not in (GENERATED, NOT_GENERATED):
        return _page(backend, reviewer, case_id, problem="Say which of the two it is.", status=422)
    try:
        made = backend.database.attempt(lambda session: _decide(session, reviewer, case_id, heard == GENERATED, note))
    except (DecisionConflict, ClaimedByOther) as conflict:
        text = f"{str(conflict)[:1].upper()}{str(conflict)[1:]}."
        raise Elsewhere(page("message.html", 409, title="Not decided", text=text, reviewer=reviewer)) from None
    except NoResultFound:
        raise _no_case(reviewer) from None
    return RedirectResponse(address("/console/blind", "decided", made), 303)


def _decide(session: Session, reviewer: Reviewer, case_id: str, generated: bool, note: str) -> str:
    found = Cases(session).get(reviewer.tenant_id, case_id)
    if found is None:
        raise NoResultFound(case_id)
    decision = DecisionIn(
        case_id=case_id,
        action=found.action if generated else Action.NONE,
        policy_clause=found.policy,
        reason=ReasonCode.AI_CONFIRMED if generated else ReasonCode.AI_NOT_CONFIRMED,
        note=note,
        confirm_labels=[Label.AI_DETECTED] if generated else [],
        reject_labels=[] if generated else [Label.AI_DETECTED],
    )
    decisions = Decisions(session)
    return decisions.decide(reviewer.tenant_id, decision, decided_by=reviewer.name, now=utc_now(), blind=True).id


def _next(session: Session, reviewer: Reviewer) -> str | None:
    queue, cases, now = CaseQueue(session, reviewer.tenant_id), Cases(session), utc_now()
    left: Case | None = None
    looked_at: set[str] = set()
    for _ in range(_LOOKED_THROUGH):
        found = queue.next_for(reviewer.name, now, after=left)
        if found is None or found in looked_at:
            return None
        looked_at.add(found)
        left = cases.get(reviewer.tenant_id, found)
        if left is not None and _can_be_heard_blind(session, left, reviewer):
            return found
    return None


def _can_be_heard_blind(session: Session, case: Case, reviewer: Reviewer) -> bool:
    """A case about generation with one recording, whose score this person has not seen."""
    if not case.policy.startswith("AI-") or ScoreSights(session).has_seen(case.id, reviewer.name):
        return False
    return len({track.audio_sha256 for track in Cases(session).tracks(case.id)}) == 1


def _page(
    backend: Backend,
    reviewer: Reviewer,
    case_id: str,
    said: str = "",
    about: str = "",
    *,
    problem: str | None = None,
    status: int = 200,
) -> HTMLResponse:
    with backend.database.read() as session:
        found = Cases(session).get(reviewer.tenant_id, case_id)
        if found is None or found.state is not CaseState.OPEN:
            raise _no_case(reviewer)
        track = next(iter(Cases(session).tracks(case_id, limit=1)))
        return page(
            "blind.html",
            status,
            here="/console/cases",
            reviewer=reviewer,
            flash=flash(said, about),
            case_id=case_id,
            track=track,
            artists=", ".join(artist.name for artist in Tracks(session).metadata(track.id).artists),
            declared=Labels(session).view(track).declared,
            player=_player(session, track),
            seen=not _can_be_heard_blind(session, found, reviewer),
            problem=problem,
        )


def _player(session: Session, track: Track) -> dict[str, object]:
    """The waveform without the course of the likelihood over it."""
    waveform = Waveforms(session).get(track.audio_sha256)
    return {
        "duration": waveform.duration_s if waveform else 0,
        "peaks": list(waveform.peaks) if waveform else [],
        "segments": [],
    }


def _no_case(reviewer: Reviewer) -> Elsewhere:
    return Elsewhere(
        page("message.html", 404, title="No such open case", text="There is no such open case.", reviewer=reviewer)
    )
