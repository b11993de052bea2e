"""Claims as they are kept, on both databases."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from schemas.review import CaseState, DecisionIn, ReasonCode
from schemas.verdict import Action
from service.api.backend import Backend
from service.auth.scopes import Scope
from service.claims import LASTS, ClaimedByOther
from service.store.case_queue import CaseQueue
from service.store.cases import Cases
from service.store.claims import Claims, NotOpen
from service.store.clock import utc_now
from service.store.decisions import Decisions
from tests.service.api.caller import Caller
from tests.service.api.judging import judge


@pytest.fixture
def cases(caller: Caller, backend: Backend) -> Iterator[list[str]]:
    """Two open cases."""
    yield [judge(backend, caller.deliver().json()["id"]) for _ in range(2)]


def decision(case_id: str) -> DecisionIn:
    return DecisionIn(case_id=case_id, action=Action.LABEL, policy_clause="AI-2", reason=ReasonCode.AI_CONFIRMED)


def test_what_one_has_nobody_else_takes_or_decides_until_it_runs_out(
    caller: Caller,
    backend: Backend,
    cases: list[str],
) -> None:
    now, tenant = utc_now(), caller.tenant_id
    first, second = cases
    with backend.database.write() as session:
        Claims(session, tenant).take(first, "ines", now)
    with pytest.raises(ClaimedByOther), backend.database.write() as session:
        Claims(session, tenant).take(first, "otto", now)
    with pytest.raises(ClaimedByOther), backend.database.write() as session:
        Decisions(session).decide(tenant, decision(first), decided_by="otto", now=now)
    with backend.database.read() as session:
        found = Cases(session).get(tenant, first)
        assert found is not None and found.state is CaseState.OPEN
        assert CaseQueue(session, tenant).next_for("otto", now) == second
        assert CaseQueue(session, tenant).next_for("ines", now, after=found) == second
        assert Claims(session, tenant).running([first, second], now).keys() == {first}
    with backend.database.write() as session:
        Decisions(session).decide(tenant, decision(first), decided_by="otto", now=now + LASTS)
    with pytest.raises(NotOpen), backend.database.write() as session:
        Claims(session, tenant).extend(first, "ines", now + timedelta(minutes=1))


def test_deciding_and_leaving_give_a_case_back(caller: Caller, backend: Backend, cases: list[str]) -> None:
    now, tenant = utc_now(), caller.tenant_id
    with backend.database.write() as session:
        claims = Claims(session, tenant)
        claims.take(cases[0], "ines", now)
        claim = claims.take(cases[1], "ines", now)
        assert not claims.release(cases[1], "ines", "another token")
        assert not claims.release(cases[1], "otto", claim.token)
        assert claims.release(cases[1], "ines", claim.token)
        Decisions(session).decide(tenant, decision(cases[0]), decided_by="ines", now=now)
        assert not claims.running(cases, now)


def test_by_the_api_a_case_is_taken_kept_given_back_and_nobody_elses(
    caller: Caller,
    stranger: Caller,
    backend: Backend,
    cases: list[str],
) -> None:
    address = f"/v1/cases/{cases[0]}/claim"
    taken = caller.send("PUT", address)
    assert taken.status_code == 200, taken.text
    kept = caller.send("POST", f"{address}/extend")
    assert kept.json()["claimed_at"] == taken.json()["claimed_at"]
    assert kept.json()["expires_at"] >= taken.json()["expires_at"]
    colleague = Caller.with_key(caller.client, backend, caller.tenant_id, [Scope.CASES_DECIDE])
    late = colleague.send("PUT", address)
    assert late.status_code == 409
    assert "has had this case since" in late.json()["detail"]
    decided = colleague.send("POST", "/v1/decisions", decision(cases[0]).model_dump(mode="json"))
    assert decided.status_code == 409
    assert [stranger.send(method, address).status_code for method in ("PUT", "DELETE")] == [404, 404]
    assert caller.send("DELETE", address).status_code == 204
    assert caller.send("DELETE", address).status_code == 404
    assert colleague.send("POST", f"{address}/extend").status_code == 409
