"""The policy as the API shows it."""

from service.policy import rules_in_force
from service.settings import Settings
from tests.service.api.caller import Caller


def test_the_policy_in_force_is_shown_with_its_clauses_and_rules(caller: Caller) -> None:
    policy = caller.get("/v1/policies").json()
    rules = rules_in_force(Settings(_env_file=None))
    assert (policy["version"], policy["rule_set"]) == (None, rules.hash)
    assert [clause["clause"] for clause in policy["clauses"]] == sorted(rules.clauses)
    shown = {rule["rule"]: rule for rule in policy["rules"]}
    assert set(shown) == {rule.id for rule in rules.rules}
    surge = shown["upload-surge"]
    assert (surge["status"], surge["action"], surge["brake"]) == ("live", "queue", None)
    assert "sender.surge_z >= 3.5" in surge["when"]
