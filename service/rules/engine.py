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

from schemas.facts import fact_fields
from schemas.verdict import Outcome
from service.rules.problems import Position
from service.rules.program import Line, Values, line_function
from service.rules.translation import NotTranslated
from service.rules.wire import Node, read_checked

MAX_CONDITION = 2_000
"""Longest condition in characters: what is longer belongs into several lines, each with its own trace."""


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
    node: Node
    """What the checker made of it."""
    program: Any
    env: Any
    translated: Line | None
    """The same in Python; nothing where only the engine will do."""
    fails: bool
    """It can fail for another reason than an unknown fact, such as a number that becomes too large."""

    @property
    def holds(self) -> Line:
        """True, false, or nothing where the line is not evaluable, from facts of which unknown ones have no key."""
        return self.translated or self._asked

    def evaluate(self, values: Values) -> Evaluation:
        """The outcome with what went wrong, if anything did."""
        if self.translated is None:
            return self.ask(values)
        holds = self.translated(values)
        if holds is None:
            return self.ask(values) if self.fails else _UNKNOWN
        return _MATCH if holds else _NO_MATCH

    def ask(self, values: Values) -> Evaluation:
        """What the CEL engine itself says. Never raises: what cannot be evaluated is not evaluable."""
        known = {name: values[name] for name in self.facts if name in values}
        try:
            answer = self.program.eval(self.env.Activation(known)).value()
        except RuntimeError as error:  # the iteration budget is spent
            return Evaluation(Outcome.NOT_EVALUABLE, _plain(str(error)))
        if answer is True:
            return _MATCH
        if answer is False:
            return _NO_MATCH
        reason = str(answer)
        return _UNKNOWN if "No value with name" in reason else Evaluation(Outcome.NOT_EVALUABLE, _plain(reason))

    def _asked(self, values: Values) -> bool | None:
        return _HOLDS[self.ask(values).outcome]


_HOLDS = {Outcome.MATCH: True, Outcome.NO_MATCH: False, Outcome.NOT_EVALUABLE: None}


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
        checked = read_checked(program.serialize())
        if program.return_type() != cel.Type.BOOL:
            kind = program.return_type().name().lower()
            kind = _TYPES.get(kind, kind)
            raise ConditionRefused([Fault(f"a condition must be true or false, but this is {kind}", Position(1, 1))])
        names = (name for name in checked.names if name in self.types)
        translated, fails = self._translated(checked.node)
        return Condition(
            expression,
            facts=tuple(sorted(names, key=lambda name: _place(name, expression))),
            node=checked.node,
            program=program,
            env=self._env,
            translated=translated,
            fails=fails,
        )

    def _translated(self, node: Node) -> tuple[Line | None, bool]:
        try:
            return line_function(node, self.types)
        except NotTranslated:
            return None, True


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


_WORDED = (
    (re.compile(r"Expression recursion limit exceeded.*?(\d+).*", re.DOTALL), r"brackets are nested more than \1 deep"),
    (re.compile(r"Iteration budget exceeded.*", re.DOTALL), "the condition runs over too many combinations"),
)
"""What the library says, and what it means to somebody who writes rules."""


def _plain(message: str) -> str:
    """A library message without its status code, on one line, cut to a readable length."""
    text = re.sub(r"\s*\[[A-Z_]+\]$", "", re.sub(r"^[A-Z_]+: ", "", message.strip()))
    for said, meant in _WORDED:
        text = said.sub(meant, text)
    return " ".join(text.split())[:300]


def _place(name: str, expression: str) -> int:
    found = re.search(rf"(?<![\w.]){re.escape(name)}(?!\w)", expression)
    return found.start() if found else len(expression)
