"""The policy language: load, check and test packs of rules, and judge facts by them. Pure: no I/O but reading packs."""

from functools import cache
from pathlib import Path

from service.rules.loading import LoadedPack, load_pack
from service.rules.problems import PackRefused, render
from service.rules.ruleset import RuleSet

PACKS = Path(__file__).parent / "packs"
"""The packs that come with Earmark."""

DEFAULT_PACKS = ("default.yaml", "behaviour.yaml")
"""The packs in force unless told otherwise, as files under :data:`PACKS`."""


@cache
def default_rule_set() -> RuleSet:
    """The rules in force unless told otherwise; read and checked once in a process."""
    return RuleSet(load_pack(PACKS / name) for name in DEFAULT_PACKS)


__all__ = ["DEFAULT_PACKS", "PACKS", "LoadedPack", "PackRefused", "RuleSet", "default_rule_set", "load_pack", "render"]
