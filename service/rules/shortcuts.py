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


def no_shortcut(_: Values) -> bool:
    """In place of a shortcut where only the engine will do."""
    raise KeyError


def shortcut(node: Node, types: Mapping[str, type]) -> Closure:
    """A closure from known facts to true or false; :func:`no_shortcut` where only the engine will do.

    The closure raises ``KeyError`` for an unknown fact and ``OverflowError`` beyond 64 bits.
    """
    try:
        closure, kind = _closure(node, types)
    except _NoShortcut:
        return no_shortcut
    return closure if kind is bool else no_shortcut


def careful(node: Node, types: Mapping[str, type]) -> Closure | None:
    """A closure from facts of which some are unknown to true, false, or nothing where the unknown ones matter.

    Kleene's three-valued logic, which is CEL's where the only thing that can go wrong is an unknown operand: nothing
    wherever anything else could.
    """
    try:
        return _careful(node, types)
    except _NoShortcut:
        return None


def _careful(node: Node, types: Mapping[str, type]) -> Closure:
    if isinstance(node, Call) and node.function in _KLEENE:
        return _KLEENE[node.function](*(_careful(operand, types) for operand in node.operands))
    closure, kind = _closure(node, types)
    if kind is not bool:
        raise _NoShortcut

    def atom(facts: Values) -> bool | None:
        try:
            answer: bool = closure(facts)
            return answer
        except KeyError:
            return None

    return atom


def _kleene_not(inner: Closure) -> Closure:
    def negated(facts: Values) -> bool | None:
        answer = inner(facts)
        return None if answer is None else not answer

    return negated


def _kleene_and(left: Closure, right: Closure) -> Closure:
    def both(facts: Values) -> bool | None:
        one = left(facts)
        if one is False:
            return False
        other = right(facts)
        return other if one or other is False else None

    return both


def _kleene_or(left: Closure, right: Closure) -> Closure:
    def either(facts: Values) -> bool | None:
        one = left(facts)
        if one is True:
            return True
        other = right(facts)
        return other if one is False or other is True else None

    return either


def _kleene_choice(asked: Closure, yes: Closure, no: Closure) -> Closure:
    def choice(facts: Values) -> bool | None:
        answer = asked(facts)
        result: bool | None = None if answer is None else yes(facts) if answer else no(facts)
        return result

    return choice


_KLEENE: dict[str, Callable[..., Closure]] = {
    "!_": _kleene_not,
    "_&&_": _kleene_and,
    "_||_": _kleene_or,
    "_?_:_": _kleene_choice,
}


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


def _comparison(symbol: str) -> Callable[..., Typed]:
    compare = _OPERATORS[symbol]

    def build(node: Call, types: Mapping[str, type]) -> Typed:
        left, right = node.operands
        if isinstance(left, Constant) and isinstance(right, Name):
            return _with_constant(_SWAPPED[symbol], right, left, types)
        if isinstance(left, Name) and isinstance(right, Constant):
            return _with_constant(symbol, left, right, types)
        (one, kind), (other, other_kind) = _closure(left, types), _closure(right, types)
        if kind is not other_kind:
            raise _NoShortcut
        return (lambda facts: compare(one(facts), other(facts))), bool

    return build


_OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_SWAPPED = {"==": "==", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}

_WITH_CONSTANT: dict[str, Callable[[str, Any], Closure]] = {
    "==": lambda name, value: lambda facts: facts[name] == value,
    "!=": lambda name, value: lambda facts: facts[name] != value,
    "<": lambda name, value: lambda facts: facts[name] < value,
    "<=": lambda name, value: lambda facts: facts[name] <= value,
    ">": lambda name, value: lambda facts: facts[name] > value,
    ">=": lambda name, value: lambda facts: facts[name] >= value,
}
"""The commonest lines of all, without a call more than they need."""


def _with_constant(symbol: str, fact: Name, constant: Constant, types: Mapping[str, type]) -> Typed:
    if types.get(fact.name) is not type(constant.value):
        raise _NoShortcut
    return _WITH_CONSTANT[symbol](fact.name, constant.value), bool


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
    **{f"_{symbol}_": _comparison(symbol) for symbol in _OPERATORS},
    "_+_": _arithmetic(operator.add),
    "_-_": _arithmetic(operator.sub),
    "_*_": _arithmetic(operator.mul),
    "double": _double,
    "startsWith": _text_method(str.startswith),
    "endsWith": _text_method(str.endswith),
    "contains": _text_method(str.__contains__),
}
