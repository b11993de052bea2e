"""The detector's view of a clip, plain or in disguise, and nothing else of the pipeline."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from classifiers.ai.detector import AiDetector
from classifiers.ai.guards import Guard
from classifiers.audio.decode import Decoder
from classifiers.audio.spectra import (
    ANALYSIS_RATE_HZ,
    FINE_HOP,
    FINE_N_FFT,
    FINE_THINNED_FROM,
    PowerFrames,
    Resampler,
    downmix,
)
from classifiers.training.disguises import Disguise
from classifiers.training.sounds import Sound


@dataclass(frozen=True)
class Measurement:
    """The stronger of comb and clock after all guards (0 where there is neither), its spacing, and the clip's length.

    ``comb`` and ``clock`` are the strengths of each alone, ``without`` what the strength would be without a guard.
    """

    strength: float
    spacing_hz: float
    duration_s: float
    comb: float = 0.0
    clock: float = 0.0
    without: Mapping[Guard, float] = field(default_factory=dict)


def read_mono(path: Path, decoder: Decoder) -> tuple[Sound, int, str]:
    """A whole file as the pipeline hears it: mono, its sample rate, its codec.

    Raises:
        UnreadableAudio: as the decoder says.
    """
    stream = decoder.open(path)
    blocks = [downmix(block).copy() for block in stream]
    return np.concatenate(blocks), stream.info.sample_rate_hz, stream.info.codec


def measure(sound: Sound, rate_hz: int, codec: str, *, guards: bool = False) -> Measurement:
    """What the detector finds in a mono sound; with ``guards``, also what it would find without each of them."""
    detector = AiDetector(rate_hz, codec, None, rate_hz)
    resampler = Resampler(rate_hz, ANALYSIS_RATE_HZ)
    frames = PowerFrames(FINE_N_FFT, FINE_HOP, thinned_from=FINE_THINNED_FROM)
    for chunk, last in ((sound, False), (np.zeros(0, np.float32), True)):
        resampled = resampler.feed(chunk, last=last)
        detector.feed_sound(resampled)
        for power in frames.feed(resampled):
            detector.feed_fine(power)
    for power in frames.finish():
        detector.feed_fine(power)
    found = {"comb": detector.finding().comb, "clock": detector.clock()}
    strengths = {name: expert.strength if expert else 0.0 for name, expert in found.items()}
    strongest = found[max(strengths, key=lambda name: strengths[name])]
    spacing_hz = strongest.spacing_hz if strongest else 0.0
    without = {guard: _strength_without(detector, guard, strengths["clock"]) for guard in Guard} if guards else {}
    return Measurement(max(strengths.values()), spacing_hz, len(sound) / rate_hz, **strengths, without=without)


_OF_CLOCKS = (Guard.REPETITION, Guard.HELD_NOTES, Guard.BROAD_LINES, Guard.CODEC_GRIDS)
"""Guards that the clock search has too."""


def _strength_without(detector: AiDetector, guard: Guard, clock_strength: float) -> float:
    comb = detector.finding(guard).comb
    if guard in _OF_CLOCKS:
        clock = detector.clock(guard)
        clock_strength = clock.strength if clock else 0.0
    return max(comb.strength if comb else 0.0, clock_strength)


def measure_file(
    path: Path, decoder: Decoder, disguise: Disguise | None = None, *, guards: bool = False
) -> Measurement:
    """What the detector finds in a file, after an optional disguise, and on wish without each guard.

    Raises:
        UnreadableAudio: as the decoder says.
    """
    sound, rate_hz, codec = read_mono(path, decoder)
    if disguise is not None:
        sound, rate_hz, codec = disguise(sound, rate_hz)
    return measure(sound, rate_hz, codec, guards=guards)
