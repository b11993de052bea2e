"""From the strength of a comb to a probability and an answer. The numbers are measured; see ``docs/model-card.md``."""

import json
import math
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from schemas.evidence import AiVerdict

CALIBRATION_FILE = Path(__file__).with_name("calibration.json")

SHORT_S = 20.0
"""Under this many seconds chance reaches further, and more strength is asked for."""


@dataclass(frozen=True)
class Calibration:
    """Fitted on the strengths of recordings of known origin by ``classifiers.training.calibrate``.

    ``model`` names the version. Strengths over ``tail_from`` fall off exponentially: recordings by people reach more
    than x with the chance ``tail_share * exp(-(x - tail_from) / tail_scale)``, generated ones with ``ai_share`` and
    ``ai_scale``. ``outliers`` is the share of recordings by people that are distributed as generated ones are: effects
    that were not thought of, and wrong labels. ``prior`` is the share of generated music among what is judged that the
    probabilities assume. ``likely`` and ``inconclusive`` are the least strengths for these answers; ``short_extra`` is
    taken off the strength of short recordings before anything else.
    """

    model: str
    prior: float
    tail_from: float
    tail_share: float
    tail_scale: float
    ai_share: float
    ai_scale: float
    outliers: float
    likely: float
    inconclusive: float
    short_extra: float

    @classmethod
    def load(cls, path: Path = CALIBRATION_FILE) -> "Calibration":
        return _load(path)

    def counted(self, strength: float, duration_s: float) -> float:
        """Strength less what is asked for beyond the thresholds because the recording is short."""
        return strength - (self.short_extra if duration_s < SHORT_S else 0.0)

    def probability(self, strength: float, duration_s: float) -> float:
        """Chance that a recording of this strength was generated, where ``prior`` of all are (Bayes)."""
        over = self.counted(strength, duration_s) - self.tail_from
        without = self._posterior(1 - self.ai_share, 1 - self.tail_share)
        if over <= 0:
            return without
        ai = self.ai_share / self.ai_scale * math.exp(-over / self.ai_scale)
        people = self.tail_share / self.tail_scale * math.exp(-over / self.tail_scale)
        return max(without, self._posterior(ai, people))

    def _posterior(self, ai: float, people: float) -> float:
        people = self.outliers * ai + (1 - self.outliers) * people
        return self.prior * ai / (self.prior * ai + (1 - self.prior) * people)

    def reached_by_people(self, strength: float, duration_s: float) -> float:
        """Chance that a recording by a person reaches this strength; the search over all spacings is part of it."""
        over = max(0.0, self.counted(strength, duration_s) - self.tail_from)
        return self.tail_share * math.exp(-over / self.tail_scale)

    def verdict(self, strength: float, duration_s: float) -> AiVerdict:
        counted = self.counted(strength, duration_s)
        if counted >= self.likely:
            return AiVerdict.LIKELY_AI
        return AiVerdict.INCONCLUSIVE if counted >= self.inconclusive else AiVerdict.NO_EVIDENCE


@cache
def _load(path: Path) -> Calibration:
    return Calibration(**json.loads(path.read_text(encoding="utf-8")))
