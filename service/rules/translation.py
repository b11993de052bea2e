"""From CEL to Python: the checked tree of a condition written as Python source that gives the same answer, for speed.

Handing facts to the CEL engine costs more than comparing them, so what is plainly the same in Python is compiled once,
at load, and the engine is asked the rest: patterns, macros, division. A property test and the golden corpus hold every
translation to the engine's answer.

The source is made of the tree alone: operators from the tables below, names of facts from the schema, and constants by
``repr``. Nothing of a pack's text gets into it.

A condition is *true*, *false* or *neither*, where a fact is unknown or an operation fails. Two plain expressions say
which, and need no third value: ``certain`` is true where the condition is true, ``possible`` wherever it is not false.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from service.rules.wire import Call, Constant, Items, Name, Node

Guard = tuple[str, str]
"""What is the case where a value cannot be had, and its opposite, as Python."""

_LARGEST = 2**63


class NotTranslated(Exception):
    """The condition holds something that is left to the engine."""


@dataclass(frozen=True, slots=True)
class Rails:
    """A condition as two Python expressions."""

    possible: str
    certain: str
    fails: bool = False
    """It can be neither true nor false for another reason than an unknown fact."""


@dataclass(frozen=True, slots=True)
class _Value:
    """A value as a Python expression, good where none of its guards applies."""

    code: str
    kind: type
    guards: tuple[Guard, ...] = ()


class Scope:
    """The Python names of facts and intermediate results in one function."""

    def __init__(self, types: Mapping[str, type]) -> None:
        """``types`` maps the name of each fact to ``bool``, ``int``, ``float``, ``str`` or ``list``."""
        self.types = types
        self._variables: dict[str, str] = {}
        self._results = 0

    def variable(self, fact: str) -> str:
        return self._variables.setdefault(fact, f"v{len(self._variables)}")

    def result(self) -> str:
        self._results += 1
        return f"r{self._results}"

    def assignments(self) -> list[str]:
        """Statements that fetch the facts, ``None`` for an unknown one."""
        return [f"{variable} = get({fact!r})" for fact, variable in self._variables.items()]

    def mark(self) -> tuple[dict[str, str], int]:
        return dict(self._variables), self._results

    def back_to(self, mark: tuple[dict[str, str], int]) -> None:
        """Forget what a condition that could not be translated has named."""
        self._variables, self._results = mark


def translate(node: Node, scope: Scope) -> Rails:
    """Raises :class:`NotTranslated`, leaving the scope as it was."""
    mark = scope.mark()
    try:
        return _rails(node, scope)
    except NotTranslated:
        scope.back_to(mark)
        raise


def _rails(node: Node, scope: Scope) -> Rails:
    if isinstance(node, Call):
        if node.function == "!_":
            inner = _rails(node.operands[0], scope)
            return Rails(f"(not {inner.certain})", f"(not {inner.possible})", inner.fails)
        if node.function in _JOINED:
            parts = [_rails(operand, scope) for operand in _flat(node, node.function)]
            word = _JOINED[node.function]
            possible = word.join(part.possible for part in parts)
            certain = word.join(part.certain for part in parts)
            return Rails(f"({possible})", f"({certain})", any(part.fails for part in parts))
        if node.function == "_?_:_":
            return _choice(node, scope)
    value = _value(node, scope)
    if value.kind is not bool:
        raise NotTranslated
    bad = [guard[0] for guard in value.guards]
    good = [guard[1] for guard in value.guards]
    fails = any(not guard[0].endswith(" is None") for guard in value.guards)
    if isinstance(node, Name):
        return Rails(f"({value.code} is not False)", f"({value.code} is True)")
    return Rails(f"({' or '.join([*bad, value.code])})", f"({' and '.join([*good, value.code])})", fails)


_JOINED = {"_&&_": " and ", "_||_": " or "}


def _flat(node: Node, function: str) -> list[Node]:
    if isinstance(node, Call) and node.function == function:
        return [part for operand in node.operands for part in _flat(operand, function)]
    return [node]


def _choice(node: Call, scope: Scope) -> Rails:
    asked, yes, no = node.operands
    if _holds_choice(asked):
        raise NotTranslated  # the question is written three times
    question, left, right = _rails(asked, scope), _rails(yes, scope), _rails(no, scope)
    possible = f"(({left.possible} or not {question.certain}) if {question.possible} else {right.possible})"
    certain = f"({left.certain} if {question.certain} else not {question.possible} and {right.certain})"
    return Rails(possible, certain, question.fails or left.fails or right.fails)


def _holds_choice(node: Node) -> bool:
    if not isinstance(node, Call):
        return False
    return node.function == "_?_:_" or any(_holds_choice(operand) for operand in node.operands)


def _value(node: Node, scope: Scope) -> _Value:
    if isinstance(node, Constant):
        return _constant(node.value)
    if isinstance(node, Name):
        if node.name not in scope.types:
            raise NotTranslated
        variable = scope.variable(node.name)
        return _Value(variable, scope.types[node.name], ((f"{variable} is None", f"{variable} is not None"),))
    if isinstance(node, Call):
        if node.function in _COMPARED:
            return _comparison(node, scope)
        if node.function in _ARITHMETIC:
            return _arithmetic(node, scope)
        if node.function == "@in":
            return _membership(node, scope)
        if node.function in _METHODS:
            return _method(node, scope)
        if node.function == "double":
            inner = _value(node.operands[0], scope)
            _require(inner.kind in (int, float))
            return _Value(f"float({inner.code})", float, inner.guards)
        if node.function == "size":
            inner = _value(node.operands[0], scope)
            _require(inner.kind in (str, list))
            return _Value(f"len({inner.code})", int, inner.guards)
    raise NotTranslated


def _constant(value: bool | int | float | str) -> _Value:
    _require(not isinstance(value, float) or math.isfinite(value))
    return _Value(f"({value!r})", type(value))


_COMPARED = {"_==_": "==", "_!=_": "!=", "_<_": "<", "_<=_": "<=", "_>_": ">", "_>=_": ">="}


def _comparison(node: Call, scope: Scope) -> _Value:
    left, right = (_value(operand, scope) for operand in node.operands)
    _require(left.kind is right.kind and left.kind is not list)
    return _Value(f"({left.code} {_COMPARED[node.function]} {right.code})", bool, _together(left, right))


_ARITHMETIC = {"_+_": "+", "_-_": "-", "_*_": "*"}


def _arithmetic(node: Call, scope: Scope) -> _Value:
    left, right = (_value(operand, scope) for operand in node.operands)
    _require(left.kind is right.kind and left.kind in (int, float))
    code, guards = f"({left.code} {_ARITHMETIC[node.function]} {right.code})", _together(left, right)
    if left.kind is float:
        return _Value(code, float, guards)
    result = scope.result()
    fits = f"{-_LARGEST} <= ({result} := {code}) < {_LARGEST}"
    return _Value(result, int, (*guards, (f"not {fits}", fits)))


def _membership(node: Call, scope: Scope) -> _Value:
    wanted, among = node.operands
    value = _value(wanted, scope)
    if isinstance(among, Items):
        constants = [item.value for item in among.items if isinstance(item, Constant)]
        _require(len(constants) == len(among.items) and all(type(constant) is value.kind for constant in constants))
        _require(value.kind in (str, int) and bool(constants))
        return _Value(f"({value.code} in {{{', '.join(map(repr, constants))}}})", bool, value.guards)
    listed = _value(among, scope)
    _require(listed.kind is list and value.kind is str)
    return _Value(f"({value.code} in {listed.code})", bool, _together(value, listed))


_METHODS = {"startsWith": "{0}.startswith({1})", "endsWith": "{0}.endswith({1})", "contains": "({1} in {0})"}


def _method(node: Call, scope: Scope) -> _Value:
    text, part = (_value(operand, scope) for operand in node.operands)
    _require(text.kind is str and part.kind is str)
    return _Value(_METHODS[node.function].format(text.code, part.code), bool, _together(text, part))


def _together(*values: _Value) -> tuple[Guard, ...]:
    return tuple(dict.fromkeys(guard for value in values for guard in value.guards))


def _require(condition: bool) -> None:
    if not condition:
        raise NotTranslated
