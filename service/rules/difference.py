"""What changes between two packs, rule by rule."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from service.rules.pack import Pack, Rule


class Change(StrEnum):
    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class RuleChange:
    """One rule that is not the same in both packs; ``fields`` has the old and the new value of what differs."""

    rule: str
    change: Change
    fields: dict[str, tuple[Any, Any]]
    forgotten_version: bool = False
    """What the rule does has changed and its version has not."""


_MATTERS = ("when", "then", "policy", "reason")


def differences(old: Pack, new: Pack) -> list[RuleChange]:
    """The rules that were added, removed or changed, by id. Clauses and the order of rules do not count."""
    before = {rule.id: rule for rule in old.rules}
    after = {rule.id: rule for rule in new.rules}
    found = []
    for name in sorted(before.keys() | after.keys()):
        if name not in before:
            found.append(RuleChange(name, Change.ADDED, {}))
        elif name not in after:
            found.append(RuleChange(name, Change.REMOVED, {}))
        elif fields := _fields(before[name], after[name]):
            forgotten = "version" not in fields and any(field in fields for field in _MATTERS)
            found.append(RuleChange(name, Change.CHANGED, fields, forgotten))
    return found


def _fields(before: Rule, after: Rule) -> dict[str, tuple[Any, Any]]:
    old, new = before.model_dump(mode="json"), after.model_dump(mode="json")
    return {field: (old[field], new[field]) for field in old if old[field] != new[field]}
