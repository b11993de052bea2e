"""The packs that come with Earmark, all of them."""

from datetime import date
from pathlib import Path

import pytest

from schemas.facts import Facts
from schemas.verdict import Action, RuleStatus
from service.rules import DEFAULT_PACKS, PACKS, RuleSet, default_rule_set, load_pack

EVERY = sorted(PACKS.glob("**/*.yaml"))
DESTINATIONS = sorted((PACKS / "destinations").glob("*.yaml"))


@pytest.mark.parametrize("path", EVERY, ids=lambda path: path.stem)
def test_a_pack_may_be_used(path: Path) -> None:
    loaded = load_pack(path)
    assert loaded.pack.pack == path.stem
    assert loaded.rules


def test_all_packs_can_be_in_force_together() -> None:
    together = RuleSet(load_pack(path) for path in EVERY)
    assert together.judge(Facts()).action is Action.NONE


def test_the_rules_in_force_are_those_of_the_default_packs() -> None:
    assert default_rule_set().hash == RuleSet(load_pack(PACKS / name) for name in DEFAULT_PACKS).hash


@pytest.mark.parametrize("path", DESTINATIONS, ids=lambda path: path.stem)
def test_what_destinations_ask_for_comes_as_drafts_with_source_and_date(path: Path) -> None:
    pack = load_pack(path).pack
    assert {rule.status for rule in pack.rules} == {RuleStatus.DRAFT}
    assert pack.source
    assert date.fromisoformat(pack.as_of or "") <= date(2026, 11, 20)


def test_there_is_a_pack_for_each_destination() -> None:
    assert {path.stem for path in DESTINATIONS} == {"spotify", "apple", "deezer", "bandcamp", "tidal", "amazon"}


@pytest.mark.parametrize("path", EVERY, ids=lambda path: path.stem)
def test_every_clause_is_enforced_by_some_rule(path: Path) -> None:
    pack = load_pack(path).pack
    assert {clause.clause for clause in pack.policies} == {rule.policy for rule in pack.rules}


def test_the_example_of_the_documentation_may_be_used() -> None:
    page = (Path(__file__).parents[3] / "docs" / "rules.md").read_text(encoding="utf-8")
    example = page.split("```yaml\n")[1].split("```")[0]
    assert load_pack(example).pack.rules[0].id == "upload-surge"
