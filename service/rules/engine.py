"""The one door to the expression language: conditions in CEL (Common Expression Language) over typed facts.

CEL was made for policy: no loops without bound, regular expressions in linear time (RE2), no access to anything
outside, and static types. Everything that knows the library ``cel_expr_python`` stands in this file, so that it can be
replaced; a golden corpus holds its answers to those of a second implementation.

Logic is three-valued. A fact that is unknown is left out of the activation, and CEL then answers an error wherever the
value would matter: ``false && unknown`` is false, ``true || unknown`` is true, all else is not evaluable.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from types import UnionType
from typing import Any, Union, get_args, get_origin

from cel_expr_python import cel

from schemas.facts import Scalar, fact_fields
from schemas.verdict import Outcome
from service.rules.problems import Position

MAX_CONDITION = 2_000
"""Longest condition in characters: what is longer belongs into several lines, each with its own trace."""

Activation = Any
"""Facts made ready for evaluation, by :meth:`Language.activation`."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a condition does not compile. ``name`` is the identifier in question where the fault is an unknown one."""

    message: str
    position: Position
    name: str | None = None


class ConditionRefused(Exception):
    """A condition that does not compile, with every fault found in it."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("; ".join(fault.message for fault in faults))
        self.faults = faults


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Outcome of a condition; ``error`` says what went wrong other than a fact being unknown."""

    outcome: Outcome
    error: str | None = None


_MATCH = Evaluation(Outcome.MATCH)
_NO_MATCH = Evaluation(Outcome.NO_MATCH)
_UNKNOWN = Evaluation(Outcome.NOT_EVALUABLE)


@dataclass(frozen=True, slots=True)
class Condition:
    """One compiled line of a rule: what it says, and the facts it reads, in order of appearance."""

    expression: str
    facts: tuple[str, ...]
    strict: bool
    """Whether every fact is always needed: nothing in the line can decide it while one is unknown."""
    program: Any

    def evaluate(self, activation: Activation) -> Evaluation:
        """The outcome on some facts. Never raises: what cannot be evaluated is not evaluable."""
        try:
            answer = self.program.eval(activation).value()
        except RuntimeError as error:  # the iteration budget is spent
            return Evaluation(Outcome.NOT_EVALUABLE, _plain(str(error)))
        if answer is True:
            return _MATCH
        if answer is False:
            return _NO_MATCH
        return (
            _UNKNOWN if "No value with name" in str(answer) else Evaluation(Outcome.NOT_EVALUABLE, _plain(str(answer)))
        )


class Language:
    """CEL over a fixed set of typed facts."""

    def __init__(self, types: Mapping[str, type]) -> None:
        """``types`` maps the qualified name of each fact to ``bool``, ``int``, ``float``, ``str`` or ``list``."""
        self.types = dict(types)
        self._env = cel.NewEnv(variables={name: _cel_type(kind) for name, kind in self.types.items()})

    def compile(self, expression: str) -> Condition:
        """Check and compile one condition, which must be true or false.

        Raises :class:`ConditionRefused` with every fault that the checker finds.
        """
        if len(expression) > MAX_CONDITION:
            raise ConditionRefused([Fault(f"the condition has more than {MAX_CONDITION} characters", Position(1, 1))])
        try:
            program = self._env.compile(expression)
        except RuntimeError as error:
            raise ConditionRefused(list(_faults(str(error), expression))) from None
        names, functions = _references(program.serialize())
        if program.return_type() != cel.Type.BOOL:
            kind = program.return_type().name().lower()
            kind = _TYPES.get(kind, kind)
            raise ConditionRefused([Fault(f"a condition must be true or false, but this is {kind}", Position(1, 1))])
        facts = tuple(sorted((n for n in names if n in self.types), key=lambda name: _place(name, expression)))
        return Condition(expression, facts, strict=not functions & _LENIENT, program=program)

    def activation(self, facts: Mapping[str, Scalar]) -> Activation:
        """Facts made ready for any number of conditions. Unknown ones must have no key."""
        return self._env.Activation(facts)


@cache
def fact_language() -> Language:
    """The language over all facts of :mod:`schemas.facts`."""
    return Language({name: plain_type(annotation) for name, annotation, _, _ in fact_fields()})


def plain_type(annotation: Any) -> type:
    """The plain type of a fact: ``float`` for ``float | None``, ``str`` for an enum, ``list`` for a list of texts."""
    if get_origin(annotation) in (Union, UnionType):
        annotation = next(part for part in get_args(annotation) if part is not type(None))
    if get_origin(annotation) is list:
        return list
    for kind in (bool, int, float, str):  # bool first: it is an int too
        if isinstance(annotation, type) and issubclass(annotation, kind):
            return kind
    raise TypeError(f"a fact cannot be of type {annotation}")


def _cel_type(kind: type) -> Any:
    simple = {bool: cel.Type.BOOL, int: cel.Type.INT, float: cel.Type.DOUBLE, str: cel.Type.STRING}
    return cel.Type.List(cel.Type.STRING) if kind is list else simple[kind]


