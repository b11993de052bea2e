"""Plain comparisons as Python closures, for speed: handing facts to the CEL engine costs more than comparing them.

A shortcut answers only where every fact it touches is known and nothing can go wrong; an exception of any kind sends
the line back to the engine, which alone says what an unknown or failing operand means. What is not plainly the same in
Python (patterns, macros, division) has no shortcut. A property test holds each shortcut to the engine's answer.
"""

import operator
from collections.abc import Callable, Mapping
from typing import Any

from schemas.facts import Scalar
from service.rules.wire import Call, Constant, Items, Name, Node

Values = Mapping[str, Scalar]
Closure = Callable[[Values], Any]
Typed = tuple[Closure, type]


class _NoShortcut(Exception):
    """The expression holds something that is left to the engine."""


def shortcut(node: Node, types: Mapping[str, type]) -> Closure | None:
    """A closure from known facts to true or false, or nothing where only the engine will do.

    The closure raises ``KeyError`` for an unknown fact and ``OverflowError`` beyond 64 bits.
    """
    try:
        closure, kind = _closure(node, types)
    except _NoShortcut:
        return None
    return closure if kind is bool else None


def _closure(node: Node, types: Mapping[str, type]) -> Typed:
    if isinstance(node, Constant):
        value = node.value
        return (lambda _: value), type(value)
    if isinstance(node, Name):
        if types.get(node.name) not in (bool, int, float, str):
            raise _NoShortcut
        return operator.itemgetter(node.name), types[node.name]
    if isinstance(node, Call):
        return _BUILDERS.get(node.function, _none)(node, types)
    raise _NoShortcut


def _none(node: Call, types: Mapping[str, type]) -> Typed:
    raise _NoShortcut


def _not(node: Call, types: Mapping[str, type]) -> Typed:
    inner, _ = _closure(node.operands[0], types)
    return (lambda facts: not inner(facts)), bool


def _and(node: Call, types: Mapping[str, type]) -> Typed:
    (left, _), (right, _) = (_closure(operand, types) for operand in node.operands)
    return (lambda facts: left(facts) and right(facts)), bool


def _or(node: Call, types: Mapping[str, type]) -> Typed:
    (left, _), (right, _) = (_closure(operand, types) for operand in node.operands)
    return (lambda facts: left(facts) or right(facts)), bool


def _choice(node: Call, types: Mapping[str, type]) -> Typed:
    (asked, _), (yes, kind), (no, _) = (_closure(operand, types) for operand in node.operands)
    return (lambda facts: yes(facts) if asked(facts) else no(facts)), kind


def _in(node: Call, types: Mapping[str, type]) -> Typed:
    wanted, among = node.operands
    inner, kind = _closure(wanted, types)
    if kind is not str or not isinstance(among, Items):
        raise _NoShortcut
    texts = {item.value for item in among.items if isinstance(item, Constant) and isinstance(item.value, str)}
    if len(texts) < len(among.items):
        raise _NoShortcut  # something else than texts, or one of them twice
    return (lambda facts: inner(facts) in texts), bool


def _comparison(compare: Callable[[Any, Any], Any], swapped: Callable[[Any, Any], Any]) -> Callable[..., Typed]:
    def build(node: Call, types: Mapping[str, type]) -> Typed:
        left, right = node.operands
        if isinstance(left, Constant) and isinstance(right, Name):
            return _with_constant(swapped, right, left, types)
        if isinstance(left, Name) and isinstance(right, Constant):
            return _with_constant(compare, left, right, types)
        (one, kind), (other, other_kind) = _closure(left, types), _closure(right, types)
        if kind is not other_kind:
            raise _NoShortcut
        return (lambda facts: compare(one(facts), other(facts))), bool

    return build


def _with_constant(
    compare: Callable[[Any, Any], Any], fact: Name, constant: Constant, types: Mapping[str, type]
) -> Typed:
    """The commonest line of all, without a call more than it needs."""
    if types.get(fact.name) is not type(constant.value):
        raise _NoShortcut
    name, value = fact.name, constant.value
    return (lambda facts: compare(facts[name], value)), bool


_LARGEST = 2**63


def _arithmetic(combine: Callable[[Any, Any], Any]) -> Callable[..., Typed]:
    def build(node: Call, types: Mapping[str, type]) -> Typed:
        (left, kind), (right, other_kind) = (_closure(operand, types) for operand in node.operands)
        if kind is not other_kind or kind not in (int, float):
            raise _NoShortcut
        if kind is float:
            return (lambda facts: combine(left(facts), right(facts))), float

        def whole(facts: Values) -> int:
            value: int = combine(left(facts), right(facts))
            if not -_LARGEST <= value < _LARGEST:
                raise OverflowError
            return value

        return whole, int

    return build


def _double(node: Call, types: Mapping[str, type]) -> Typed:
    inner, kind = _closure(node.operands[0], types)
    if kind not in (int, float):
        raise _NoShortcut
    return (lambda facts: float(inner(facts))), float


def _text_method(method: Callable[[str, str], bool]) -> Callable[..., Typed]:
    def build(node: Call, types: Mapping[str, type]) -> Typed:
        (text, kind), (part, other_kind) = (_closure(operand, types) for operand in node.operands)
        if kind is not str or other_kind is not str:
            raise _NoShortcut
        return (lambda facts: method(text(facts), part(facts))), bool

    return build


_BUILDERS: dict[str, Callable[..., Typed]] = {
    "!_": _not,
    "_&&_": _and,
    "_||_": _or,
    "_?_:_": _choice,
    "@in": _in,
    "_==_": _comparison(operator.eq, operator.eq),
    "_!=_": _comparison(operator.ne, operator.ne),
    "_<_": _comparison(operator.lt, operator.gt),
    "_<=_": _comparison(operator.le, operator.ge),
    "_>_": _comparison(operator.gt, operator.lt),
    "_>=_": _comparison(operator.ge, operator.le),
    "_+_": _arithmetic(operator.add),
    "_-_": _arithmetic(operator.sub),
    "_*_": _arithmetic(operator.mul),
    "double": _double,
    "startsWith": _text_method(str.startswith),
    "endsWith": _text_method(str.endswith),
    "contains": _text_method(str.__contains__),
}
