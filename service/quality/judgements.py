"""What people made of one case: how far they differ, and whether they met an answer that is known."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from schemas.quality import FINDINGS, Finding
from schemas.review import ReasonCode
from schemas.verdict import Action
from service.rules.wilson import wilson_interval


@dataclass(frozen=True, slots=True)
class Said:
    """One person's judgement on one case."""

    person: str
    action: Action
    reason: ReasonCode

    @property
    def finding(self) -> Finding:
        return FINDINGS[self.reason]


@dataclass(frozen=True, slots=True)
class Score:
    """How often one person met answers that are known, with the interval of the share."""

    person: str
    cases: int
    found: int
    """Cases on which they found the same, whatever they did about it."""
    right: int
    """Cases on which they found and did the same."""
    low: float
    high: float


def latest(judgements: Sequence[Said]) -> list[Said]:
    """Of each person the last word, in order of judging."""
    return list({one.person: one for one in judgements}.values())


def pairwise(judgements: Sequence[Said]) -> float | None:
    """Share of pairs of people who found the same; nothing for fewer than two."""
    pairs = list(combinations([one.finding for one in latest(judgements)], 2))
    return sum(one is other for one, other in pairs) / len(pairs) if pairs else None


def differ(judgements: Sequence[Said]) -> bool:
    """Whether people found or wanted different things."""
    return len({(one.finding, one.action) for one in latest(judgements)}) > 1


def scores(met: Sequence[tuple[Said, Said]]) -> list[Score]:
    """Scores of people, from what each said and what the answer is; those with the most cases first."""
    cases = Counter(said.person for said, _ in met)
    found = Counter(said.person for said, answer in met if said.finding is answer.finding)
    right = Counter(
        said.person for said, answer in met if said.finding is answer.finding and said.action is answer.action
    )
    return [
        Score(person, number, found[person], right[person], *wilson_interval(found[person], number))
        for person, number in cases.most_common()
    ]