_LENIENT = {"_&&_", "_||_", "_?_:_", "@not_strictly_false"}
"""Operators that can give an answer although an operand is unknown."""

_FAULT = re.compile(r"ERROR: <input>:(-?\d+):(-?\d+): (.*)")
_UNDECLARED = re.compile(r"undeclared reference to '([^']*)'")
_OVERLOAD = re.compile(r"found no matching overload for '([^']*)' applied to '(.*)'")


def _faults(report: str, expression: str) -> Iterator[Fault]:
    """The checker's report, fault by fault; one fault is the cause of many lines of it, so each place counts once."""
    found = _FAULT.findall(report)
    if not found:
        yield Fault(_plain(report), Position(1, 1))
    seen: set[Position] = set()
    for line, column, said in found:
        message = said
        position = Position(max(1, int(line)), max(1, int(column)))
        name = None
        if unknown := _UNDECLARED.match(said):
            name = unknown[1]
            position = _start_of(name, position, expression)
            message = f"unknown name '{name}'"
        elif overload := _OVERLOAD.match(said):
            message = _readable(overload[1], overload[2])
        elif said.startswith("Syntax error"):
            yield Fault(_syntax(said), position, None)
            return
        if position not in seen:
            yield Fault(_plain(message), position, name)
        seen.add(position)


def _start_of(name: str, reported: Position, expression: str) -> Position:
    """CEL reports a dotted name at its last dot; its start is what a reader looks for."""
    start = reported.column - 1 - len(name.rpartition(".")[0])
    line = expression.splitlines()[reported.line - 1] if reported.line <= len(expression.splitlines()) else ""
    return Position(reported.line, start + 1) if start >= 0 and line[start:].startswith(name) else reported


_SYMBOL = re.compile(r"^_?([^_]+)_?$")
_TYPES = {
    "double": "a number with decimals (float)",
    "int": "a whole number (int)",
    "string": "a text",
    "bool": "true/false",
    "list(string)": "a list of texts",
    "null_type": "null",
}


def _readable(function: str, operands: str) -> str:
    kinds = [_TYPES.get(kind, kind) for kind in re.split(r", (?![^(]*\))", operands.strip("()"))]
    symbol = _SYMBOL.match(function)
    shown = symbol[1] if symbol else function
    if function == "_?_:_" and len(kinds) == 3:
        return f"both sides of '? :' must be of one type, but they are {kinds[1]} and {kinds[2]}"
    if len(kinds) == 2 and function.startswith("_"):
        return f"'{shown}' cannot compare or combine {kinds[0]} with {kinds[1]}"
    return f"'{shown}' does not take {' and '.join(kinds)}"


_UNEXPECTED = re.compile(r"(?:mismatched input|extraneous input|token recognition error at:|missing .* at) '(.*?)\s*'")


def _syntax(said: str) -> str:
    """The parser's report of what it met, without its list of what it would rather have met."""
    met = _UNEXPECTED.search(said)
    if met is None:
        return _plain(said)
    return "syntax error: the condition breaks off" if met[1] == "<EOF>" else f"syntax error at {met[1]}"


def _plain(message: str) -> str:
    """A library message without its status code, on one line, cut to a readable length."""
    text = re.sub(r"\s*\[[A-Z_]+\]$", "", re.sub(r"^[A-Z_]+: ", "", message.strip()))
    return " ".join(text.split())[:300]


def _place(name: str, expression: str) -> int:
    found = re.search(rf"(?<![\w.]){re.escape(name)}(?!\w)", expression)
    return found.start() if found else len(expression)


def _references(serialized: bytes) -> tuple[set[str], set[str]]:
    """Variables and functions that a compiled expression refers to.

    Reads ``reference_map`` (field 2 of ``cel.expr.CheckedExpr``, inside a ``google.protobuf.Any``): the library has no
    call for it. A reference to a function has overloads (field 3), one to a variable has only a name (field 1).
    """
    checked = next(value for field, value in _fields(serialized) if field == 2)
    names: set[str] = set()
    functions: set[str] = set()
    for field, entry in _fields(checked):
        if field != 2:
            continue
        reference = list(_fields(next(value for key, value in _fields(entry) if key == 2)))
        name = next((value.decode() for key, value in reference if key == 1), "")
        (functions if any(key == 3 for key, _ in reference) else names).add(name)
    return names, functions


def _fields(data: bytes) -> Iterator[tuple[int, Any]]:
    """Fields of a protobuf message in wire format: number and raw value."""
    at = 0
    while at < len(data):
        key, at = _varint(data, at)
        wire = key & 7
        if wire == 0:
            value: Any
            value, at = _varint(data, at)
        else:
            size, at = _varint(data, at) if wire == 2 else ({1: 8, 5: 4}[wire], at)
            value, at = data[at : at + size], at + size
        yield key >> 3, value


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return value, at
