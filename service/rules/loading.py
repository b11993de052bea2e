"""From the text of a pack to rules that can be judged by."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import Any

from pydantic import ValidationError

from service.rules.checks import compile_pack
from service.rules.compiled import CompiledRule
from service.rules.engine import fact_language
from service.rules.hints import did_you_mean
from service.rules.pack import Clause, Effects, Entry, Pack, Rule, RuleTest
from service.rules.positions import Path, Positions, read_yaml
from service.rules.problems import PackRefused, Problem


@dataclass(frozen=True, slots=True)
class LoadedPack:
    """A pack that passed every check, with its rules compiled."""

    pack: Pack
    rules: tuple[CompiledRule, ...]
    source: str


def load_pack(pack: FilePath | str, source: str | None = None, *, tested: bool = True) -> LoadedPack:
    """Read, check and compile a pack, given as a file or as its text.

    Every test inside the pack is run, unless ``tested`` is false: then the caller runs them. Raises
    :class:`PackRefused` with all problems found, each with its place in the text and what to write instead; a file that
    cannot be read raises :class:`OSError`.
    """
    if isinstance(pack, FilePath):
        source = source or str(pack)
        raw = pack.read_bytes()
        try:
            text = raw.decode("utf-8")
        except UnicodeDecodeError as error:
            raise PackRefused(source, [Problem(f"not UTF-8 text: byte {error.start} is wrong")]) from None
    else:
        text, source = pack, source or "pack"
    document, positions = read_yaml(text, source)
    try:
        parsed = Pack.model_validate(document)
    except ValidationError as error:
        raise PackRefused(source, list(_form_problems(error, document, positions)), text) from None
    rules, problems = compile_pack(parsed, positions, fact_language(), tested=tested)
    if problems:
        raise PackRefused(source, problems, text)
    return LoadedPack(parsed, tuple(rules), source)


def _form_problems(error: ValidationError, document: Any, positions: Positions) -> Iterator[Problem]:
    told: set[Path] = set()
    for fault in error.errors(include_url=False, include_context=True):
        path = _existing(fault["loc"], document)
        rule = _rule_id(path, document)
        if fault["type"] == "extra_forbidden":
            known = _known_keys(path)
            hint = did_you_mean(str(path[-1]), known) or f"there are {', '.join(known)}"
            yield Problem(f"unknown key '{path[-1]}'", positions.of_key(path), hint, rule)
        elif path not in told:
            yield Problem(_said(fault), positions.of(path), _form_hint(fault), rule)
        told.add(path)


def _existing(loc: Sequence[str | int], document: Any) -> Path:
    """The part of a validation error's location that stands in the document: the rest names types of a union."""
    path: list[str | int] = []
    for part in loc:
        in_dict = isinstance(document, dict) and part in document
        if not in_dict and not (isinstance(document, list) and isinstance(part, int) and part < len(document)):
            break
        document = document[part]
        path.append(part)
    return tuple(path)


def _rule_id(path: Path, document: Any) -> str | None:
    if len(path) < 2 or path[0] != "rules" or not isinstance(path[1], int):
        return None
    rule = document["rules"][path[1]]
    return str(rule["id"])[:64] if isinstance(rule, dict) and "id" in rule else None


_LEVELS: dict[tuple[str, ...], type[Entry]] = {
    (): Pack,
    ("policies",): Clause,
    ("rules",): Rule,
    ("rules", "then"): Effects,
    ("rules", "tests"): RuleTest,
}


def _known_keys(path: Path) -> list[str]:
    names = tuple(part for part in path[:-1] if isinstance(part, str))
    return list(_LEVELS.get(names, Pack).model_fields)


def _said(fault: Any) -> str:
    where = next((str(part) for part in reversed(fault["loc"]) if isinstance(part, str) and part in _ALL_KEYS), "")
    if fault["type"] == "missing":
        return f"'{fault['loc'][-1]}' is missing"
    if fault["type"] == "enum":
        return f"'{fault['input']}' is no {fault['loc'][-1]}; there are {fault['ctx']['expected']}"
    if fault["type"] == "value_error":
        return str(fault["ctx"]["error"])
    if fault["type"] == "string_pattern_mismatch":
        return f"{where or 'the value'} {_shown(fault['input'])} is not of the right form"
    if fault["type"] in ("model_type", "dict_type"):
        return f"{where or 'the pack'} must be keys with values"
    if fault["type"] == "string_type":
        return f"{where} must be a text"
    message = str(fault["msg"])
    return f"{where}: {message[0].lower()}{message[1:]}" if where else message


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


_ALL_KEYS = {key for level in _LEVELS.values() for key in level.model_fields}


def _form_hint(fault: Any) -> str | None:
    if fault["type"] == "enum":
        expected = [word.strip(" '") for word in fault["ctx"]["expected"].replace(" or ", ",").split(",")]
        return did_you_mean(str(fault["input"]), [word for word in expected if word])
    if fault["type"] == "string_pattern_mismatch":
        upper = "clause" in fault["loc"] or "policy" in fault["loc"]
        return "upper case and hyphens, such as AI-2" if upper else "lower case with hyphens, such as bulk-noise"
    if fault["type"] == "missing" and fault["loc"][-1] == "policy":
        return "name the clause of the policy that the rule enforces"
    if fault["type"] == "string_type":
        return "put it in quotation marks"
    return None
