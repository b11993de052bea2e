"""A checked CEL expression, read back from its serialized form: the library offers no other way to look at it.

The form is ``cel.expr.CheckedExpr`` (github.com/google/cel-spec, ``proto/cel/expr/checked.proto`` and
``syntax.proto``) inside a ``google.protobuf.Any``, in protobuf's wire format.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Constant:
    value: bool | int | float | str


@dataclass(frozen=True, slots=True)
class Name:
    """A variable: a fact, or what a macro runs over."""

    name: str


@dataclass(frozen=True, slots=True)
class Call:
    """A function or operator on its operands; of a method, what it is called on comes first."""

    function: str
    operands: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Items:
    """A list written out."""

    items: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Other:
    """Anything else, such as a macro."""


Node = Constant | Name | Call | Items | Other


@dataclass(frozen=True, slots=True)
class Checked:
    """A checked expression with the variables it refers to."""

    names: frozenset[str]
    node: Node


def read_checked(serialized: bytes) -> Checked:
    """Decode a serialized expression. A reference to a function has overloads (field 3), one to a variable has none."""
    checked = next(value for field, value in _fields(serialized) if field == 2)
    names: set[str] = set()
    node: Node = Other()
    for field, value in _fields(checked):
        if field == 2:
            reference = list(_fields(next(inner for key, inner in _fields(value) if key == 2)))
            if not any(key == 3 for key, _ in reference):
                names.update(text.decode() for key, text in reference if key == 1)
        elif field == 4:
            node = _node(value)
    return Checked(frozenset(names), node)


def _node(data: bytes) -> Node:
    for field, value in _fields(data):
        if field == 3:
            return _constant(value)
        if field == 4:
            return Name(next(text.decode() for key, text in _fields(value) if key == 1))
        if field == 6:
            return _call(value)
        if field == 7:
            return Items(tuple(_node(item) for key, item in _fields(value) if key == 1))
    return Other()


def _call(data: bytes) -> Call:
    function = ""
    operands: list[Node] = []
    for field, value in _fields(data):
        if field == 2:
            function = value.decode()
        else:
            operands.append(_node(value))
    return Call(function, tuple(operands))


def _constant(data: bytes) -> Node:
    for field, value in _fields(data):
        if field == 2:
            return Constant(bool(value))
        if field == 3:
            return Constant(value - (1 << 64) if value >> 63 else value)
        if field == 5:
            return Constant(struct.unpack("<d", value)[0])
        if field == 6:
            return Constant(value.decode())
    return Other()


def _fields(data: bytes) -> Iterator[tuple[int, Any]]:
    """Fields of a message in wire format: number and raw value."""
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
