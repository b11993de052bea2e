"""The notice says everything that article 17(3) of the DSA asks for, for every kind of decision."""

from datetime import UTC, date, datetime

import pytest

from schemas.exports.decision_facts import facts_of
from schemas.exports.dsa import DecisionForStatement
from schemas.exports.notice import uploader_notice
from schemas.review import ReasonCode
from schemas.verdict import Action

DECIDED_AT = datetime(2026, 11, 2, 9, tzinfo=UTC)


@pytest.mark.parametrize("reason", ReasonCode)
@pytest.mark.parametrize("action", Action)
def test_a_notice_names_measure_facts_clause_means_and_redress(action, reason):
    decision = DecisionForStatement(
        decision_id="dec_1",
        action=action,
        policy_clause="BULK-1",
        policy_title="No bulk of noise",
        reason=reason,
        facts=facts_of(reason, 40),
        delivered_on=date(2026, 11, 1),
        decided_on=date(2026, 11, 2),
        machine_detected=True,
        machine_decided=False,
    )
    notice = uploader_notice(decision, DECIDED_AT, "Please send the licence.")
    text = notice.text()
    for said in (notice.measure, notice.facts, "40 recordings", "BULK-1", "worldwide", "a person decided", "Appeal"):
        assert said in text
    assert "Please send the licence." in text
    assert (notice.appeal_until - DECIDED_AT).days >= 184
