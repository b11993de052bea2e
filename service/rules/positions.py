"""YAML read with the place of every value, and with limits: a pack is a stranger's text.

Anchors and aliases are refused (that is what YAML bombs are made of), duplicate keys too (the second would silently
win), and so is what is too large or nested too deep.
"""

import re
from contextlib import suppress
from typing import Any

import yaml

from service.rules.problems import PackRefused, Position, Problem

MAX_BYTES = 512 * 1024
MAX_DEPTH = 12
MAX_VALUES = 50_000

Path = tuple[str | int, ...]


class Positions:
    """Where each value of a document stands, by its path of keys and indices."""

    def __init__(self, text: str) -> None:
        self._lines = text.splitlines()
        self._nodes: dict[Path, yaml.Node] = {}
        self._keys: dict[Path, yaml.Node] = {}

    def add(self, path: Path, node: yaml.Node, key: yaml.Node | None = None) -> None:
        self._nodes[path] = node
        if key is not None:
            self._keys[path] = key

    def of(self, path: Path) -> Position | None:
        """Place of a value; of the nearest thing around it where it is not there itself."""
        for end in range(len(path), -1, -1):
            if node := self._nodes.get(path[:end]):
                return _position(node.start_mark)
        return None

    def of_key(self, path: Path) -> Position | None:
        """Place of the key that a value stands under; of the value where it has none."""
        key = self._keys.get(path)
        return _position(key.start_mark) if key else self.of(path)

    def inside(self, path: Path, within: Position) -> Position | None:
        """Place in the document of a place within a text value: quoted, plain or a block."""
        node = self._nodes.get(path)
        start = self.of(path)
        if start is None or not isinstance(node, yaml.ScalarNode):
            return start
        if node.style in ("|", ">"):
            line = start.line + within.line
            if line > len(self._lines):
                return start
            first = self._lines[start.line]
            return Position(line, len(first) - len(first.lstrip(" ")) + within.column)
        if node.start_mark.line != node.end_mark.line:
            return start  # folded over lines: the columns of the text are not those of the page
        return Position(start.line, start.column + within.column - 1 + (1 if node.style in ("'", '"') else 0))


def read_yaml(text: str, source: str) -> tuple[Any, Positions]:
    """The document as plain values, with the place of each. Raises :class:`PackRefused`."""
    positions = Positions(text)
    try:
        if len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
            raise _Refusal(f"the pack is larger than {MAX_BYTES // 1024} KiB", None, "split it into several packs")
        node = _composed(text)
        if node is None:
            raise _Refusal("the pack is empty", None, "docs/rules.md shows what a pack looks like")
        return _value(node, (), positions), positions
    except _Refusal as refusal:
        raise PackRefused(source, [refusal.problem], text) from None
    except yaml.YAMLError as error:
        raise PackRefused(source, [_yaml_problem(error)], text) from None


class _Refusal(Exception):
    def __init__(self, message: str, mark: Any, hint: str | None = None) -> None:
        self.problem = Problem(message, _position(mark) if mark else None, hint)


def _composed(text: str) -> yaml.Node | None:
    """The document's nodes, by libyaml where PyYAML has it, in a tenth of the time.

    What that objects to is read again by PyYAML itself: its words are the ones that :func:`_yaml_problem` knows.
    """
    if yaml.__with_libyaml__:
        with suppress(_Refusal, yaml.YAMLError):
            _check_shape(text, yaml.CSafeLoader)
            return yaml.compose(text, Loader=yaml.CSafeLoader)
    _check_shape(text, yaml.SafeLoader)
    return yaml.compose(text, Loader=yaml.SafeLoader)


def _check_shape(text: str, loader: type[yaml.SafeLoader | yaml.CSafeLoader]) -> None:
    """Depth, number and kind of the values, event by event, before anything is built from them."""
    depth = values = 0
    for event in yaml.parse(text, Loader=loader):
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise _Refusal("anchors (&) and aliases (*) are not allowed", event.start_mark, "write the value out")
        if isinstance(event, yaml.NodeEvent):
            values += 1
            tag = getattr(event, "tag", None)
            if tag and tag != "!":
                quote = "a condition that begins with ! stands in quotation marks"
                hint = "leave it out" if tag.startswith("tag:") else quote
                raise _Refusal(f"the tag {tag} is not allowed", event.start_mark, hint)
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > MAX_DEPTH:
            raise _Refusal(f"nested more than {MAX_DEPTH} deep", event.start_mark, "a pack needs five levels at most")
        if values > MAX_VALUES:
            raise _Refusal(f"more than {MAX_VALUES} values", event.start_mark, "split it into several packs")


def _value(node: yaml.Node, path: Path, positions: Positions, key: yaml.Node | None = None) -> Any:
    positions.add(path, node, key)
    if isinstance(node, yaml.MappingNode):
        found: dict[str, Any] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                raise _Refusal("a key must be a plain word", key_node.start_mark)
            name = str(key_node.value)
            if name in found:
                raise _Refusal(f"the key '{name}' stands twice", key_node.start_mark, "keep one of them")
            found[name] = _value(value_node, (*path, name), positions, key_node)
        return found
    if isinstance(node, yaml.SequenceNode):
        return [_value(item, (*path, index), positions) for index, item in enumerate(node.value)]
    assert isinstance(node, yaml.ScalarNode)
    return _scalar(node)


def _scalar(node: yaml.ScalarNode) -> Any:
    """A value by the core schema of YAML 1.2, in which ``no`` and ``2026-01-01`` are plain texts.

    PyYAML reads YAML 1.1, where ``expect: no`` would be false and ``1:30`` the number 90.
    """
    value = str(node.value)
    if node.style:
        return value
    if _NULL.fullmatch(value):
        return None
    if _BOOL.fullmatch(value):
        return value.lower() == "true"
    if _INT.fullmatch(value):
        return int(value)
    return float(value) if _FLOAT.fullmatch(value) else value


_NULL = re.compile(r"~|null|Null|NULL|")
_BOOL = re.compile(r"true|True|TRUE|false|False|FALSE")
_INT = re.compile(r"[-+]?[0-9]{1,18}")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]{1,40}(\.[0-9]*)?)([eE][-+]?[0-9]{1,3})?")


def _yaml_problem(error: yaml.YAMLError) -> Problem:
    mark = getattr(error, "problem_mark", None)
    message = " ".join(str(getattr(error, "problem", None) or error).split())[:200]
    hint = None
    if "mapping values are not allowed" in message or "expected <block end>" in message:
        hint = "a text with ': ' or quotation marks in it stands in quotation marks as a whole"
    elif "found character '\\t'" in message:
        hint = "indent with spaces"
    return Problem(f"not readable as YAML: {message}", _position(mark) if mark else None, hint)


def _position(mark: Any) -> Position:
    return Position(mark.line + 1, mark.column + 1)
