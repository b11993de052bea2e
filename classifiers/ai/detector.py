"""The detector: fine frames in, evidence out."""

import math

import numpy as np

from classifiers.ai.calibration import Calibration
from classifiers.ai.clocks import Clock, strongest_clock
from classifiers.ai.codec_grids import Codec
from classifiers.ai.cyclic import CyclicMeter
from classifiers.ai.residue import Array, ResidueMeter
from classifiers.ai.search import Comb, Finding, strongest_comb
from schemas.evidence import AiEvidence, AiSegment, AiVerdict, SpectralComb

SHORTEST_S = 10.0
"""Under this there are too few frames to average: any answer would be a guess."""

LEAST_BANDWIDTH_HZ = 3_500.0
"""Under this there is no room for lines: old transfers, telephone, a heavy low-pass."""

_SEGMENT_S = 5.0
_SILENT = 0.9


class AiDetector:
    """Looks for what a neural decoder leaves, in one pass over a recording; memory is flat.

    Two experts: the *comb search* finds equally spaced lines in the spectrum, the *clock search* a power that swings
    with the frames of a decoder. The stronger one speaks; their strengths are in the same units.

    ``sample_rate_hz`` is the rate of the stream, ``native_rate_hz`` the one that the codec worked at (they differ where
    a decoder resamples), ``codec`` its short name as FFmpeg says it (``mp3``, ``aac``, ``vorbis``, ``opus``, ``flac``).
    Each can be switched off by ``comb_search`` and ``clock_search`` (patents are pending on finding generated music by
    its spectral peaks); without both every answer is an abstention.
    """

    def __init__(
        self,
        sample_rate_hz: int,
        codec: str,
        bit_rate_kbps: float | None,
        native_rate_hz: int,
        *,
        comb_search: bool = True,
        clock_search: bool = True,
        calibration: Calibration | None = None,
    ) -> None:
        self._codec = Codec(codec, native_rate_hz, bit_rate_kbps)
        self._comb_search, self._clock_search = comb_search, clock_search
        self._calibration = calibration or Calibration.load()
        self._meter, self._cyclic = ResidueMeter(), CyclicMeter()
        self._strength: float | None = None

    def feed_sound(self, mono: Array) -> None:
        """Take consecutive samples at 44.1 kHz, from -1 to 1."""
        if self._clock_search:
            self._cyclic.feed(mono)

    def feed_fine(self, power: Array) -> None:
        """Take power spectra of consecutive fine frames, shape ``(frames, bins)``."""
        if self._comb_search:
            self._meter.feed(power)

    def finding(self) -> Finding:
        """The strongest comb of what was fed so far, before any answer is made of it."""
        return strongest_comb(self._meter.finish(), self._codec)

    def clock(self) -> Clock | None:
        """The strongest clock of what was fed so far. To be asked once, at the end."""
        return strongest_clock(self._cyclic.finish(), self._codec)

    def finish(self, duration_s: float, silence_ratio: float, bandwidth_hz: float, loop: float) -> AiEvidence:
        """The evidence. ``loop`` (exact repetition, 0 to 1) is named as a reason for doubt where it stands out."""
        reason = self._abstention(duration_s, silence_ratio, bandwidth_hz)
        if reason:
            return AiEvidence(verdict=AiVerdict.NO_EVIDENCE, model=self._calibration.model, abstained=reason)
        residue = self._meter.finish()
        comb = strongest_comb(residue, self._codec).comb
        clock = self.clock()
        self._strength = max((found.strength for found in (comb, clock) if found is not None), default=None)
        if clock is not None and (comb is None or clock.strength > comb.strength):
            return self._of_clock(clock, duration_s)
        if comb is None:
            return AiEvidence(
                verdict=AiVerdict.NO_EVIDENCE,
                model=self._calibration.model,
                abstained="no bandwidth to look for lines in",
            )
        probability = self._calibration.probability(comb.strength, duration_s)
        verdict = self._calibration.verdict(comb.strength, duration_s)
        segments, shares = _segments(comb.course, residue.block_s, duration_s, comb, probability)
        return AiEvidence(
            verdict=verdict,
            probability=round(probability, 4),
            model=self._calibration.model,
            segments=segments,
            reasons=_reasons(
                comb, verdict, shares, loop, self._calibration.reached_by_people(comb.strength, duration_s)
            ),
            combs=[] if verdict is AiVerdict.NO_EVIDENCE else [_said(comb, shares)],
        )

    def under(self, calibration: Calibration, duration_s: float) -> tuple[AiVerdict, float | None]:
        """What another calibration answers to the same findings, after :meth:`finish`; no probability: it abstains."""
        if self._strength is None:
            return AiVerdict.NO_EVIDENCE, None
        probability = round(calibration.probability(self._strength, duration_s), 4)
        return calibration.verdict(self._strength, duration_s), probability

    def _of_clock(self, clock: Clock, duration_s: float) -> AiEvidence:
        """The evidence where the clock is the stronger sign. It is not resolved in time: one segment, the track."""
        probability = round(self._calibration.probability(clock.strength, duration_s), 4)
        verdict = self._calibration.verdict(clock.strength, duration_s)
        chance = self._calibration.reached_by_people(clock.strength, duration_s)
        silent = verdict is AiVerdict.NO_EVIDENCE
        return AiEvidence(
            verdict=verdict,
            probability=probability,
            model=self._calibration.model,
            segments=[AiSegment(start_s=0.0, end_s=round(duration_s, 2), probability=probability)],
            reasons=[] if silent else _clock_reasons(clock, chance),
            combs=[] if silent else [_clock_said(clock)],
        )

    def _abstention(self, duration_s: float, silence_ratio: float, bandwidth_hz: float) -> str | None:
        if not (self._comb_search or self._clock_search):
            return "switched off"
        if duration_s < SHORTEST_S:
            return f"too short: {duration_s:.1f} s, at least {SHORTEST_S:.0f} s are needed"
        if silence_ratio > _SILENT:
            return f"silence: {silence_ratio * 100:.0f} % of the track"
        if bandwidth_hz < LEAST_BANDWIDTH_HZ:
            return f"no bandwidth: nothing above {bandwidth_hz:.0f} Hz"
        return None


