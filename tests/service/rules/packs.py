"""Packs for tests, as short as a pack can be."""

from schemas.verdict import RuleStatus
from service.rules import LoadedPack, RuleSet, load_pack

HEAD = """
pack: {name}
title: A pack for a test
policies:
  - {{clause: TEST-1, title: A clause, text: Something is not allowed.}}
rules:
"""


def rule(
    name: str,
    when: str = "declared.music_all",
    then: str = "{labels: [seen]}",
    status: RuleStatus = RuleStatus.LIVE,
    given: str = "{declared.music_all: true}",
    other: str = "{declared.music_all: false}",
    reason: str = "Seen.",
) -> str:
    return f"""
  - id: {name}
    status: {status.value}
    policy: TEST-1
    when:
      - {when}
    then: {then}
    reason: {reason}
    tests:
      - {{given: {given}, expect: match}}
      - {{given: {other}, expect: no}}
"""


def pack(*rules: str, name: str = "test") -> LoadedPack:
    return load_pack(HEAD.format(name=name) + "".join(rules))


def rule_set(*rules: str) -> RuleSet:
    return RuleSet([pack(*rules)])
