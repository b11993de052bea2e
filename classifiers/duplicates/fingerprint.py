"""The fingerprint of a recording: its constellation of peaks, a few KB, made while the shared frames go by."""

import base64
import zlib
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from classifiers.duplicates.codes import UNCHANGED, Figures, Hypothesis, Quads, in_order
from classifiers.duplicates.frames import FRAME_RATE_HZ, HOP, N_FFT, RATE_HZ
from classifiers.duplicates.peaks import LEVELS, Floats, PeakFinder, Peaks
from schemas.evidence import Fingerprint

ALGORITHM = "constellation-3"
"""Changes whenever equal sound would give other peaks or other codes; codes of two algorithms never match."""
EARLIER = {"constellation-1": 81, "constellation-2": 81}
"""Earlier algorithms whose peaks can be read, with what is added to their pitch: they counted from 180 Hz, and kept
fewer peaks. They match about as well as through a codec, and their codes are made anew."""

POSTINGS = 220
"""Codes kept in the index for a recording of two to three minutes; longer ones have as many per minute."""
POSTINGS_SECONDS = 180.0
DENSEST = 2.0
"""How many times as many codes recordings of a minute and less have: they share less music with what they are a copy
or a piece of, and their codes are less often those of others."""

SCALES = tuple(1.04**step for step in range(-6, 7))
"""Time scales under which a place on a reference is looked for: codes hold over +-2 %, so steps of 4 %."""

HYPOTHESES = (
    UNCHANGED,
    *(Hypothesis(2 ** (half / 24), half / 2) for half in range(-9, 10) if half),
    *(Hypothesis(1.0, half / 2) for half in range(-7, 8) if half),
    *(Hypothesis(1.04**step, 0.0) for step in range(-5, 6) if step),
)
"""Changes that a query is asked under: none; other speeds from 0.77 to 1.30 (pitch with them); other pitches up to 3.5
semitones; other tempos from 0.82 to 1.22. Half a semitone is 2.9 % of speed."""
PROBES = 1_000
"""Codes a query of up to three minutes asks for under each hypothesis: low ranks first, as the index keeps them."""
ALIGNED = 6_000
"""Quadruples of a query that vote for its place on a reference."""
ALIGNED_TO = 600_000
"""Quadruples of a reference that are voted for: all of twenty minutes, the lowest ranks of longer mixes."""

MINIMUM_PEAKS = 24
"""Two seconds of music. With fewer landmarks nothing can be proved; silence has none."""
MINIMUM_FIGURES = 160
"""Distinct codes among the first 220. A steady tone repeats one figure at few distances, some hundred; music of six
seconds has them all different."""
NOISE_STRENGTH = 0.48
"""Mean strength of peaks up to which sound is noise: white, pink and brown noise have 0.3 to 0.4, real music 0.87 and
more, and under white noise at 10 dB still 0.57."""

_LARGEST_BYTES = 4 * 3600 * 40 * 3
_WITH_LEVELS = 1 << 31
_SKIP = 511


class MalformedFingerprint(ValueError):
    """A stored fingerprint that this algorithm did not write."""


