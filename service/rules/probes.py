"""Load-time probes: every condition is evaluated on made-up facts, so that what only fails when run fails at once.

A bad regular expression, a division by a constant zero or an iteration without end passes the type checker; it must
not wait for the track that meets it.
"""

from schemas.facts import Scalar
from service.rules.engine import Condition, Language

_LIST_LENGTH = 50


def probe(condition: Condition, language: Language) -> str | None:
    """What goes wrong when the condition is evaluated on a few synthetic sets of facts; nothing if all is well."""
    for facts in _contexts(condition, language):
        evaluation = condition.evaluate(facts)
        if evaluation.error is not None:
            return evaluation.error
    return None


def _contexts(condition: Condition, language: Language) -> list[dict[str, Scalar]]:
    """All facts that the condition reads, once ordinary, once large, once with every single one of them different."""
    ordinary: dict[type, Scalar] = {bool: True, int: 3, float: 0.5, str: "probe", list: ["probe"]}
    other: dict[type, Scalar] = {bool: False, int: 1, float: 2.0, str: "a", list: ["a"] * _LIST_LENGTH}
    kinds = {name: language.types[name] for name in condition.facts}
    base = {name: ordinary[kind] for name, kind in kinds.items()}
    changed = [{**base, name: other[kind]} for name, kind in kinds.items()]
    return [base, {name: other[kind] for name, kind in kinds.items()}, *changed]
