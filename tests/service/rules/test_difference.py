from schemas.verdict import RuleStatus
from service.rules.difference import Change, differences
from tests.service.rules.packs import pack, rule


def test_rules_are_told_apart_by_their_id() -> None:
    old, new = pack(rule("a"), rule("b")), pack(rule("b"), rule("c"))
    found = differences(old.pack, new.pack)
    assert [(change.rule, change.change) for change in found] == [("a", Change.REMOVED), ("c", Change.ADDED)]


def test_a_changed_rule_shows_old_and_new_and_a_version_that_was_not_raised() -> None:
    old, new = pack(rule("a")), pack(rule("a", then="{labels: [other]}"))
    [change] = differences(old.pack, new.pack)
    assert change.fields["then"][0]["labels"] == ["seen"]
    assert change.fields["then"][1]["labels"] == ["other"]
    assert change.forgotten_version
    [change] = differences(old.pack, pack(rule("a", status=RuleStatus.SHADOW)).pack)
    assert not change.forgotten_version
