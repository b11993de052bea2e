"""Conditions as Python functions: one for a single line, and one for all the rules that are judged together.

A function for many rules fetches every fact once and keeps no trace: the facts it was given are the trace, as they are
immutable, and what each line saw of them is read off when somebody wants to know.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from schemas.facts import Scalar
from service.rules.translation import NotTranslated, Rails, Scope, translate
from service.rules.wire import Node

Values = Mapping[str, Scalar]
Line = Callable[[Values], bool | None]
"""True, false, or nothing where the condition can be neither."""
Judge = Callable[[Values], tuple[list[int], list[int]]]
"""Indices of the rules that match, and of those that cannot be evaluated."""

LONGEST_LINE = 20_000
"""Longest translation of a condition in characters; what would be longer is left to the engine."""


class Translatable(Protocol):
    """What a condition must offer to be judged together with others."""

    @property
    def node(self) -> Node: ...

    @property
    def holds(self) -> Line: ...


def line_function(node: Node, types: Mapping[str, type]) -> tuple[Line, bool]:
    """A condition as a function, and whether it can fail for another reason than an unknown fact.

    Raises :class:`NotTranslated`.
    """
    scope = Scope(types)
    rails = _short(translate(node, scope))
    answer = f"True if {rails.certain} else None if {rails.possible} else False"
    body = [f"answer = {answer}", "return answer"]
    line: Line = _made(["get = values.get", *scope.assignments(), *body], {})
    return line, rails.fails


def rules_function(rules: Sequence[Sequence[Translatable]], types: Mapping[str, type]) -> Judge:
    """All rules as one function: a rule matches where every line of it does.

    A line that is not translated is asked of the engine when the lines before it leave the rule open.
    """
    scope = Scope(types)
    asked: dict[str, Any] = {}
    lines: list[str] = []
    for number, conditions in enumerate(rules):
        rails = [_rails(condition, scope, asked) for condition in conditions]
        lines += [
            f"if {' and '.join(rail.possible for rail in rails)}:",
            f"    (match if {' and '.join(rail.certain for rail in rails)} else undecided)({number})",
        ]
    begin = ["get = values.get", "matching = []", "open_ones = []"]
    begin += ["match = matching.append", "undecided = open_ones.append", *scope.assignments()]
    judge: Judge = _made([*begin, *lines, "return matching, open_ones"], asked)
    return judge


def _rails(condition: Translatable, scope: Scope, asked: dict[str, Any]) -> Rails:
    try:
        return _short(translate(condition.node, scope))
    except NotTranslated:
        name, result = f"ask{len(asked)}", scope.result()
        asked[name] = condition.holds
        return Rails(f"({result} := {name}(values)) is not False", f"{result} is True")


def _short(rails: Rails) -> Rails:
    if len(rails.possible) + len(rails.certain) > LONGEST_LINE:
        raise NotTranslated
    return rails


def _made(body: Sequence[str], names: dict[str, Any]) -> Any:
    """The function ``f(values)`` with this body and these outer names."""
    source = "\n".join(["def f(values):", *(f"    {line}" for line in body)])
    namespace: dict[str, Any] = dict(names)
    exec(compile(source, "<rules>", "exec"), namespace)
    return namespace["f"]
