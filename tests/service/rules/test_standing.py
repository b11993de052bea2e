"""What is laid over packs: statuses and brakes."""

import pytest

from schemas.verdict import Action, RuleStatus
from service.rules import PackRefused, RuleSet, load_pack
from service.rules.standing import Standing, check_again, stand
from tests.service.rules.packs import HEAD, pack, rule

HOLD = "{action: hold, priority: P1, queue: volume, case: sender}"
BUSY = {"sender.tracks_24h": 90}


def busy(status: RuleStatus = RuleStatus.LIVE) -> str:
    given, other = "{sender.tracks_24h: 90}", "{sender.tracks_24h: 1}"
    return rule("busy", "sender.tracks_24h > 50", HOLD, status, given=given, other=other)


def test_a_braked_rule_acts_as_lowered_and_says_so_in_its_trace() -> None:
    rules = RuleSet(stand([pack(busy())], Standing(lowered={("busy", 1): Action.QUEUE})))
    judgement = rules.judge_flat(BUSY)
    assert (judgement.action, judgement.fired[0].action) == (Action.QUEUE, Action.QUEUE)
    assert rules.hash != RuleSet([pack(busy())]).hash


def test_another_version_of_a_braked_rule_is_not_braked() -> None:
    rules = RuleSet(stand([pack(busy())], Standing(lowered={("busy", 2): Action.QUEUE})))
    assert rules.judge_flat(BUSY).action is Action.HOLD


def test_a_brake_never_raises_an_action() -> None:
    rules = RuleSet(stand([pack(busy())], Standing(lowered={("busy", 1): Action.BLOCK})))
    assert rules.judge_flat(BUSY).action is Action.HOLD


def test_a_promoted_rule_acts_and_a_demoted_one_does_not() -> None:
    shadow = pack(busy(RuleStatus.SHADOW))
    assert RuleSet([shadow]).judge_flat(BUSY).action is Action.NONE
    promoted = RuleSet(stand([shadow], Standing({"busy": RuleStatus.LIVE})))
    assert promoted.judge_flat(BUSY).action is Action.HOLD
    assert promoted.hash == RuleSet([pack(busy())]).hash
    retired = RuleSet(stand([pack(busy())], Standing({"busy": RuleStatus.RETIRED})))
    assert retired.judge_flat(BUSY).action is Action.NONE


def test_what_stands_can_be_loaded_again_and_judges_the_same() -> None:
    [stood] = stand([pack(busy())], Standing(lowered={("busy", 1): Action.QUEUE}))
    assert RuleSet([load_pack(stood.pack.model_dump_json())]).hash == RuleSet([stood]).hash


def test_a_draft_without_tests_cannot_be_made_live() -> None:
    draft = """
  - {id: bare, policy: TEST-1, when: [declared.music_all], then: {labels: [seen]}, reason: Seen.}
"""
    loaded = load_pack(HEAD.format(name="test") + draft)
    [stood] = stand([loaded], Standing({"bare": RuleStatus.LIVE}))
    with pytest.raises(PackRefused, match="needs a test"):
        check_again(stood)


def test_what_names_no_rule_changes_nothing() -> None:
    loaded = pack(busy())
    assert stand([loaded], Standing({"other": RuleStatus.RETIRED}, {("other", 1): Action.QUEUE})) == (loaded,)
