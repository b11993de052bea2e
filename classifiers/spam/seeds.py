"""Seed lists of the functional kind by sense and language: what makes the noise, what nature does, what it is for."""

import json
from functools import lru_cache
from importlib import resources

from classifiers.spam.words import PhraseSet, search_terms

SEED_GROUPS = ("noise_makers", "nature", "rest", "loops")


@lru_cache(maxsize=1)
def _lists() -> dict[str, dict[str, PhraseSet]]:
    return {
        group: {language: PhraseSet(words) for language, words in by_language.items()}
        for group, by_language in _words().items()
    }


@lru_cache(maxsize=1)
def _any() -> PhraseSet:
    """All of them as one, to leave most titles alone quickly."""
    return PhraseSet([word for by in _words().values() for words in by.values() for word in words])


@lru_cache(maxsize=1)
def _words() -> dict[str, dict[str, list[str]]]:
    text = resources.files("classifiers.spam").joinpath("sound_words.json").read_text("utf-8")
    loaded: dict[str, dict[str, list[str]]] = json.loads(text)
    return loaded


@lru_cache(maxsize=1)
def _merged() -> dict[str, PhraseSet]:
    return {group: PhraseSet([word for words in by.values() for word in words]) for group, by in _words().items()}


def languages_of(text: str) -> list[str]:
    """Languages whose seed words stand in a text, the one with most of them first; English counts only alone."""
    counts: dict[str, int] = {}
    for group in SEED_GROUPS:
        for language, phrases in _lists()[group].items():
            found = len(phrases.found_in(text))
            if found:
                counts[language] = counts.get(language, 0) + found
    for language, terms in _search_lists().items():
        found = len(terms.found_in(text))
        if found:
            counts[language] = counts.get(language, 0) + found
    english = counts.pop("en", 0)
    foreign = sorted(counts, key=lambda language: -counts[language])
    if english and (not foreign or counts[foreign[0]] <= english):
        return ["en"]
    return foreign


@lru_cache(maxsize=1)
def _search_lists() -> dict[str, PhraseSet]:
    return {language: PhraseSet(terms) for language, terms in search_terms().items()}


def seed_counts(text: str) -> tuple[dict[str, int], int, int]:
    """Phrases found by group, words covered by any of them, and how many languages other than English they are in."""
    if not _any().may_stand_in(text):
        return dict.fromkeys(SEED_GROUPS, 0), 0, 0
    found = {group: _merged()[group].found_in(text) for group in SEED_GROUPS}
    if not any(found.values()):
        return dict.fromkeys(SEED_GROUPS, 0), 0, 0
    covered = {word for phrases in found.values() for phrase in phrases for word in phrase.split()}
    languages = {
        language
        for group in SEED_GROUPS
        for language, phrases in _lists()[group].items()
        if language != "en" and phrases.found_in(text)
    }
    return {group: len(phrases) for group, phrases in found.items()}, len(covered), len(languages)
