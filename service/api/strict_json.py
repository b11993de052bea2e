"""JSON from outside, read strictly: what two parsers could read differently, or a database cannot hold, is refused."""

import json
from collections.abc import Iterable
from typing import Any, NoReturn

import orjson

from schemas.problems import FieldError, ProblemType
from service.api.fields import dotted, inert
from service.api.problems import ProblemError

MAX_DEPTH = 32
"""Deepest nesting. Metadata needs four levels; senders' own keys get room beside them."""

_INT64 = range(-(2**63), 2**63)


def parse(data: bytes, root: str) -> Any:
    """The value of a JSON document.

    Refused with a 4xx problem that names ``root`` (``metadata``, ``body``) and, where there is one, the field: invalid
    UTF-8, lone surrogates, NaN and infinities, a byte order mark, nesting beyond ``MAX_DEPTH``, a key twice in one
    object, integers beyond 64 bits, and NUL characters, which PostgreSQL cannot store.
    """
    try:
        loose = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        _malformed(root, f"is not valid JSON: {inert(str(error), 200)}")
    _check_depth(loose, root)
    try:
        value = json.loads(data, object_pairs_hook=_once_each, parse_int=_bounded_int)
    except _RefusedError as error:
        _malformed(root, str(error))
    if errors := _nul_errors(value, root):
        raise ProblemError(ProblemType.INVALID_REQUEST, errors=errors)
    return value


class _RefusedError(ValueError):
    pass


def _malformed(root: str, message: str) -> NoReturn:
    raise ProblemError(ProblemType.MALFORMED_BODY, errors=[FieldError(field=root, message=message)])


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise _RefusedError(f"has the key {inert(twice, 60)!r} twice in one object")
    return found


def _bounded_int(digits: str) -> int:
    if len(digits) > 20 or int(digits) not in _INT64:
        raise _RefusedError(f"holds an integer beyond 64 bits: {digits[:24]}")
    return int(digits)


def _check_depth(value: Any, root: str) -> None:
    depth, level = 0, _containers([value])
    while level:
        depth += 1
        if depth > MAX_DEPTH:
            _malformed(root, f"is nested deeper than {MAX_DEPTH} levels")
        level = [child for node in level for child in _containers(node.values() if isinstance(node, dict) else node)]


def _containers(nodes: Iterable[Any]) -> list[Any]:
    return [node for node in nodes if isinstance(node, dict | list)]


def _nul_errors(value: Any, root: str) -> list[FieldError]:
    errors: list[FieldError] = []
    stack: list[tuple[list[Any], Any]] = [([root], value)]
    while stack and not errors:
        path, node = stack.pop()
        if isinstance(node, str) and "\0" in node:
            errors.append(FieldError(field=dotted(path), message="holds a NUL character"))
        elif isinstance(node, dict):
            if any("\0" in key for key in node):
                errors.append(FieldError(field=dotted(path), message="has a key with a NUL character"))
            stack += [([*path, key], child) for key, child in node.items()]
        elif isinstance(node, list):
            stack += [([*path, position], child) for position, child in enumerate(node)]
    return errors
