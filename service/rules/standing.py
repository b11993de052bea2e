"""How rules stand beside what their packs say: raised, lowered or retired one by one, or under the brake.

A pack says what its author wants; what a policy owner has promoted since, and what the brake has lowered, is laid over
it here. The rule set's hash covers the outcome, so that a verdict names the rules as they really acted.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from schemas.verdict import Action, RuleStatus
from service.rules.compiled import CompiledRule
from service.rules.loading import LoadedPack, load_pack
from service.rules.pack import Rule

UP = {RuleStatus.DRAFT: RuleStatus.SHADOW, RuleStatus.SHADOW: RuleStatus.LIVE, RuleStatus.RETIRED: RuleStatus.DRAFT}
"""The next state of a rule that is promoted."""
DOWN = {RuleStatus.LIVE: RuleStatus.SHADOW, RuleStatus.SHADOW: RuleStatus.DRAFT}
"""The next state of a rule that is taken back."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What is laid over the packs."""

    statuses: Mapping[str, RuleStatus] = field(default_factory=dict)
    """Status by rule, where it is another than the pack's."""
    lowered: Mapping[tuple[str, int], Action] = field(default_factory=dict)
    """Action by rule and version, where the brake has lowered it. Another version of the rule is not braked."""


def stand(packs: Iterable[LoadedPack], standing: Standing) -> tuple[LoadedPack, ...]:
    """The packs with their rules as they stand. What names no rule of theirs is left out."""
    return tuple(_pack(loaded, standing) for loaded in packs)


def check_again(loaded: LoadedPack) -> LoadedPack:
    """The pack loaded anew from what it has become. Raises :class:`PackRefused` where a rule may not have its status.

    A rule that goes live must be tested and must not be blind, which is not asked of a draft.
    """
    return load_pack(loaded.pack.model_dump_json(), loaded.source)


def _pack(loaded: LoadedPack, standing: Standing) -> LoadedPack:
    rules = tuple(_rule(ready, standing) for ready in loaded.rules)
    if all(new is old for new, old in zip(rules, loaded.rules, strict=True)):
        return loaded
    pack = loaded.pack.model_copy(update={"rules": [ready.rule for ready in rules]})
    return replace(loaded, pack=pack, rules=rules)


def _rule(ready: CompiledRule, standing: Standing) -> CompiledRule:
    rule: Rule = ready.rule
    changed: dict[str, object] = {}
    status = standing.statuses.get(rule.id, rule.status)
    if status is not rule.status:
        changed["status"] = status
    action = standing.lowered.get((rule.id, rule.version))
    if action is not None and action.rank < rule.then.action.rank:
        changed["then"] = rule.then.model_copy(update={"action": action})
    return replace(ready, rule=rule.model_copy(update=changed)) if changed else ready