@dataclass(frozen=True)
class FingerprintCodes:
    """A fingerprint in memory: what the index and the proof read."""

    peaks: Peaks
    duration_s: float
    matchable: bool
    pcm_sha256: str | None = None
    algorithm: str = ALGORITHM

    @property
    def posting_count(self) -> int:
        """How many codes the index keeps of a recording this long."""
        return int(POSTINGS * self._density)

    @property
    def _density(self) -> float:
        return max(1.0, self.duration_s / POSTINGS_SECONDS, min(DENSEST, 120.0 / max(self.duration_s, 1.0)))

    def postings(self) -> list[int]:
        """Codes for the index, in 31 bits; none where the recording cannot be matched."""
        if not self.matchable:
            return []
        codes: list[int] = np.sort(self.figures.sampled(self.posting_count)).tolist()
        return codes

    def probes(self, hypotheses: tuple[Hypothesis, ...] = HYPOTHESES) -> dict[Hypothesis, list[int]]:
        """Distinct codes to ask the index for, under each hypothesis."""
        if not self.matchable:
            return {}
        chosen = self.figures.lowest(int(PROBES * self._density))
        return {hypothesis: np.unique(chosen.codes(hypothesis)).tolist() for hypothesis in hypotheses}

    @cached_property
    def figures(self) -> Figures:
        """The quadruples that codes are made of."""
        return Figures(self.peaks.landmarks())

    @cached_property
    def aligning(self) -> Quads:
        """The quadruples that vote for the place of this recording, as a query, on another."""
        return self.figures.lowest(int(ALIGNED * max(1.0, self.duration_s / POSTINGS_SECONDS)))

    def aligning_codes(self, scale: float) -> tuple[NDArray[np.uint32], NDArray[np.int64]]:
        """Their codes under a time scale, in order, and which quadruple each is of: the same for all references."""
        if scale not in self._aligning_codes:
            self._aligning_codes[scale] = in_order(self.aligning.relative_codes(scale))
        return self._aligning_codes[scale]

    @cached_property
    def _aligning_codes(self) -> dict[float, tuple[NDArray[np.uint32], NDArray[np.int64]]]:
        return {}

    @cached_property
    def aligned_to(self) -> tuple[NDArray[np.uint32], Quads]:
        """Quadruples by their codes at 1x, in order of code: what queries are aligned to. All of a song's."""
        quads = self.figures.among(ALIGNED_TO)
        codes, order = in_order(quads.relative_codes(1.0), quads.toned)
        return codes, quads.at(order)

    def packed(self) -> bytes:
        """The bytes that are stored: what `unpacked` reads back."""
        return _pack(self.peaks, self.duration_s)

    @classmethod
    def unpacked(cls, data: bytes, *, matchable: bool = True, pcm_sha256: str | None = None) -> "FingerprintCodes":
        """Read stored bytes. Raises `MalformedFingerprint`."""
        peaks, duration_s = _unpack(data)
        return cls(peaks, duration_s, matchable, pcm_sha256)

    @classmethod
    def taken_over(
        cls, data: bytes, algorithm: str, *, matchable: bool = True, pcm_sha256: str | None = None
    ) -> "FingerprintCodes":
        """Read bytes that an earlier algorithm stored. Raises `MalformedFingerprint`."""
        if algorithm not in EARLIER:
            raise MalformedFingerprint(f"algorithm {algorithm!r}, not {ALGORITHM!r}")
        peaks, duration_s = _unpack(data)
        pitch = np.minimum(peaks.pitch + np.int16(EARLIER[algorithm]), _SKIP - 1)
        return cls(Peaks(peaks.time, pitch, peaks.strength), duration_s, matchable, pcm_sha256)

    def to_schema(self) -> Fingerprint:
        """As it stands in the evidence."""
        value = base64.b64encode(self.packed()).decode() if self.matchable else ""
        return Fingerprint(algorithm=self.algorithm, value=value, matchable=self.matchable, pcm_sha256=self.pcm_sha256)

    @classmethod
    def from_schema(cls, fingerprint: Fingerprint) -> "FingerprintCodes":
        """From the evidence. Raises `MalformedFingerprint` for another algorithm or a damaged value."""
        if fingerprint.algorithm != ALGORITHM and fingerprint.algorithm not in EARLIER:
            raise MalformedFingerprint(f"algorithm {fingerprint.algorithm!r}, not {ALGORITHM!r}")
        if not fingerprint.value:
            return cls(no_peaks(), 0.0, False, fingerprint.pcm_sha256)
        try:
            data = base64.b64decode(fingerprint.value, validate=True)
        except ValueError as error:
            raise MalformedFingerprint("not base64") from error
        if fingerprint.algorithm in EARLIER:
            return cls.taken_over(
                data, fingerprint.algorithm, matchable=fingerprint.matchable, pcm_sha256=fingerprint.pcm_sha256
            )
        return cls.unpacked(data, matchable=fingerprint.matchable, pcm_sha256=fingerprint.pcm_sha256)


