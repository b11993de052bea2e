"""The rules that a deployment is run by."""

import os
from pathlib import Path

from service.rules import RuleSet, default_rule_set, load_pack
from service.settings import Settings


def rules_in_force(settings: Settings) -> RuleSet:
    """The packs that the settings name, or the one that comes with Earmark.

    :raises PackRefused: where a pack is not sound, with everything that is wrong with it
    :raises OSError: where a pack cannot be read
    """
    named = [Path(name) for name in settings.policy_packs.split(os.pathsep) if name]
    return RuleSet(load_pack(path) for path in named) if named else default_rule_set()
