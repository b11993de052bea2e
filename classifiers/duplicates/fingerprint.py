"""The fingerprint of a recording: its constellation of peaks, a few KB, made while the shared frames go by."""

import base64
import zlib
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from classifiers.duplicates.codes import Codes, Figures
from classifiers.duplicates.frames import FRAME_RATE_HZ, HOP, N_FFT, RATE_HZ
from classifiers.duplicates.peaks import Floats, PeakFinder, Peaks
from schemas.evidence import Fingerprint

ALGORITHM = "constellation-1"
"""Changes whenever equal sound would give other peaks or other codes; fingerprints of two algorithms never match."""

POSTINGS = 200
"""Codes kept in the index for a recording of up to three minutes; longer ones have as many per minute."""
POSTINGS_SECONDS = 180.0

SCALES = tuple(1.04**step for step in range(-6, 7))
"""Hypotheses of time scale that a query is asked under: codes hold over +-2 %, so steps of 4 % cover 0.79 to 1.27."""
PROBES = 2_000
"""Codes a query of up to three minutes asks for under each hypothesis: low ranks first, as the index keeps them."""
ALIGNED = 6_000
"""Codes of a query that vote for its place on a reference."""

MINIMUM_PEAKS = 24
"""Two seconds of music. With fewer landmarks nothing can be proved; silence has none."""
MINIMUM_FIGURES = 60
"""Distinct codes among the first 200. A steady tone or a metronome repeats one figure for ever."""
NOISE_STRENGTH = 0.7
"""Mean strength of peaks up to which sound is noise: white, pink and brown noise have 0.4, music 2 and more and even
under white noise at 10 dB more than 1.3."""

_LARGEST_BYTES = 4 * 3600 * 40 * 2
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
        return int(POSTINGS * max(1.0, self.duration_s / POSTINGS_SECONDS))

    def postings(self) -> list[int]:
        """Codes for the index, in 31 bits; none where the recording cannot be matched."""
        if not self.matchable:
            return []
        return [int(code) for code in np.unique(self.figures.sampled(self.posting_count).code)]

    def probes(self, scales: tuple[float, ...] = SCALES) -> dict[float, list[int]]:
        """Codes to ask the index for, under each hypothesis of time scale."""
        if not self.matchable:
            return {}
        count = int(PROBES * max(1.0, self.duration_s / POSTINGS_SECONDS))
        return {scale: self.figures.sampled(count, scale).code.tolist() for scale in scales}

    @cached_property
    def figures(self) -> Figures:
        """The quadruples that codes are made of."""
        return Figures(self.peaks)

    @cached_property
    def codes(self) -> Codes:
        """All codes at the recording's own speed, in order of rank."""
        return self.figures.codes()

    def codes_at(self, scale: float) -> Codes:
        """The codes that a query of up to three minutes is aligned by, under a hypothesis of time scale."""
        if scale not in self._scaled:
            count = int(ALIGNED * max(1.0, self.duration_s / POSTINGS_SECONDS))
            self._scaled[scale] = self.figures.lowest(count, scale)
        return self._scaled[scale]

    @cached_property
    def _scaled(self) -> dict[float, Codes]:
        return {}

    def packed(self) -> bytes:
        """The bytes that are stored: what `unpacked` reads back."""
        return _pack(self.peaks, self.duration_s)

    @classmethod
    def unpacked(cls, data: bytes, *, matchable: bool = True, pcm_sha256: str | None = None) -> "FingerprintCodes":
        """Read stored bytes. Raises `MalformedFingerprint`."""
        peaks, duration_s = _unpack(data)
        return cls(peaks, duration_s, matchable, pcm_sha256)

    def to_schema(self) -> Fingerprint:
        """As it stands in the evidence."""
        value = base64.b64encode(self.packed()).decode() if self.matchable else ""
        return Fingerprint(algorithm=self.algorithm, value=value, matchable=self.matchable, pcm_sha256=self.pcm_sha256)

    @classmethod
    def from_schema(cls, fingerprint: Fingerprint) -> "FingerprintCodes":
        """From the evidence. Raises `MalformedFingerprint` for another algorithm or a damaged value."""
        if fingerprint.algorithm != ALGORITHM:
            raise MalformedFingerprint(f"algorithm {fingerprint.algorithm!r}, not {ALGORITHM!r}")
        if not fingerprint.value:
            return cls(no_peaks(), 0.0, False, fingerprint.pcm_sha256)
        try:
            data = base64.b64decode(fingerprint.value, validate=True)
        except ValueError as error:
            raise MalformedFingerprint("not base64") from error
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
    return len(Figures(peaks).sampled(POSTINGS)) >= MINIMUM_FIGURES


def no_peaks() -> Peaks:
    """The constellation of silence."""
    return Peaks(np.empty(0, np.int32), np.empty(0, np.int16), np.empty(0, np.uint8))


def _pack(peaks: Peaks, duration_s: float) -> bytes:
    """16 bits a peak: 4 bits of time step, 9 of pitch, 3 of strength; a pitch of 511 only passes 15 time steps."""
    steps = np.diff(peaks.time.astype(np.int64), prepend=0)
    skips = np.maximum(0, -(-steps // 15) - 1)
    last = np.cumsum(skips + 1) - 1
    array = np.full(int(skips.sum()) + len(peaks), 15 << 12 | _SKIP << 3, "<u2")
    tones = np.minimum(peaks.pitch.astype(np.int64), _SKIP - 1)
    array[last] = (steps - 15 * skips) << 12 | tones << 3 | peaks.strength
    head = round(duration_s * FRAME_RATE_HZ).to_bytes(4, "little")
    planes = np.concatenate([(array >> 8).astype(np.uint8), (array & 255).astype(np.uint8)])
    return zlib.compress(head + planes.tobytes(), 9)


def _unpack(data: bytes) -> tuple[Peaks, float]:
    inflate = zlib.decompressobj()
    try:
        raw = inflate.decompress(data, _LARGEST_BYTES)
    except zlib.error as error:
        raise MalformedFingerprint("not deflated") from error
    if not inflate.eof or inflate.unused_data or len(raw) < 4 or len(raw) % 2:
        raise MalformedFingerprint("cut off or longer than any recording")
    planes = np.frombuffer(raw, np.uint8, offset=4).reshape(2, -1).astype(np.uint16)
    words = planes[0] << 8 | planes[1]
    time = np.cumsum(words >> 12, dtype=np.int32)
    pitch = (words >> 3 & _SKIP).astype(np.int16)
    real = pitch != _SKIP
    peaks = Peaks(time[real], pitch[real], (words[real] & 7).astype(np.uint8))
    return peaks, int.from_bytes(raw[:4], "little") / FRAME_RATE_HZ
