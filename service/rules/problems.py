"""What is wrong with a policy pack, said so that its owner can mend it: where, what, and what to write instead."""

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Position:
    """A place in a text, counted from 1 as editors do."""

    line: int
    column: int

    @classmethod
    def at(cls, offset: int, text: str) -> "Position":
        """The place of a character of a text."""
        before = text[:offset]
        return cls(before.count("\n") + 1, offset - (before.rfind("\n") + 1) + 1)


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that keeps a pack from being used."""

    message: str
    position: Position | None = None
    hint: str | None = None
    rule: str | None = None


@dataclass
class PackRefused(Exception):
    """A pack that cannot be used, with everything that is wrong with it, in the order of the text."""

    source: str
    problems: Sequence[Problem]
    text: str = field(default="", repr=False)

    def __str__(self) -> str:
        return render(self)


_WIDEST_LINE = 160


def render(refused: PackRefused) -> str:
    """The problems as text: place, message, the line itself with a mark under the spot, and a hint."""
    count = len(refused.problems)
    lines = refused.text.splitlines()
    parts = [_render_one(refused.source, problem, lines) for problem in refused.problems]
    return "\n\n".join([*parts, f"{count} problem{'s' if count != 1 else ''}; the pack is not used."])


def _render_one(source: str, problem: Problem, lines: Sequence[str]) -> str:
    place = f"{source}:{problem.position.line}:{problem.position.column}" if problem.position else source
    about = f"rule '{problem.rule}': " if problem.rule else ""
    out = [f"{place}: {about}{problem.message}"]
    if problem.position and problem.position.line <= len(lines):
        shown = inert(lines[problem.position.line - 1])
        if problem.position.column <= _WIDEST_LINE:
            out += [f"    {shown[:_WIDEST_LINE]}", f"    {' ' * (problem.position.column - 1)}^"]
    if problem.hint:
        out.append(f"  hint: {problem.hint}")
    return "\n".join(out)


def inert(line: str) -> str:
    """Control characters made visible: a pack is a stranger's text, and a terminal would obey them."""
    return "".join(char if char.isprintable() else "�" for char in line)