def _segments(
    course: np.ndarray, block_s: float, duration_s: float, comb: Comb, probability: float
) -> tuple[list[AiSegment], float]:
    """Stretches of at least 5 s with the probability that the comb runs there, and the share where it does.

    In each stretch the blocks' scores are compared by likelihood ratio: as strong as on average over the track, or
    not there at all. Silence says nothing and keeps the track's probability out: it counts as no trace.
    """
    per = max(1, math.ceil(_SEGMENT_S / block_s - 0.5))
    expected = max(0.3, float(np.nanmean(course))) if not np.isnan(comb.course).all() else 0.3
    segments, present = [], []
    starts = list(range(0, len(course), per))
    if len(starts) > 1 and len(course) - starts[-1] <= per // 2:
        starts.pop()
    for start in starts:
        stop = len(course) if start == starts[-1] else start + per
        z = course[start:stop]
        z = z[~np.isnan(z)]
        ratio = float(np.clip((expected * z - expected**2 / 2).sum(), -8, 8)) if len(z) else -8.0
        there = 1 / (1 + math.exp(-ratio))
        end = duration_s if stop == len(course) else min(duration_s, stop * block_s)
        segments.append(
            AiSegment(start_s=round(start * block_s, 2), end_s=round(end, 2), probability=round(probability * there, 4))
        )
        if len(z):
            present.append(there > 0.5)
    return segments, float(np.mean(present)) if present else 0.0


def _said(comb: Comb, share: float) -> SpectralComb:
    return SpectralComb(
        spacing_hz=round(comb.spacing_hz, 2),
        sigma=round(comb.strength, 1),
        share_of_track=round(share, 3),
        lines=comb.lines,
        expected_lines=comb.expected_lines,
    )


def _clock_said(clock: Clock) -> SpectralComb:
    return SpectralComb(
        spacing_hz=round(clock.spacing_hz, 3),
        sigma=round(clock.z, 1),
        share_of_track=round(clock.share, 3),
        lines=clock.lines,
        expected_lines=clock.expected_lines,
    )


def _clock_reasons(clock: Clock, chance: float) -> list[str]:
    reasons = [
        f"power between the notes swings at multiples of {clock.spacing_hz:.6g} Hz, a frame rate of decoders, "
        f"{clock.z:.1f} sigma on average, by itself in {clock.share:.0%} of the stretches that were looked at",
        f"{clock.lines} of {clock.expected_lines} multiples stand out",
        f"recordings by people reach this in {_one_of(chance)}",
    ]
    if clock.codec > 0:
        reasons.append("the rate lies on the codec's own grid; its share was taken off")
    if clock.repetition > 0.45 * clock.z:
        reasons.append("part of it may come from exact repetition; its share was taken off")
    return reasons


def _reasons(comb: Comb, verdict: AiVerdict, share: float, loop: float, chance: float) -> list[str]:
    if verdict is AiVerdict.NO_EVIDENCE:
        return []
    found = (
        f"spectral lines every {comb.spacing_hz:.4g} Hz, {comb.strength:.1f} sigma, in {share * 100:.0f} % of the track"
    )
    reasons = [
        found,
        f"{comb.lines} of {comb.expected_lines} expected lines stand out",
        f"recordings by people reach this in {_one_of(chance)}",
    ]
    if comb.codec > 0:
        reasons.append("the spacing lies on the codec's own grid; its share was taken off")
    if comb.repetition > 1:
        reasons.append("part of the lines may come from exact repetition; its share was taken off")
    if comb.notes > 1:
        reasons.append("part of the lines may come from held notes; their share was taken off")
    if loop > 0.95:
        reasons.append("the recording repeats itself exactly or holds one tone, which weakens any such evidence")
    return reasons


def _one_of(chance: float) -> str:
    """A chance in words; what lies beyond a thousand recordings was not measured."""
    return "less than 1 of 1,000" if chance < 1e-3 else f"about 1 of {round(1 / chance)}"
