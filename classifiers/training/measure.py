"""The detector's view of a clip, plain or in disguise, and nothing else of the pipeline."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from classifiers.ai.detector import AiDetector
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

    ``comb`` and ``clock`` are the strengths of each alone.
    """

    strength: float
    spacing_hz: float
    duration_s: float
    comb: float = 0.0
    clock: float = 0.0


def read_mono(path: Path, decoder: Decoder) -> tuple[Sound, int, str]:
    """A whole file as the pipeline hears it: mono, its sample rate, its codec.

    Raises:
        UnreadableAudio: as the decoder says.
    """
    stream = decoder.open(path)
    blocks = [downmix(block).copy() for block in stream]
    return np.concatenate(blocks), stream.info.sample_rate_hz, stream.info.codec


def measure(sound: Sound, rate_hz: int, codec: str) -> Measurement:
    """What the detector finds in a mono sound."""
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
    return Measurement(max(strengths.values()), spacing_hz, len(sound) / rate_hz, **strengths)


def measure_file(path: Path, decoder: Decoder, disguise: Disguise | None = None) -> Measurement:
    """What the detector finds in a file, after an optional disguise.

    Raises:
        UnreadableAudio: as the decoder says.
    """
    sound, rate_hz, codec = read_mono(path, decoder)
    if disguise is not None:
        sound, rate_hz, codec = disguise(sound, rate_hz)
    return measure(sound, rate_hz, codec)
