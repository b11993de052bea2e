from service.api.backend import Backend
from tests.service.api.caller import Caller
from tests.service.api.judging import deliver, judge

KEYS = {
    "track_id", "revision", "declared", "detected", "confirmed", "labels", "action", "priority", "cases", "model",
    "rule_set", "reasons", "deadline",
}  # fmt: skip


def test_before_a_verdict_only_the_declaration_is_known(caller: Caller) -> None:
    track_id = caller.delivered()
    answer = caller.get(f"/v1/tracks/{track_id}/labels")
    assert answer.status_code == 200
    labels = answer.json()
    assert set(labels) == KEYS
    assert (labels["track_id"], labels["revision"]) == (track_id, 1)
    assert labels["declared"]["VOCALS"] == "NONE"
    assert labels["declared"]["ARTWORK"] == "UNDECLARED"
    assert labels["detected"] == {"labels": [], "ai": None, "provenance": [], "truncated": None}
    assert (labels["labels"], labels["action"], labels["priority"], labels["cases"]) == ([], None, None, [])
    assert (labels["model"], labels["rule_set"], labels["confirmed"]) == (None, None, [])


def test_declared_detected_and_confirmed_stand_apart(caller: Caller, backend: Backend) -> None:
    track_id = caller.delivered()
    case_id = judge(backend, track_id)
    labels = caller.get(f"/v1/tracks/{track_id}/labels").json()
    assert labels["detected"]["labels"] == ["ai_detected", "ai_mismatch"]
    assert labels["detected"]["ai"]["verdict"] == "likely_ai"
    assert labels["detected"]["ai"]["reasons"] == ["lines every 50 Hz"]
    in_time = {name: labels["detected"]["ai"][name] for name in ("share_of_track", "longest_run_s")}
    assert in_time == {"share_of_track": 0.043, "longest_run_s": 7.5}
    assert labels["detected"]["ai"]["traces_follow_vocals"] is True
    assert labels["detected"]["ai"]["segments"][1] == {"start_s": 12.5, "end_s": 17.5, "probability": 0.97}
    assert labels["detected"]["provenance"][0]["generator"] == "suno"
    assert labels["detected"]["truncated"] == "decoding broke off after 183.2 s"
    assert (labels["action"], labels["priority"], labels["cases"]) == ("queue", "P2", [case_id])
    assert (labels["model"], labels["rule_set"]) == ("2026.12-1", "rules-1")
    decision = {
        "case_id": case_id,
        "action": "label",
        "policy_clause": "AI-2",
        "reason": "ai_not_confirmed",
        "confirm_labels": ["ai_detected"],
        "reject_labels": ["ai_mismatch"],
    }
    made = caller.send("POST", "/v1/decisions", decision).json()
    labels = caller.get(f"/v1/tracks/{track_id}/labels").json()
    assert labels["labels"] == ["ai_detected"]
    assert labels["detected"]["labels"] == ["ai_detected", "ai_mismatch"]
    assert [(said["label"], said["confirmed"], said["decision"]) for said in labels["confirmed"]] == [
        ("ai_detected", True, made["id"]),
        ("ai_mismatch", False, made["id"]),
    ]
    assert (labels["action"], labels["priority"], labels["cases"]) == ("label", None, [])


def test_the_feed_tells_every_change_once_and_in_order(caller: Caller, backend: Backend, stranger: Caller) -> None:
    assert caller.get("/v1/labels").json() == {"items": [], "next_cursor": "0"}
    first, second = caller.delivered(title="One"), caller.delivered(title="Two")
    judge(backend, stranger.delivered(title="Not ours"))
    judge(backend, first)
    judge(backend, second)
    deliver(backend, first)
    page = caller.get("/v1/labels", limit=1).json()
    rest = caller.get("/v1/labels", cursor=page["next_cursor"]).json()
    entries = page["items"] + rest["items"]
    assert [entry["labels"]["track_id"] for entry in entries] == [first, second]
    assert set(entries[0]["labels"]) == KEYS
    assert entries[0]["labels"] == caller.get(f"/v1/tracks/{first}/labels").json()
    end = caller.get("/v1/labels", cursor=rest["next_cursor"]).json()
    assert end == {"items": [], "next_cursor": rest["next_cursor"]}
