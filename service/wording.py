"""Names and titles as the classifiers of spam read them, on live traffic and in a replay."""

from classifiers.spam.findings import find_words
from classifiers.spam.language import title_language
from classifiers.spam.lookalike import ProtectedNames
from classifiers.spam.text import likelihood
from schemas.facts import TextFacts
from service.facts.credits import Resembles
from service.facts.registry import Registry
from service.facts.text import text_facts


def protect_names(registry: Registry) -> Resembles:
    """Compare names with the registry's protected artists."""
    names = ProtectedNames(registry.artist_names.items())

    def resembles(name: str) -> tuple[str, str] | None:
        found = names.resembled_by(name)
        return (found.artist_id, found.kind.value) if found else None

    return resembles


def read_text(title: str, artist: str, registry: Registry) -> TextFacts:
    """Facts of a title and an artist's name."""
    found = find_words(title, artist)
    return text_facts(
        title,
        artist,
        registry,
        search_terms=found.search_terms,
        generic_artist=found.generic_artist,
        medical_claim=found.medical_claim,
        tribute_marker=found.tribute_marker,
        score=likelihood(title, artist),
        language=title_language(title),
    )
