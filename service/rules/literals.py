"""Comparisons that can never be true: a fact that takes a few values, compared with none of them.

``ai.verdict == "likely-ai"`` is well typed and would silently never fire.
"""

import re
from collections.abc import Iterator, Mapping

_TEXT = r"""(?:"[^"]*"|'[^']*')"""
_NAME = r"(?<![\w.])[a-z_]+\.[a-z0-9_]+(?![\w.(])"
_COMPARED = re.compile(rf"({_NAME})\s*(?:==|!=)\s*({_TEXT})")
_TURNED = re.compile(rf"({_TEXT})\s*(?:==|!=)\s*({_NAME})")
_LISTED = re.compile(rf"({_NAME})\s+in\s+\[([^\]]*)\]")


def impossible_values(expression: str, values: Mapping[str, tuple[str, ...]]) -> Iterator[tuple[int, str, str]]:
    """Offset, fact and text of every comparison with a value that the fact cannot take."""
    for offset, name, text in _compared(expression):
        if name in values and text not in values[name]:
            yield offset, name, text


def _compared(expression: str) -> Iterator[tuple[int, str, str]]:
    for found in _COMPARED.finditer(expression):
        yield found.start(2), found[1], found[2][1:-1]
    for found in _TURNED.finditer(expression):
        yield found.start(1), found[2], found[1][1:-1]
    for found in _LISTED.finditer(expression):
        for item in re.finditer(_TEXT, found[2]):
            yield found.start(2) + item.start(), found[1], item[0][1:-1]
