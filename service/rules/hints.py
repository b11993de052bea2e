"""What to write instead: hints for the mistakes that policy owners make in conditions."""

import difflib
import re
from collections.abc import Collection

from schemas.disclosure import Level
from service.rules.engine import Fault

_INTEGER = re.compile(r"(?<![\w.])-?\d+(?![\w.])")
_DECIMAL = re.compile(r"(?<![\w.])-?\d+\.\d+(?![\w.])")
_TEXT = re.compile(r"'[^']*'|\"[^\"]*\"")
_WORDS = {"and": "&&", "or": "||", "not": "!", "True": "true", "False": "false"}


def did_you_mean(name: str, known: Collection[str]) -> str | None:
    """The known names nearest to a mistyped one: in its own group, of the same field elsewhere, or alike at all."""
    group, _, field = name.rpartition(".")
    fields = {other.removeprefix(f"{group}."): other for other in known if other.startswith(f"{group}.")}
    near = [fields[match] for match in difflib.get_close_matches(field, fields, n=1, cutoff=0.6)] if group else []
    near += [other for other in known if other.rpartition(".")[2] == field]
    near += difflib.get_close_matches(name, known, n=1, cutoff=0.8 if group else 0.7)
    distinct = list(dict.fromkeys(near))
    return f"did you mean {' or '.join(distinct[:2])}?" if distinct else None


def hint_for(fault: Fault, expression: str, known: Collection[str]) -> str | None:
    """A hint for one fault of one condition, or nothing where there is no good one."""
    if fault.name is not None:
        if fault.name in _WORDS:
            return f"write {_WORDS[fault.name]}"
        if fault.name in Level.__members__:
            return f'a text stands in quotation marks: "{fault.name}"'
        return did_you_mean(fault.name, known) or "docs/facts.md lists every fact there is"
    if "with decimals" in fault.message and "whole number" in fault.message:
        return _number_hint(_TEXT.sub("", expression))
    if "a text with a whole number" in fault.message or "a text with a number" in fault.message:
        return 'a text is compared with a text: write "..." around the value'
    if fault.message.startswith("'matches'"):
        return 'a pattern is a text: write "..." around it'
    if "null" in fault.message.split():
        return "leave the line out: a condition on an unknown fact is never true by itself"
    if "syntax error" in fault.message or "Syntax error" in fault.message:
        return _syntax_hint(expression)
    if "true or false" in fault.message:
        return 'compare it with something, such as > 0 or == "..."'
    if "nested more than" in fault.message or "characters" in fault.message:
        return "split the condition over several lines: all lines of a rule must match"
    return None


def _number_hint(expression: str) -> str:
    if number := _INTEGER.search(expression):
        return f"write {number[0]}.0"
    if decimal := _DECIMAL.search(expression):
        written = float(decimal[0])
        return (
            f"write {written:.0f}" if written.is_integer() else "write a whole number, or double(...) around the fact"
        )
    return "write double(...) around the whole number"


def _syntax_hint(expression: str) -> str | None:
    outside = _TEXT.sub("", expression)
    for word, symbol in _WORDS.items():
        if symbol in ("&&", "||", "!") and re.search(rf"\b{word}\b", outside):
            return f"write {symbol} for '{word}'"
    if re.search(r"(?<![=!<>])=(?!=)", outside):
        return "write == to compare"
    if outside.count("(") != outside.count(")"):
        return "a bracket is missing"
    if "'" in outside or '"' in outside:
        return "a quotation mark is missing"
    return None
