"""Names that look like a protected artist's name.

Similarity alone convicts nobody: among 24,000 real artists 1 % are one or two edits from a star (John Martyn and John
Martin, Chris Lane and Chris Lake). The rules count a resemblance only with a second signal.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from rapidfuzz import process
from rapidfuzz.distance import OSA

from classifiers.spam.confusables import imitates_by_script, skeleton

MIN_LENGTH = 5
"""Shorter names are within one edit of too much."""
TWO_EDITS_FROM = 8
"""From this length two edits still leave the name recognisable."""
THREE_EDITS_FROM = 13


class Resemblance(StrEnum):
    HOMOGLYPH = "homoglyph"
    LEET = "leet"
    MISSPELLING = "misspelling"


@dataclass(frozen=True, slots=True)
class Lookalike:
    """The protected artist that a name imitates, and how."""

    artist_id: str
    kind: Resemblance


class ProtectedNames:
    """The names to protect, with their ids, ready to be compared with."""

    def __init__(self, names: Iterable[tuple[str, str]]) -> None:
        self._exact: dict[str, str] = {}
        self._by_skeleton: dict[str, str] = {}
        for artist_id, name in names:
            self._exact.setdefault(_plain(name), artist_id)
            self._by_skeleton.setdefault(skeleton(name), artist_id)
        self._skeletons = [name for name in self._by_skeleton if len(name) >= MIN_LENGTH]
        self._answers: dict[str, Lookalike | None] = {}

    def resembled_by(self, name: str) -> Lookalike | None:
        """The protected name that ``name`` imitates. A name that is itself protected imitates nobody."""
        if name not in self._answers:
            if len(self._answers) > 100_000:
                self._answers.clear()
            self._answers[name] = self._compare(name)
        return self._answers[name]

    def _compare(self, name: str) -> Lookalike | None:
        if _plain(name) in self._exact:
            return None
        bones = skeleton(name)
        if bones in self._by_skeleton:
            kind = Resemblance.HOMOGLYPH if imitates_by_script(name) else Resemblance.LEET
            return Lookalike(self._by_skeleton[bones], kind)
        if len(bones) < MIN_LENGTH:
            return None
        found = process.extractOne(bones, self._skeletons, scorer=OSA.distance, score_cutoff=_edits(len(bones)))
        if found is None or found[1] > _edits(min(len(bones), len(found[0]))):
            return None
        return Lookalike(self._by_skeleton[found[0]], Resemblance.MISSPELLING)


def _edits(length: int) -> int:
    return 3 if length >= THREE_EDITS_FROM else 2 if length >= TWO_EDITS_FROM else 1


def _plain(name: str) -> str:
    return " ".join(name.casefold().split())
