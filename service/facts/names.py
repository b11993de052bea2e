"""Folding of names and titles, so that the same name written twice compares equal and no two scripts collide.

Folding by ``[^a-z0-9]`` is a bug factory: it folds 254 of 28,579 real artist names (all Japanese, Chinese, Cyrillic,
Thai, Arabic ... ones) to the empty string, and then they all equal each other.
"""

import re
import unicodedata
from functools import lru_cache

_LATIN_ACCENTS = range(0x0300, 0x0370)  # Combining Diacritical Marks; other scripts' marks carry meaning and stay
_P_LINE_PREFIX = re.compile(r"^(?:\(\s*p\s*\)|[℗©\s]|(?:19|20)\d\d\b|[,.\-:])+", re.IGNORECASE)


@lru_cache(maxsize=65_536)
def fold(name: str) -> str:
    """The comparison key of a name: compatibility forms, case, accents, spaces and punctuation are levelled.

    Letters, digits and the vowel signs of every script stay. A name without any (``!!!``, an emoji) keeps its visible
    characters, one without those (a lone zero-width space) is spelled out by code point: no non-empty name folds to
    nothing. Folding twice is folding once. The empty string alone folds to itself.
    """
    levelled = _level(name)
    letters = "".join(char for char in levelled if char.isalnum() or unicodedata.category(char)[0] == "M")
    if letters:
        return letters
    visible = "".join(char for char in levelled if unicodedata.category(char)[0] not in "ZC")
    return visible or "".join(f"u{ord(char):04x}" for char in name)


def _level(name: str) -> str:
    """NFKC, casefolded, without Latin accents; repeated until stable, as folding one form can open up another."""
    while True:
        decomposed = unicodedata.normalize("NFKD", name.casefold())  # first: ῳ has a mark that folds to a letter
        bare = "".join(char for char in decomposed if ord(char) not in _LATIN_ACCENTS)
        levelled = unicodedata.normalize("NFKC", bare)
        if levelled == name:
            return levelled
        name = levelled


def fold_p_line(p_line: str) -> str:
    """Comparison key of the owner in a P-line: ``℗ 2024 Ember Ltd.`` and ``(P) 2026 Ember Ltd`` are one owner."""
    return fold(_P_LINE_PREFIX.sub("", p_line) or p_line)
