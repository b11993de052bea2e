"""Facts of title and artist text: policy lists, current chart, playlist and franchise names, the classifier's score."""

import re
from collections.abc import Sequence
from functools import lru_cache

from schemas.facts import TextFacts
from service.facts.names import fold
from service.facts.registry import Registry

_ASIDE = re.compile(r"\s*[(\[].*$|\s+-\s+.*$")
_WORDS = re.compile(r"[^\W_]+")
MIN_BRAND = 4


def text_facts(
    title: str,
    artist: str,
    registry: Registry,
    *,
    search_terms: int,
    generic_artist: bool,
    medical_claim: bool,
    tribute_marker: bool,
    score: float | None = None,
    language: str | None = None,
) -> TextFacts:
    """Combine what the words say with what is on the platform's current lists."""
    bare = fold(_ASIDE.sub("", title) or title)
    return TextFacts(
        score=score,
        search_terms=search_terms,
        generic_artist=generic_artist,
        medical_claim=medical_claim,
        chart_title=bare in registry.chart_titles or fold(title) in registry.chart_titles,
        playlist_title=bare in registry.playlist_titles or fold(artist) in registry.playlist_titles,
        brand_term=_names_brand(f"{title} | {artist}", registry.brand_terms),
        tribute_marker=tribute_marker,
        language=language,
    )


def _names_brand(text: str, brands: Sequence[str]) -> bool:
    plain = _spaced(text)
    return any(brand in plain for brand in _prepared(tuple(brands)))


@lru_cache(maxsize=16)
def _prepared(brands: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(_spaced(brand) for brand in brands if len(brand) >= MIN_BRAND)


def _spaced(text: str) -> str:
    return f" {' '.join(_WORDS.findall(text.casefold()))} "
