"""What regulators and uploaders are told about a decision, for each kind of it."""

import pytest

from schemas.exports.dsa import StatementOfReasons
from service.api.backend import Backend
from tests.service.api.caller import Caller
from tests.service.api.judging import judge


def decided(caller: Caller, backend: Backend, action: str) -> str:
    decision = {
        "case_id": judge(backend, caller.delivered(title="Zugvogel")),
        "action": action,
        "policy_clause": "AI-2",
        "reason": "ai_confirmed",
        "message": "We heard traces of a decoder.",
    }
    return caller.send("POST", "/v1/decisions", decision).json()["id"]


@pytest.mark.parametrize(
    ("action", "visibility"),
    [
        ("label", "DECISION_VISIBILITY_CONTENT_LABELLED"),
        ("hold", "DECISION_VISIBILITY_CONTENT_DISABLED"),
        ("block", "DECISION_VISIBILITY_CONTENT_REMOVED"),
    ],
)
def test_a_restriction_has_a_statement_without_personal_data(caller, backend, action, visibility) -> None:
    decision_id = decided(caller, backend, action)
    answer = caller.get(f"/v1/decisions/{decision_id}/statement-of-reasons")
    assert answer.status_code == 200
    assert StatementOfReasons.model_validate(answer.json()).decision_visibility == [visibility]
    assert answer.json()["puid"] == decision_id
    assert "Zugvogel" not in answer.text


@pytest.mark.parametrize("action", ["none", "queue"])
def test_what_restricts_nothing_has_no_statement_but_a_notice(caller, backend, action) -> None:
    decision_id = decided(caller, backend, action)
    assert caller.get(f"/v1/decisions/{decision_id}/statement-of-reasons").status_code == 409
    assert caller.get(f"/v1/decisions/{decision_id}/notice").status_code == 200


def test_the_notice_tells_the_uploader_what_can_be_done(caller, stranger, backend) -> None:
    decision_id = decided(caller, backend, "hold")
    notice = caller.get(f"/v1/decisions/{decision_id}/notice").json()
    assert notice["message"] == "We heard traces of a decoder."
    assert notice["clause"].startswith("AI-2, A declaration must agree")
    assert any("Appeal" in way for way in notice["redress"])
    assert stranger.get(f"/v1/decisions/{decision_id}/notice").status_code == 404
    assert stranger.get(f"/v1/decisions/{decision_id}/statement-of-reasons").status_code == 404
