"""Tells the same recording from another song over the same backing.

Whatever is done to a recording takes its weak landmarks first, and takes them everywhere: in every octave, at every
second. Another voice over the same backing hides strong landmarks too, brings strong ones of its own, and does so
where and when it sounds. The two are weighed by a logistic regression over the landmarks that two recordings could
have in common. Measured by `make bench-duplicates`.

Music laid softly under a recording does the same as a voice where the recording itself is soft: over one that is
mostly bass, all that stands above the bass. There loudness tells: whatever was hidden or added lies far below the
whole, as no voice does.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from classifiers.duplicates.peaks import LEVEL_STEP_DB, LEVELS
from classifiers.duplicates.proof import Met

STRONG = 3
"""Strength of a landmark that stands out by 1.8 nepers of power, some 8 dB."""
BAND_SEMITONES = 12
BANDS = 5
SECONDS = 2.0
FEWEST_IN_WINDOW = 6


@dataclass(frozen=True)
class Losses:
    """How one side's landmarks were lost."""

    share: float
    """Of landmarks found, as log odds."""
    strength_found: float
    lost_strong: float
    """Share of landmarks that are strong and were not found."""
    strength_lost: float
    """Of those not found, as against the mean of all."""
    spread_over_bands: float
    """Standard deviation of the share found over octaves."""
    best_band: float
    worst_seconds: float
    """Share found in the windows of two seconds than which one in ten is worse."""

    @classmethod
    def of(cls, parts: list[Met]) -> "Losses":
        """Losses of a side over all stretches in common; at least one landmark."""
        found = np.concatenate([part.found for part in parts])
        strength = np.concatenate([part.strength for part in parts]).astype(np.float64)
        pitch = np.concatenate([part.pitch for part in parts])
        time = np.concatenate([part.time for part in parts])
        mean = float(found.mean())
        octave = np.clip(pitch // BAND_SEMITONES, 0, BANDS - 1).astype(np.int64)
        many = np.bincount(octave, minlength=BANDS)
        bands = (np.bincount(octave, found, minlength=BANDS) + 4 * mean) / (many + 4)
        lost = float((strength[~found].sum() + 2) / ((~found).sum() + 2))
        return cls(
            share=float(np.log((found.sum() + 2) / ((~found).sum() + 2))),
            strength_found=float((strength[found].sum() + 2) / (found.sum() + 2)),
            lost_strong=float((~found & (strength >= STRONG)).mean()),
            strength_lost=lost / max(float(strength.mean()), 0.1),
            spread_over_bands=float(np.std(bands)),
            best_band=float(bands.max()),
            worst_seconds=_worst(time, found, mean),
        )


def _worst(time: NDArray[np.float64], found: NDArray[np.bool_], mean: float) -> float:
    _, window = np.unique(np.floor(time / SECONDS), return_inverse=True)
    many = np.bincount(window)
    shares = (np.bincount(window, found) / many)[many >= FEWEST_IN_WINDOW]
    return float(np.quantile(shares, 0.1)) if len(shares) else mean


QUIET = round(16 / LEVEL_STEP_DB)
"""Level of losses that are no other voice where both sides' are so soft: 16 dB under the whole music."""
QUIET_ALONE = round(20 / LEVEL_STEP_DB)
"""The same of the side that kept more: 20 dB, whatever the other side lost, which the bed itself brought."""
_LOUDEST = 0.1
_FEWEST = 4

WEIGHTS = (-9.943, 2.329, -2.47, -12.873, -20.787, 9.317, 6.155, 2.897)
CONSTANT = 6.607
"""Fitted on 80 real recordings under 15 kinds of damage and 300 pairs each of songs and of bare backings, five folds by
recording; the constant lets 3.5 % of 200 bare backings under a lead as loud as they are pass."""


def features(query: list[Met], reference: list[Met], changed: bool) -> list[float]:
    """What is weighed, in the order of `WEIGHTS`: the same whichever of the two is the query."""
    one, other = Losses.of(query), Losses.of(reference)
    more, less = (one, other) if one.share >= other.share else (other, one)
    return [
        max(one.lost_strong, other.lost_strong),
        less.strength_found,
        more.strength_found,
        max(one.strength_lost, other.strength_lost),
        less.spread_over_bands,
        max(one.best_band, other.best_band),
        max(one.worst_seconds, other.worst_seconds),
        float(changed),
    ]


def recording_odds(query: list[Met], reference: list[Met], changed: bool) -> float:
    """Log odds that two recordings with stretches in common are one, as against two over one backing.

    Above 0 they are called the same. `changed` says that speed or pitch differs: songs over one backing have its own.
    """
    return CONSTANT + float(np.dot(WEIGHTS, features(query, reference, changed)))


def only_soft_losses(query: list[Met], reference: list[Met]) -> bool:
    """Whether all but the loudest tenth of what either side lost lies far below the whole music, and what it kept does
    not: where everything is so soft, as over a drone, loudness says nothing.

    Never so where loudness was not kept with a fingerprint.
    """
    more, less = sorted((query, reference), key=_share, reverse=True)
    if _loudest(more, found=True) >= QUIET:
        return False
    lost_more, lost_less = _loudest(more, found=False), _loudest(less, found=False)
    return min(lost_more, lost_less) >= QUIET or lost_more >= QUIET_ALONE


def _share(parts: list[Met]) -> float:
    return float(np.concatenate([part.found for part in parts]).mean())


def _loudest(parts: list[Met], *, found: bool) -> float:
    """Level than which a tenth of the landmarks found, or lost, are louder; a few silent ones stand beside them."""
    levels = np.concatenate([part.level[part.found == found] for part in parts])
    return float(np.quantile(np.append(levels, [LEVELS - 1] * _FEWEST), _LOUDEST, method="lower"))
