import pytest
from sqlalchemy.orm import Session

from schemas.verdict import Action, CaseScope, Priority
from service.policy import named_packs
from service.routing import Routing
from service.rules import load_pack
from service.settings import Settings
from service.store.case_queue import CaseQueue
from service.store.cases import Cases
from service.store.rerouting import reroute
from service.store.tracks import Tracks
from service.yaml_rows import RowsRefused
from tests.deliveries import NOON, cause, deliver


def queue(routing, policy="AI-2", name="AI-2", **changes):
    said = {"scope": CaseScope.TRACK, "priority": Priority.P2, "action": Action.QUEUE, "otherwise": "own"} | changes
    return routing.queue_for(policy=policy, cause=name, **said)


def test_every_clause_that_comes_with_earmark_has_a_queue_of_its_kind():
    routing = Routing.load()
    clauses = {rule.rule.policy for path in named_packs(Settings()) for rule in load_pack(path, tested=False).rules}
    assert {clause: queue(routing, clause) for clause in clauses if queue(routing, clause) == "own"} == {}
    assert queue(routing, "IMP-1") == "impersonation"
    assert queue(routing, "SPAM-3") == queue(routing, "RIGHTS-1") == "duplicates"
    assert queue(routing, "SPAM-2") == queue(routing, "BULK-1") == "bulk"
    assert queue(routing, "AI-2", "people:appeal") == "appeals"
    assert queue(routing, "OURS-1") == "own"


def test_the_first_route_that_fits_decides(tmp_path):
    path = tmp_path / "routes.yaml"
    path.write_text(
        "- {queue: night-shift, priorities: [P0], actions: [hold, block]}\n"
        "- {queue: rings, scopes: [sender], clauses: ['AI-*', 'SPAM-2']}\n"
    )
    routing = Routing.load(path)
    assert queue(routing, priority=Priority.P0, action=Action.HOLD) == "night-shift"
    assert queue(routing, priority=Priority.P0, scope=CaseScope.SENDER) == "rings"
    assert queue(routing, "SPAM-3", scope=CaseScope.SENDER) == "own"


@pytest.mark.parametrize("text", ["[", "- {queue: A B}", "- {queue: a, clause: [x]}", "- {queue: a, priorities: [P9]}"])
def test_routes_that_cannot_be_used_are_refused(tmp_path, text):
    path = tmp_path / "routes.yaml"
    path.write_text(text)
    with pytest.raises(RowsRefused, match=r"routes\.yaml"):
        Routing.load(path)


def test_open_cases_follow_when_the_routes_change(database):
    with database.write() as session:
        ids = [opened(session, n).id for n in range(3)]
        moved, more = reroute(session, Routing.load())
        assert (dict(moved), more) == ({("disclosure", "undeclared-ai"): 3}, None)
        owner = Cases(session).page(deliver(session, "x").tenant_id)[0].tenant_id
        assert [(one.queue, one.cases) for one in CaseQueue(session, owner).queues()] == [("undeclared-ai", 3)]
        assert reroute(session, Routing.load()) == ({}, None)
        assert reroute(session, Routing.load(), after=ids[-1]) == ({}, None)


def opened(session: Session, n: int):
    track = deliver(session, f"song {n}")
    Tracks(session).find(track.id, lock=True)
    [case] = Cases(session).reconcile(track, [cause(track.id)], content="1", now=NOON)
    return case
