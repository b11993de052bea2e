"""Where in a recording the traces stand: overlapping segments, and whether the traces come and go with the voice."""

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from classifiers.audio.vocals import FRAME_RATE_HZ, NO_VOICE, VOICE
from schemas.evidence import AiSegment

Wide = npt.NDArray[np.float64]
Array = npt.NDArray[np.float32]

HOP_S = 2.5
"""About so far are segments apart; they are twice as long."""

_LEAST_EXPECTED = 0.3
_DECIDED = 8.0
_FEWEST = 4
"""Pieces with a voice and pieces without that are needed, about nine seconds of each."""
_MOSTLY, _HARDLY = 0.75, 0.25


@dataclass(frozen=True)
class Course:
    """The z-scores of a comb's lines over time: one a block of ``block_s`` seconds, not a number where it is silent."""

    z: Wide
    block_s: float

    @property
    def hop(self) -> int:
        """Blocks from one segment to the next: of 2.2 s altogether, or a single one in recordings over 19 minutes,
        whose blocks are longer."""
        return max(1, round(HOP_S / self.block_s))

    @cached_property
    def expected(self) -> float:
        """The score that a block has while the lines run: their mean over the recording."""
        return max(_LEAST_EXPECTED, float(np.nanmean(self.z)))

    def there(self, start: int, stop: int) -> float | None:
        """The chance that the lines run in these blocks; None where all of them are silent.

        The scores are compared by likelihood ratio: as strong as on average over the recording, or not there at all.
        """
        z = self.z[start:stop]
        z = z[~np.isnan(z)]
        if not len(z):
            return None
        ratio = float(np.clip((self.expected * z - self.expected**2 / 2).sum(), -_DECIDED, _DECIDED))
        return 1 / (1 + math.exp(-ratio))


def segments(course: Course, duration_s: float, probability: float) -> tuple[list[AiSegment], float]:
    """Segments of about 5 s that overlap by half, and the share of those heard in which the lines run.

    Each has the recording's probability times the chance that the lines run there. What is left over at the end, less
    than half a segment, belongs to the last one. Silence shows no traces.
    """
    hop, count = course.hop, len(course.z)
    starts = list(range(0, max(1, count - 2 * hop + 1), hop))
    found, present = [], []
    for start in starts:
        stop = count if start == starts[-1] else start + 2 * hop
        there = course.there(start, stop)
        end_s = duration_s if stop == count else min(duration_s, stop * course.block_s)
        chance = round(probability * (there or 0.0), 4)
        found.append(AiSegment(start_s=round(start * course.block_s, 2), end_s=round(end_s, 2), probability=chance))
        if there is not None:
            present.append(there > 0.5)
    return found, float(np.mean(present)) if present else 0.0


def traces_follow_vocals(course: Course, vocals: Array) -> bool | None:
    """Whether the traces come and go with the voice; None, and so nothing said, unless it is clear.

    The recording is cut into pieces of 2.2 s. A piece has a voice where on average at least `VOICE` of the sound
    glides, none up to `NO_VOICE` (:mod:`classifiers.audio.vocals`), and is left out in between and where it is silent.
    To say anything, there must be at least four pieces of both kinds, at least half of all heard pieces must be of
    either kind, and the voice must come at least twice and be gone at least twice, for one change may be a change of
    anything else.

    True where the lines run in at least three quarters of the pieces with a voice and in at most a quarter of those
    without. False where they run in three quarters of both. All else, also lines that pause for the voice, is None:
    a loud voice covers lines that go on under it.

    Args:
        course: the lines over time.
        vocals: what glides, `FRAME_RATE_HZ` times a second, from :class:`classifiers.audio.vocals.Vocals`.
    """
    hop = course.hop
    piece_s = hop * course.block_s
    runs: list[bool] = []
    voice: list[bool] = []
    heard = 0
    for number in range(len(course.z) // hop):
        there = course.there(number * hop, (number + 1) * hop)
        gliding = vocals[int(number * piece_s * FRAME_RATE_HZ) : int((number + 1) * piece_s * FRAME_RATE_HZ)]
        if there is None or not len(gliding):
            continue
        heard += 1
        level = float(gliding.mean())
        if level >= VOICE or level <= NO_VOICE:
            runs.append(there > 0.5)
            voice.append(level >= VOICE)
    sung = np.array(voice, bool)
    if min(sung.sum(), (~sung).sum()) < _FEWEST or len(sung) < heard / 2 or np.diff(sung).sum() < 3:
        return None
    with_voice, without = (float(np.array(runs)[which].mean()) for which in (sung, ~sung))
    if with_voice < _MOSTLY:
        return None
    return True if without <= _HARDLY else False if without >= _MOSTLY else None
