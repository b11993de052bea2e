"""The detector: fine frames in, evidence out."""

import numpy as np

from classifiers.ai import guards
from classifiers.ai.agreement import Agreement
from classifiers.ai.calibration import Calibration
from classifiers.ai.clocks import Clock, Swing, strongest_clock
from classifiers.ai.codec_grids import Codec
from classifiers.ai.comb import LOWEST_HZ, Lines, Wide, flattened
from classifiers.ai.cyclic import CyclicMeter
from classifiers.ai.guards import Guard
from classifiers.ai.in_time import Course, segments, traces_follow_vocals
from classifiers.ai.residue import Array, Residue, ResidueMeter
from classifiers.ai.search import Comb, Finding, strongest_comb
from classifiers.ai.steady import SteadyLines
from classifiers.ai.traces import lines_of, steady_lines_of, swings_of
from schemas.evidence import AiEvidence, AiSegment, AiVerdict, SpectralComb
from schemas.in_time import longest_run_s, share
from schemas.spectral_trace import SpectralTrace

SHORTEST_S = 10.0
"""Under this there are too few frames to average: any answer would be a guess."""

LEAST_BANDWIDTH_HZ = 3_500.0
"""Under this there is no room for lines: old transfers, telephone, a heavy low-pass."""

_SILENT = 0.9
_LEAST_Z_A_BLOCK = 2.0
"""Mean score a block from which a clock's own lines are followed over time: under it they are hardly there."""


