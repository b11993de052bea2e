"""What the words of a title and of an artist's name say by policy lists: search terms, generic names, claims."""

import re
from dataclasses import dataclass
from functools import lru_cache

from classifiers.spam.words import PhraseSet, levelled, policy_names, search_terms, tokens

_TUNING = re.compile(r"\b\d{2,4}\s?hz\b")

SEARCH_TERMS_IN_TITLE = 2
"""So many different search terms make a title one of search terms; ``Rain`` or ``Relax`` alone is a song."""


@dataclass(frozen=True, slots=True)
class WordFindings:
    """Findings in one title and one artist's name."""

    search_terms: int
    generic_artist: bool
    medical_claim: bool
    tribute_marker: bool


def find_words(title: str, artist: str) -> WordFindings:
    """Look a title and an artist's name up in the policy lists. Equal texts are answered from memory."""
    search, medical, tribute = _in_title(title)
    return WordFindings(search, is_generic_artist(artist), medical, tribute)


@lru_cache(maxsize=65_536)
def _in_title(title: str) -> tuple[int, bool, bool]:
    claims = _claims()
    medical = bool(claims[0].found_in(title)) and bool(claims[1].found_in(title))
    return count_search_terms(title), medical, bool(_tributes().found_in(title))


def count_search_terms(title: str) -> int:
    """Different words of the title that belong to search terms."""
    return len(search_terms_in(title))


def search_terms_in(title: str) -> set[str]:
    """These words themselves, and the frequencies named."""
    found = {word for phrase in _search().found_in(title) for word in phrase.split()}
    return found | set(_TUNING.findall(levelled(title)))


def tuning_count(title: str) -> int:
    """Frequencies named in a title, such as ``432 Hz``."""
    return len(_TUNING.findall(levelled(title)))


@lru_cache(maxsize=65_536)
def is_generic_artist(name: str) -> bool:
    """Whether a name is on the lists of generic artist names, or made of nothing but search terms and filler words.

    A name is generic that says what the sound is for and nothing else: ``Rain Sounds``, ``Dog Sleep Music Academy``,
    ``Calm AI Music 7``. A single search term is not enough without a filler: there are singers called Rain.
    """
    plain = levelled(name).strip()
    parts = [part for part in tokens(name) if not part.isdigit()]
    if plain in _generic() or " ".join(parts) in _generic():
        return True
    found = {word for phrase in _names_of_use().found_in(name) for word in phrase.split()}
    return len(parts) >= 2 and bool(found) and all(part in found or part in _fillers() for part in parts)


@lru_cache(maxsize=1)
def _search() -> PhraseSet:
    return PhraseSet([term for terms in search_terms().values() for term in terms])


@lru_cache(maxsize=1)
def _tributes() -> PhraseSet:
    return PhraseSet(policy_names()["tribute_markers"])


@lru_cache(maxsize=1)
def _claims() -> tuple[PhraseSet, PhraseSet]:
    claims = policy_names()["medical_claims"]
    return PhraseSet(claims["verbs"]), PhraseSet(claims["ailments"])


@lru_cache(maxsize=1)
def _generic() -> frozenset[str]:
    listed = policy_names()["generic_artists"]
    return frozenset(levelled(name) for name in listed) | frozenset(" ".join(tokens(name)) for name in listed)


@lru_cache(maxsize=1)
def _names_of_use() -> PhraseSet:
    terms = [term for terms in search_terms().values() for term in terms]
    return PhraseSet([*terms, *policy_names()["generic_artists"]])


@lru_cache(maxsize=1)
def _fillers() -> frozenset[str]:
    return frozenset(part for word in policy_names()["filler_words"] for part in tokens(word))
