"""From the strength of a comb to a probability and an answer. The numbers are measured; see ``docs/model-card.md``."""

import json
import math
from dataclasses import dataclass
from pathlib import Path

from schemas.evidence import AiVerdict

_FILE = Path(__file__).with_name("calibration.json")

SHORT_S = 20.0
"""Under this many seconds chance reaches further, and more strength is asked for."""


@dataclass(frozen=True)
class Calibration:
    """Fitted on the strengths of recordings of known origin.

    ``model`` names the version. The probability is a logistic curve through one half at ``middle``. ``likely`` and
    ``inconclusive`` are the least strengths for these answers; ``short_extra`` is added to both for short recordings.
    """

    model: str
    slope: float
    middle: float
    likely: float
    inconclusive: float
    short_extra: float

    @classmethod
    def load(cls, path: Path = _FILE) -> "Calibration":
        return cls(**json.loads(path.read_text(encoding="utf-8")))

    def strength_asked(self, duration_s: float) -> float:
        """Strength asked for beyond the thresholds because the recording is short."""
        return self.short_extra if duration_s < SHORT_S else 0.0

    def probability(self, strength: float, duration_s: float) -> float:
        return 1 / (1 + math.exp(-self.slope * (strength - self.middle - self.strength_asked(duration_s))))

    def verdict(self, strength: float, duration_s: float) -> AiVerdict:
        left = strength - self.strength_asked(duration_s)
        if left >= self.likely:
            return AiVerdict.LIKELY_AI
        return AiVerdict.INCONCLUSIVE if left >= self.inconclusive else AiVerdict.NO_EVIDENCE
