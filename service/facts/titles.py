"""What titles look like in numbers: a stem with a counter, and the words a batch draws on."""

import re
from functools import lru_cache

from service.facts.names import fold

_COUNTER = re.compile(
    r"^(?P<stem>.*?)[\s\-–—_#.,:;(\[]*"
    r"(?:(?:pt|part|vol|volume|no|nr|teil|parte|partie|chapter|ch|kapitel|track|session|loop|episode|ep)\b\.?\s*)?"
    r"(?P<number>\d{1,5})[\s)\].]*$",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W_]{3,}")


@lru_cache(maxsize=65_536)
def counted_stem(title: str) -> str | None:
    """The folded stem of a title that ends with a number; ``None`` for every other title.

    ``Rain Sounds, Pt. 12`` and ``Rain Sounds, Pt. 13`` have one stem. A title that is nothing but a number has none.
    """
    found = _COUNTER.match(title)
    if not found or not found["stem"].strip():
        return None
    return fold(re.sub(r"\d+", "0", found["stem"]))


@lru_cache(maxsize=65_536)
def words(title: str) -> frozenset[str]:
    """The different words of three characters and more, case folded; what has no spaces is one word."""
    return frozenset(_WORD.findall(title.casefold()))
