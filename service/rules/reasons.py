"""Reasons: one readable sentence for each rule, with the values that led to it filled in.

``{ai.probability:.0%}`` in a template is replaced by the fact. Only names of facts and a few number formats are
allowed: Python's own ``str.format`` would let a template reach into objects.
"""

import re
from collections.abc import Mapping

from schemas.facts import Scalar
from service.rules.pack import as_text

_SLOT = re.compile(r"\{([^{}:]*)(?::([^{}]*))?\}")
_FORMATS = {".0%", ".1%", ".0f", ".1f", ".2f", ".3f", "+.1f", "+.2f"}


def slots(template: str) -> list[tuple[int, str, str | None]]:
    """Offset, fact and number format of every slot of a template."""
    return [(found.start(1), found[1], found[2]) for found in _SLOT.finditer(template)]


def format_fault(template: str, types: Mapping[str, type]) -> tuple[int, str] | None:
    """Offset and message of the first thing wrong with a template other than an unknown fact."""
    for offset, name, number_format in slots(template):
        if number_format is None:
            continue
        if number_format not in _FORMATS:
            return offset, f"the format '{number_format}' is not known; there are {', '.join(sorted(_FORMATS))}"
        if types.get(name) not in (int, float, None):
            return offset, f"{name} is not a number and takes no format"
    outside = _SLOT.sub("", template)
    if "{" in outside or "}" in outside:
        return max(template.find("{"), 0), "a curly bracket stands alone; {group.field} is a fact"
    return None


class Template:
    """A reason ready to be filled in many times."""

    def __init__(self, text: str) -> None:
        """``text`` must be without fault, see :func:`format_fault`."""
        self._parts: list[str] = []
        self._slots: list[tuple[str, str]] = []
        end = 0
        for found in _SLOT.finditer(text):
            self._parts.append(text[end : found.start()])
            self._slots.append((found[1], found[2] or ""))
            end = found.end()
        self._rest = text[end:]
        self.facts = [name for name, _ in self._slots]

    def filled(self, values: Mapping[str, Scalar]) -> str:
        """The sentence with its values. A fact that is unknown is called so."""
        out: list[str] = []
        for part, (name, number_format) in zip(self._parts, self._slots, strict=True):
            value = values.get(name)
            if value is None:
                said = "unknown"
            elif number_format and isinstance(value, int | float):
                said = format(value, number_format)
            else:
                said = as_text(value)
            out += (part, said)
        return "".join(out) + self._rest
