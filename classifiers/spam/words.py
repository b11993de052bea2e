"""Words and phrases in titles, whatever the script: tokens where there are spaces, substrings where there are none."""

import json
import re
import unicodedata
from functools import lru_cache
from importlib import resources
from typing import Any

_TOKEN = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")
_SPACELESS = re.compile(r"[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


@lru_cache(maxsize=8_192)
def levelled(text: str) -> str:
    """NFKC, case folded, with plain quotation marks: the form in which texts and word lists are compared."""
    return unicodedata.normalize("NFKC", text).casefold().replace("’", "'")


@lru_cache(maxsize=8_192)
def tokens(text: str) -> tuple[str, ...]:
    """Words and numbers in order."""
    return tuple(_TOKEN.findall(levelled(text)))


@lru_cache(maxsize=8_192)
def is_spaceless(phrase: str) -> bool:
    """Written in a script that does not set its words apart."""
    return bool(_SPACELESS.search(phrase))


class PhraseSet:
    """Phrases to look for in texts: by whole words, or as substrings in scripts without spaces."""

    def __init__(self, phrases: list[str]) -> None:
        self._spaceless = sorted(
            {levelled(phrase) for phrase in phrases if is_spaceless(phrase)}, key=len, reverse=True
        )
        self._by_first: dict[str, list[tuple[str, ...]]] = {}
        for phrase in phrases:
            if not is_spaceless(phrase) and (parts := tokens(phrase)):
                self._by_first.setdefault(parts[0], []).append(parts)
        self._first = frozenset(self._by_first)

    def may_stand_in(self, text: str) -> bool:
        """False where no phrase stands in a text; told without looking at any of them."""
        return not self._first.isdisjoint(tokens(text)) or (bool(self._spaceless) and is_spaceless(text))

    def found_in(self, text: str) -> set[str]:
        """The different phrases that stand in a text."""
        parts = tokens(text)
        found: set[str] = set()
        if not self._first.isdisjoint(parts):
            for place, part in enumerate(parts):
                for phrase in self._by_first.get(part, ()):
                    if parts[place : place + len(phrase)] == phrase:
                        found.add(" ".join(phrase))
        if self._spaceless and is_spaceless(text):
            plain = levelled(text)
            found.update(phrase for phrase in self._spaceless if phrase in plain)
        return found


@lru_cache(maxsize=1)
def search_terms() -> dict[str, list[str]]:
    """Search terms of the functional kind (sleep, rain, noise, calm ...) by language."""
    return _load("search_terms.json")


@lru_cache(maxsize=1)
def policy_names() -> dict[str, Any]:
    """Generic artist names and other words that published policies refuse or ask for."""
    return _load("policy_names.json")


def _load(name: str) -> dict[str, Any]:
    text = resources.files("classifiers.spam").joinpath(name).read_text("utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded
