"""Features of a title or a name for a linear model: hashed n-grams, and counts of seed-list words.

Hashing keeps the model small and keeps the texts it was fitted on out of it: a weight belongs to a bucket that
thousands of n-grams share. CRC-32 is stable over platforms and Python versions.
"""

import re
import zlib
from collections import Counter
from functools import lru_cache
from math import log

import numpy as np
from numpy.typing import NDArray

from classifiers.spam.findings import count_search_terms, is_generic_artist, tuning_count
from classifiers.spam.seeds import SEED_GROUPS, seed_counts
from classifiers.spam.words import levelled, tokens

BITS = 16
BUCKETS = 1 << BITS
CHAR_NGRAMS = (2, 5)
WORD_NGRAMS = (1, 2)

_SHUSH = re.compile(r"\bsh{2,}\b")

DENSE = (
    "search_terms",
    "search_share",
    *SEED_GROUPS,
    "seed_share",
    "seed_languages",
    "tuning",
    "words",
    "ends_with_number",
    "colon_or_dash",
    "generic_name",
    "shushing",
)
"""Names of the single dense features, in order; after them stand the pairs of those that name a sense."""

_PAIRED = np.array(
    [DENSE.index(name) for name in ("search_terms", *SEED_GROUPS, "tuning", "ends_with_number", "colon_or_dash")]
)
_ONE, _OTHER = np.triu_indices(len(_PAIRED), 1)
DENSE_SIZE = len(DENSE) + len(_PAIRED) * (len(_PAIRED) - 1) // 2


def hashed(text: str) -> dict[int, float]:
    """Buckets of the n-grams of a text with their weights, 1 + log of the count; not yet
    weighted by rarity or normalised."""
    words = tokens(text)
    counts: Counter[int] = Counter([bucket for word in words for bucket in _within(word)])
    for size in range(WORD_NGRAMS[0], WORD_NGRAMS[1] + 1):
        for start in range(len(words) - size + 1):
            counts[_bucket("w" + " ".join(words[start : start + size]))] += 1
    return {bucket: 1.0 if count == 1 else 1 + log(count) for bucket, count in counts.items()}


@lru_cache(maxsize=65_536)
def _within(word: str) -> tuple[int, ...]:
    """Buckets of the n-grams of letters in one word: words come again and again."""
    padded = f" {word} "
    return tuple(
        _bucket("c" + padded[start : start + size])
        for size in range(CHAR_NGRAMS[0], CHAR_NGRAMS[1] + 1)
        for start in range(len(padded) - size + 1)
    )


def _bucket(ngram: str) -> int:
    return zlib.crc32(ngram.encode()) & (BUCKETS - 1)


def dense(text: str) -> NDArray[np.float64]:
    """Counts and shares, each kept within about 0 to 1; shape ``(DENSE_SIZE,)``."""
    words = tokens(text)
    total = max(1, len(words))
    found = count_search_terms(text)
    groups, covered, languages = seed_counts(text)
    plain = levelled(text).rstrip(" )]")
    single = np.array(
        [
            min(found, 6) / 6,
            min(1.0, found / total),
            *(min(groups[group], 3) / 3 for group in SEED_GROUPS),
            min(1.0, covered / total),
            min(languages, 3) / 3,
            float(tuning_count(text) > 0),
            min(total, 12) / 12,
            float(plain[-1:].isdigit()),
            float(":" in text or " - " in text),
            float(is_generic_artist(text)),
            float(bool(_SHUSH.search(plain))),
        ]
    )
    present = (single[_PAIRED] > 0).astype(np.float64)
    return np.concatenate([single, present[_ONE] * present[_OTHER]])
