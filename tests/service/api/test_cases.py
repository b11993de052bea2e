import pytest

from service.api.backend import Backend
from tests.service.api.caller import Caller
from tests.service.api.judging import judge


def decision(case_id: str, **changes: object) -> dict[str, object]:
    return {"case_id": case_id, "action": "label", "policy_clause": "AI-2", "reason": "ai_confirmed"} | changes


def test_a_case_reads_with_its_tracks_and_reasons(caller: Caller, backend: Backend) -> None:
    track_id = caller.delivered(sender={"id": "sub-label 12"})
    case_id = judge(backend, track_id)
    (summary,) = caller.get("/v1/cases", state="open", queue="disclosure", priority="P2").json()["items"]
    assert (summary["id"], summary["tracks"], summary["policy"]) == (case_id, 1, "AI-2")
    case = caller.get(f"/v1/cases/{case_id}").json()
    assert {name: case[name] for name in summary} == summary
    assert (case["action"], case["reason"]) == ("queue", "declared NONE, detected with probability 0.97")
    (member,) = case["members"]
    assert member["track"]["id"] == track_id
    assert (member["artists"], member["sender"]) == (["Ada"], "sub-label 12")
    assert member["reasons"] == ["declared NONE, detected with probability 0.97"]
    assert member["labels"]["labels"] == ["ai_detected", "ai_mismatch"]
    assert case["decisions"] == []


def test_a_decision_settles_a_case_and_can_be_undone(caller: Caller, backend: Backend) -> None:
    case_id = judge(backend, caller.delivered())
    made = caller.send("POST", "/v1/decisions", decision(case_id, note="sure", message="Labelled."))
    assert made.status_code == 201
    body = made.json()
    assert made.headers["Location"] == f"/v1/decisions/{body['id']}"
    assert (body["state"], body["action"], body["note"], body["supersedes"]) == ("standing", "label", "sure", None)
    assert body["decided_by"].startswith("tests (em_")
    assert caller.get(f"/v1/decisions/{body['id']}").json() == body
    case = caller.get(f"/v1/cases/{case_id}").json()
    assert (case["state"], case["decisions"]) == ("decided", [body])
    undone = caller.send("POST", f"/v1/decisions/{body['id']}/undo", {"note": "a mistake"})
    assert (undone.status_code, undone.json()["state"]) == (200, "undone")
    assert caller.get(f"/v1/cases/{case_id}").json()["state"] == "open"
    again = caller.send("POST", f"/v1/decisions/{body['id']}/undo")
    assert again.status_code == 409
    assert again.json()["detail"] == "This decision does not stand: it was replaced or taken back."


def test_a_decided_case_is_decided_anew_by_naming_what_is_replaced(caller: Caller, backend: Backend) -> None:
    case_id = judge(backend, caller.delivered())
    first = caller.send("POST", "/v1/decisions", decision(case_id)).json()["id"]
    refused = caller.send("POST", "/v1/decisions", decision(case_id, action="hold"))
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/not-now")
    second = caller.send("POST", "/v1/decisions", decision(case_id, action="hold", supersedes=first)).json()["id"]
    listed = caller.get("/v1/decisions", case_id=case_id, limit=1).json()
    rest = caller.get("/v1/decisions", case_id=case_id, cursor=listed["next_cursor"]).json()
    assert [(made["id"], made["state"]) for made in listed["items"] + rest["items"]] == [
        (first, "superseded"),
        (second, "standing"),
    ]


def test_a_decision_sent_twice_under_a_key_is_made_once(caller: Caller, backend: Backend) -> None:
    case_id = judge(backend, caller.delivered())
    first = caller.send("POST", "/v1/decisions", decision(case_id), Idempotency_Key="k")
    again = caller.send("POST", "/v1/decisions", decision(case_id), Idempotency_Key="k")
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json()
    other = caller.send("POST", "/v1/decisions", decision(case_id, action="block"), Idempotency_Key="k")
    assert other.json()["type"] == "/problems/idempotency-key-reused"


def test_anothers_case_and_decision_do_not_exist(caller: Caller, stranger: Caller, backend: Backend) -> None:
    theirs = judge(backend, stranger.delivered())
    made = stranger.send("POST", "/v1/decisions", decision(theirs)).json()["id"]
    assert caller.get(f"/v1/cases/{theirs}").status_code == 404
    assert caller.send("POST", "/v1/decisions", decision(theirs)).status_code == 404
    assert caller.get(f"/v1/decisions/{made}").status_code == 404
    assert caller.send("POST", f"/v1/decisions/{made}/undo").status_code == 404
    assert caller.get("/v1/decisions", case_id=theirs).json()["items"] == []
    assert caller.get("/v1/decisions", cursor=made).status_code == 422


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"action": "delete"}, "body.action"),
        ({"reason": "because"}, "body.reason"),
        ({"policy_clause": ""}, "body.policy_clause"),
        ({"note": "x" * 10_001}, "body.note"),
        ({"confirm_labels": ["x"] * 51}, "body.confirm_labels"),
        ({"policy_clause": "NOPE-9"}, "body.policy_clause"),
        ({"confirm_labels": ["ai_detected", "banana"]}, "body.confirm_labels"),
        ({"reject_labels": ["banana"]}, "body.reject_labels"),
        ({"colour": "red"}, "body.colour"),
    ],
)
def test_an_incomplete_decision_names_its_field(caller: Caller, change: dict[str, object], field: str) -> None:
    answer = caller.send("POST", "/v1/decisions", decision("cas_x") | change)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]