class Fingerprinter:
    """Makes a fingerprint of frames as they come; memory grows by some 20 KB a minute for the peaks alone."""

    def __init__(self) -> None:
        self._finder = PeakFinder()
        self._frames = 0

    def feed_music(self, power: Floats) -> None:
        """Take power spectra of the music frames, (frames, BINS), in order."""
        self._frames += len(power)
        self._finder.feed(power)

    def finish(
        self,
        *,
        noise: float = 0.0,
        silence_ratio: float = 0.0,
        duration_s: float | None = None,
        pcm_sha256: str | None = None,
    ) -> FingerprintCodes:
        """Close the fingerprint.

        Silence (95 % of the frames), stationary noise and sound with hardly a landmark are not matchable: they would
        tie together recordings that have nothing in common.
        """
        peaks = self._finder.finish()
        if duration_s is None:
            duration_s = (self._frames * HOP + N_FFT - HOP) / RATE_HZ if self._frames else 0.0
        matchable = silence_ratio <= 0.95 and noise < 0.98 and is_matchable(peaks)
        return FingerprintCodes(peaks, duration_s, matchable, pcm_sha256)


def is_matchable(peaks: Peaks) -> bool:
    """Whether a constellation says anything about a recording: enough landmarks, that stand out, in varied figures."""
    if len(peaks) < MINIMUM_PEAKS or float(peaks.strength.mean()) <= NOISE_STRENGTH:
        return False
    return len(Figures(peaks.landmarks()).sampled(POSTINGS)) >= MINIMUM_FIGURES


def no_peaks() -> Peaks:
    """The constellation of silence."""
    return Peaks(np.empty(0, np.int32), np.empty(0, np.int16), np.empty(0, np.uint8))


def _pack(peaks: Peaks, duration_s: float) -> bytes:
    """16 bits a peak: 4 bits of time step, 9 of pitch, 3 of strength; a pitch of 511 only passes 15 time steps.

    Before them stands the length in frames. Where its highest bit is set, the number of 16-bit words follows it, and a
    byte of level for each peak stands last.
    """
    steps = np.diff(peaks.time.astype(np.int64), prepend=0)
    skips = np.maximum(0, -(-steps // 15) - 1)
    last = np.cumsum(skips + 1) - 1
    array = np.full(int(skips.sum()) + len(peaks), 15 << 12 | _SKIP << 3, "<u2")
    tones = np.minimum(peaks.pitch.astype(np.int64), _SKIP - 1)
    array[last] = (steps - 15 * skips) << 12 | tones << 3 | peaks.strength
    frames = round(duration_s * FRAME_RATE_HZ)
    planes = np.concatenate([(array >> 8).astype(np.uint8), (array & 255).astype(np.uint8)]).tobytes()
    if peaks.level is None:
        return zlib.compress(frames.to_bytes(4, "little") + planes, 9)
    head = (frames | _WITH_LEVELS).to_bytes(4, "little") + len(array).to_bytes(4, "little")
    return zlib.compress(head + planes + peaks.level.tobytes(), 9)


def _unpack(data: bytes) -> tuple[Peaks, float]:
    inflate = zlib.decompressobj()
    try:
        raw = inflate.decompress(data, _LARGEST_BYTES)
    except zlib.error as error:
        raise MalformedFingerprint("not deflated") from error
    if not inflate.eof or inflate.unused_data or len(raw) < 4:
        raise MalformedFingerprint("cut off or longer than any recording")
    frames = int.from_bytes(raw[:4], "little")
    has_levels = bool(frames & _WITH_LEVELS)
    start = 8 if has_levels else 4
    count = int.from_bytes(raw[4:8], "little") if has_levels else (len(raw) - 4) // 2
    end = start + 2 * count
    if len(raw) < end or (not has_levels and len(raw) != end):
        raise MalformedFingerprint("cut off or longer than any recording")
    planes = np.frombuffer(raw, np.uint8, 2 * count, start).reshape(2, -1).astype(np.uint16)
    words = planes[0] << 8 | planes[1]
    time = np.cumsum(words >> 12, dtype=np.int32)
    pitch = (words >> 3 & _SKIP).astype(np.int16)
    real = pitch != _SKIP
    level = np.frombuffer(raw, np.uint8, offset=end) if has_levels else None
    if level is not None and (len(level) != real.sum() or level.max(initial=0) >= LEVELS):
        raise MalformedFingerprint("levels that are not those of its peaks")
    peaks = Peaks(time[real], pitch[real], (words[real] & 7).astype(np.uint8), level)
    return peaks, (frames & ~_WITH_LEVELS) / FRAME_RATE_HZ
