"""A held case says until when and what then; what the clock decided is shown as that, and a person decides after it."""

from datetime import timedelta

from sqlalchemy import update
from starlette.testclient import TestClient

from schemas.review import ReviewerRole
from schemas.verdict import Action
from service.api.backend import Backend
from service.app import create_app
from service.console import sessions
from service.store.claims import Claims
from service.store.clock import utc_now
from service.store.reviewers import Reviewers
from service.store.tables.cases import Case, CaseTrack
from tests.service.api.caller import Caller, new_tenant
from tests.service.api.judging import judge
from workers.deadlines import end_waits


def test_a_held_case_shows_its_end_and_what_came_of_it(backend: Backend) -> None:
    with TestClient(create_app(backend=backend)) as client:
        owner = Caller.with_key(client, backend, tenant := new_tenant(backend, "Label"), ["admin"])
        track_id = owner.delivered()
        case_id = judge(backend, track_id)
        due_at = utc_now() + timedelta(days=3, minutes=1)
        with backend.database.write() as session:
            session.execute(update(CaseTrack).values(action=Action.HOLD))
            session.execute(update(Case).values(action=Action.HOLD, due_at=due_at, due_action=Action.QUEUE))
            person = Reviewers(session).add(
                tenant, name="ines", password_hash="-", role=ReviewerRole.REVIEWER, now=utc_now()
            )
            Reviewers(session).sign_in(
                person,
                token_sha256=sessions.token_sha256("t"),
                now=utc_now(),
                expires_at=utc_now() + timedelta(hours=1),
            )
        headers = {"Cookie": f"{sessions.COOKIE}=t", "Origin": "http://testserver"}
        shown = client.get(f"/console/cases/{case_id}", headers=headers).text
        assert "in 3 d" in shown and "the action becomes <strong>queue</strong>" in shown
        case = owner.get(f"/v1/cases/{case_id}").json()
        assert (case["due_action"], case["due_at"][:16]) == ("queue", due_at.isoformat()[:16])
        with backend.database.write() as session:
            Claims(session, tenant).release_all("ines")
            session.execute(update(Case).values(due_at=utc_now() - timedelta(seconds=1)))
        assert end_waits(backend.database) == 1
        shown = client.get(f"/console/cases/{case_id}", headers=headers).text
        assert "by deadline: its time ran out" in shown and "the action becomes" not in shown
        [decision] = owner.get(f"/v1/decisions?case_id={case_id}").json()["items"]
        form = {"action": "none", "policy_clause": "AI-2", "reason": "ai_not_confirmed", "supersedes": decision["id"]}
        assert f'name="supersedes" value="{decision["id"]}"' in shown
        answer = client.post(f"/console/cases/{case_id}/decide", data=form, headers=headers, follow_redirects=False)
        assert answer.status_code == 303, answer.text
        assert owner.get(f"/v1/cases/{case_id}").json()["state"] == "decided"
