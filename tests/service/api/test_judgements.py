"""The answers of golden cases and the data set of judgements, through the API."""

import json

from service.auth.scopes import Scope
from tests.service.api.caller import Caller
from tests.service.api.judging import judge

ANSWER = {"action": "label", "reason": "ai_confirmed", "why": "the maker told us", "looks": 0}


def test_a_golden_case_is_set_met_and_read_out(client, backend, caller, stranger):
    case = judge(backend, caller.delivered())
    assert stranger.send("PUT", f"/v1/cases/{case}/golden", ANSWER).status_code == 404
    assert caller.send("PUT", f"/v1/cases/{case}/golden", ANSWER | {"looks": -1}).status_code == 422
    assert caller.send("PUT", f"/v1/cases/{case}/golden", ANSWER).json() == ANSWER
    assert "golden" not in caller.get(f"/v1/cases/{case}").text
    said = {"case_id": case, "action": "none", "policy_clause": "AI-2", "reason": "ai_not_confirmed"}
    assert caller.send("POST", "/v1/decisions", said).status_code == 201
    answer = caller.get("/v1/judgements")
    assert answer.headers["content-type"].startswith("application/x-ndjson")
    [line] = [json.loads(one) for one in answer.text.splitlines()]
    assert line["golden"]["finding"] == "upheld" and line["findings"] == {"cleared": 1}
    assert stranger.get("/v1/judgements").text == ""
    assert stranger.send("DELETE", f"/v1/cases/{case}/golden").status_code == 404
    assert caller.send("DELETE", f"/v1/cases/{case}/golden").status_code == 204
    assert caller.send("DELETE", f"/v1/cases/{case}/golden").status_code == 404


def test_who_may_read_cases_alone_sees_no_known_answers(client, backend, caller):
    reader = Caller.with_key(client, backend, caller.tenant_id, [Scope.CASES_READ, Scope.CASES_DECIDE])
    assert reader.get("/v1/judgements").status_code == 403
    assert reader.send("PUT", "/v1/cases/cas_x/golden", ANSWER).status_code == 403