class AiDetector:
    """Looks for what a neural decoder leaves, in one pass over a recording; memory is flat.

    Two experts: the *comb search* finds equally spaced lines in the spectrum, the *clock search* a power that swings
    with the frames of a decoder. The stronger one speaks; their strengths are in the same units. With both on, the comb
    search also has the swing and the steady lines of the recording to go by.

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
        self.trace: SpectralTrace | None = None
        """What is to be seen of the evidence, after :meth:`finish`; None where there is none."""

    def feed_sound(self, mono: Array) -> None:
        """Take consecutive samples at 44.1 kHz, from -1 to 1."""
        if self._clock_search:
            self._cyclic.feed(mono)

    def feed_fine(self, power: Array) -> None:
        """Take power spectra of consecutive fine frames, shape ``(frames, bins)``."""
        if self._comb_search:
            self._meter.feed(power)

    def finding(self, without: Guard | None = None) -> Finding:
        """The strongest comb of what was fed so far, before any answer is made of it; on wish without a guard."""
        agreement: Agreement | None = None
        steady: SteadyLines | None = None
        stretches, mean = self._cyclic.finish(), self._cyclic.steady()
        if mean is not None:
            swing = Swing.of(stretches)
            agreement, steady = Agreement(swing), SteadyLines(mean, swing)
        return strongest_comb(self._meter.finish(), self._codec, agreement, steady, without=without)

    def clock(self, without: Guard | None = None) -> Clock | None:
        """The strongest clock of what was fed so far. To be asked at the end alone."""
        return strongest_clock(self._cyclic.finish(), self._codec, without=without)

    def finish(
        self, duration_s: float, silence_ratio: float, bandwidth_hz: float, loop: float, vocals: Array | None = None
    ) -> AiEvidence:
        """The evidence. ``loop`` (exact repetition, 0 to 1) is named as a reason for doubt where it stands out;
        ``vocals`` is what :class:`classifiers.audio.vocals.Vocals` heard, where anything did."""
        reason = self._abstention(duration_s, silence_ratio, bandwidth_hz)
        if reason:
            return AiEvidence(verdict=AiVerdict.NO_EVIDENCE, model=self._calibration.model, abstained=reason)
        residue = self._meter.finish()
        searched = self.finding()
        comb, clock = searched.comb, self.clock()
        found: Comb | Clock | None = comb
        if clock is not None and (comb is None or clock.strength > comb.strength):
            found = clock
        if found is None:
            return AiEvidence(
                verdict=AiVerdict.NO_EVIDENCE,
                model=self._calibration.model,
                abstained="no bandwidth to look for lines in",
            )
        self._strength = found.strength
        probability = round(self._calibration.probability(found.strength, duration_s), 4)
        verdict = self._calibration.verdict(found.strength, duration_s)
        chance = self._calibration.reached_by_people(found.strength, duration_s)
        course: Course | None
        if isinstance(found, Comb):
            course = _course_of_comb(residue, found)
        else:
            course = _course_of_clock(residue, found, searched.upper_edge_hz)
        if course is not None:
            stretches, present = segments(course, duration_s, probability)
        else:
            stretches, present = [AiSegment(start_s=0.0, end_s=round(duration_s, 2), probability=probability)], 0.0
        evidence = AiEvidence(
            verdict=verdict,
            probability=probability,
            model=self._calibration.model,
            segments=stretches,
            share_of_track=_rounded(share(stretches), 3),
            longest_run_s=_rounded(longest_run_s(stretches), 2),
        )
        if verdict is AiVerdict.NO_EVIDENCE:
            return evidence
        if isinstance(found, Comb):
            seen = present if course is not None else None
            reasons, said = _reasons(found, seen, loop, chance), _said(found, present)
            self.trace = self._lines_of(found, residue, searched.upper_edge_hz)
        else:
            reasons, said = _clock_reasons(found, chance), _clock_said(found)
            self.trace = swings_of(found, self._cyclic.finish())
        follow = traces_follow_vocals(course, vocals) if course is not None and vocals is not None else None
        reasons += ["traces follow the vocals"] if follow else []
        return evidence.model_copy(update={"reasons": reasons, "combs": [said], "traces_follow_vocals": follow})

    def _lines_of(self, comb: Comb, residue: Residue, upper_edge_hz: float) -> SpectralTrace:
        """The lines where they are seen best: most of the evidence may stand in the finer spectrum alone."""
        steady = self._cyclic.steady()
        if steady is not None and comb.on_frame_rate > comb.strength / 2:
            return steady_lines_of(comb, steady)
        return lines_of(comb, residue, upper_edge_hz)

    def under(self, calibration: Calibration, duration_s: float) -> tuple[AiVerdict, float | None]:
        """What another calibration answers to the same findings, after :meth:`finish`; no probability: it abstains."""
        if self._strength is None:
            return AiVerdict.NO_EVIDENCE, None
        probability = round(calibration.probability(self._strength, duration_s), 4)
        return calibration.verdict(self._strength, duration_s), probability

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


def _course_of_comb(residue: Residue, comb: Comb) -> Course | None:
    """The lines of a comb over time; None for steady lines that noise hides in short stretches."""
    hidden = comb.on_frame_rate > 0 and not _can_be_followed(comb.course)
    return None if hidden else Course(comb.course, residue.block_s)


def _course_of_clock(residue: Residue, clock: Clock, upper_edge_hz: float) -> Course | None:
    """The lines at the multiples of a clock over time; None where there are hardly any.

    The clock itself is looked for in a few stretches alone. Where its frames draw lines too, as most decoders' do,
    these say where in the track it runs.
    """
    if upper_edge_hz <= LOWEST_HZ or not residue.frames:
        return None
    z = guards.course(residue, Lines(flattened(residue.cut), LOWEST_HZ, upper_edge_hz), clock.spacing_hz).z
    return Course(z, residue.block_s) if _can_be_followed(z) else None


def _can_be_followed(z: Wide) -> bool:
    """Whether the scores of the blocks that are heard say where in the track lines stand."""
    heard = z[~np.isnan(z)]
    return len(heard) > 0 and float(heard.mean()) >= _LEAST_Z_A_BLOCK


def _said(comb: Comb, present: float) -> SpectralComb:
    return SpectralComb(
        spacing_hz=round(comb.spacing_hz, 2),
        sigma=round(comb.strength, 1),
        share_of_track=round(present, 3),
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


def _reasons(comb: Comb, present: float | None, loop: float, chance: float) -> list[str]:
    """``present`` is None where the lines cannot be followed over time."""
    found = f"spectral lines every {comb.spacing_hz:.4g} Hz, {comb.strength:.1f} sigma"
    if present is not None:
        found += f", in {present * 100:.0f} % of the track"
    reasons = [
        found,
        f"{comb.lines} of {comb.expected_lines} expected lines stand out",
        f"recordings by people reach this in {_one_of(chance)}",
    ]
    if comb.on_frame_rate > 0:
        reasons.append(_of_steady_lines(comb))
    if comb.agreement > 0:
        reasons.append("the power between the notes swings at the same rate")
    if comb.codec > 0:
        reasons.append("the spacing lies on the codec's own grid; its share was taken off")
    if comb.repetition > 1:
        reasons.append("part of the lines may come from exact repetition; its share was taken off")
    if comb.notes > 1:
        reasons.append("part of the lines may come from held notes; their share was taken off")
    if loop > 0.95:
        reasons.append("the recording repeats itself exactly or holds one tone, which weakens any such evidence")
    return reasons


def _of_steady_lines(comb: Comb) -> str:
    if comb.speed == 1.0:
        return "decoders are built with this very spacing, and at its multiples steady tones stand"
    built_hz, change = comb.spacing_hz / comb.speed, (comb.speed - 1) * 100
    return (
        f"steady tones stand at its multiples: decoders are built with {built_hz:.4g} Hz, which is this spacing played "
        f"{abs(change):.3g} % {'faster' if change > 0 else 'slower'}"
    )


def _one_of(chance: float) -> str:
    """A chance in words; what lies beyond a thousand recordings was not measured."""
    return "less than 1 of 1,000" if chance < 1e-3 else f"about 1 of {round(1 / chance)}"


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)
