"""The policy desk: every rule as it stands, the brakes, what waits for a second person, and the way back."""

from typing import Annotated

from fastapi import APIRouter, Form
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from service.api.backend import BackendDep
from service.brake_release import release
from service.console.flashes import address, flash
from service.console.rendering import page
from service.console.sessions import Elsewhere, PolicyOwner, SignedIn
from service.policy_changes import Author, ChangeRefused, PolicyChanges
from service.policy_desk import NEWEST, PolicyDesk
from service.policy_view import policy_view
from service.rules.wilson import wilson_interval
from service.store.brakes import Brakes
from service.store.clock import utc_now
from service.store.policies import Policies
from service.store.proposals import Proposals
from service.store.tables.proposals import RuleFigure
from service.store.tables.reviewers import Reviewer

router = APIRouter(prefix="/policy")
HERE = "/console/policy"

Because = Annotated[str, Form(max_length=1_000)]
SAY_WHY = "Say why, in a sentence; it stays on record."


@router.get("")
def policy(backend: BackendDep, reviewer: SignedIn, said: str = "") -> HTMLResponse:
    """The rules in force with what they did on past tracks, which worker judges by which, brakes and proposals."""
    with backend.database.read() as session:
        view = policy_view(session, backend.settings)
        proposals = Proposals(session)
        figures = proposals.figures()
        return page(
            "policy.html",
            here=HERE,
            flash=flash(said),
            reviewer=reviewer,
            policy=view,
            figures={rule.rule: figures.get((rule.rule, rule.version)) for rule in view.rules},
            precisions={one.rule: precision(one) for one in figures.values()},
            counted_at=max((one.counted_at for one in figures.values()), default=None),
            newest=NEWEST,
            waiting=proposals.waiting(),
            answered=proposals.answered(),
            brakes=Brakes(session).history(limit=20),
            history=Policies(session).history(limit=20),
        )


@router.get("/rules/{rule}")
def rule(rule: str, backend: BackendDep, reviewer: SignedIn) -> HTMLResponse:
    """One rule: what it says, what it did, and what can be done about it."""
    with backend.database.read() as session:
        view = policy_view(session, backend.settings)
        found = next((one for one in view.rules if one.rule == rule), None)
        if found is None:
            raise refused(reviewer, "There is no such rule in the policy in force.", 404)
        figure = Proposals(session).figures().get((found.rule, found.version))
        source = next(
            (
                pack.source
                for pack in PolicyDesk(backend.database, backend.settings).texts(session)
                if f"- id: {found.rule}\n" in pack.text
            ),
            "",
        )
    return page(
        "policy_rule.html",
        here=HERE,
        reviewer=reviewer,
        rule=found,
        clause=next((one for one in view.clauses if one.clause == found.clause), None),
        figure=figure,
        precision=precision(figure) if figure else None,
        source=source,
    )


@router.post("/count")
def count(backend: BackendDep, reviewer: PolicyOwner) -> Response:
    """Count again what every rule did on past tracks."""
    PolicyDesk(backend.database, backend.settings).count_figures(utc_now())
    return RedirectResponse(address(HERE, "counted"), 303)


@router.post("/rules/{rule}/demote")
def demote(rule: str, backend: BackendDep, reviewer: PolicyOwner, because: Because = "") -> Response:
    """Take a rule back by one state. One person may, as it takes something from nobody."""
    changes = PolicyChanges(backend.database, backend.settings)
    return _done(reviewer, lambda: changes.demote(rule, _author(reviewer, because), utc_now()), "demoted")


@router.post("/rollback")
def roll_back(
    backend: BackendDep, reviewer: PolicyOwner, to: Annotated[int, Form(ge=0)], because: Because = ""
) -> Response:
    """Put an earlier version in force; 0 are the packs of the settings."""
    changes = PolicyChanges(backend.database, backend.settings)
    return _done(reviewer, lambda: changes.roll_back(_author(reviewer, because), utc_now(), to=to), "rolled-back")


@router.post("/rules/{rule}/release")
def let_go(rule: str, backend: BackendDep, reviewer: PolicyOwner) -> Response:
    """Let go of the brake on a rule; what it let by meanwhile is judged again."""
    found = backend.database.attempt(lambda session: release(session, rule, by=reviewer.name, now=utc_now()))
    if found is None:
        raise refused(reviewer, "There is no brake on this rule.", 409)
    return RedirectResponse(address(HERE, "released"), 303)


def precision(figure: RuleFigure) -> tuple[float, float, float] | None:
    """Share of right hits among the reviewed ones, with its interval of 95 %."""
    judged = figure.bad + figure.good
    return (figure.bad / judged, *wilson_interval(figure.bad, judged)) if judged else None


def refused(reviewer: Reviewer, text: str, status: int = 409) -> Elsewhere:
    return Elsewhere(page("message.html", status, title="Not done", text=text, reviewer=reviewer))


def _done(reviewer: Reviewer, change: object, said: str) -> Response:
    try:
        change()  # type: ignore[operator]
    except ChangeRefused as no:
        raise refused(reviewer, "; ".join([no.message, *no.reasons])) from None
    return RedirectResponse(address(HERE, said), 303)


def said_why(reviewer: Reviewer, because: str) -> str:
    """The reason of a change; a page that asks for it is raised where there is none."""
    if not because.strip():
        raise refused(reviewer, SAY_WHY, 422)
    return because.strip()


def _author(reviewer: Reviewer, because: str) -> Author:
    return Author(reviewer.name, said_why(reviewer, because))
