"""The detector's view of a clip, plain or in disguise, and nothing else of the pipeline."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from classifiers.ai.detector import AiDetector
from classifiers.audio.decode import Decoder
from classifiers.audio.spectra import ANALYSIS_RATE_HZ, FINE_HOP, FINE_N_FFT, PowerFrames, Resampler, downmix
from classifiers.training.disguises import Disguise
from classifiers.training.sounds import Sound


@dataclass(frozen=True)
class Measurement:
    """Strength of the strongest comb after all guards (0 where there is none), its spacing, and the clip's length."""

    strength: float
    spacing_hz: float
    duration_s: float


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
    resampler, frames = Resampler(rate_hz, ANALYSIS_RATE_HZ), PowerFrames(FINE_N_FFT, FINE_HOP)
    for chunk, last in ((sound, False), (np.zeros(0, np.float32), True)):
        for power in frames.feed(resampler.feed(chunk, last=last)):
            detector.feed_fine(power)
    for power in frames.finish():
        detector.feed_fine(power)
    comb = detector.finding().comb
    duration_s = len(sound) / rate_hz
    return Measurement(comb.strength if comb else 0.0, comb.spacing_hz if comb else 0.0, duration_s)


def measure_file(path: Path, decoder: Decoder, disguise: Disguise | None = None) -> Measurement:
    """What the detector finds in a file, after an optional disguise.

    Raises:
        UnreadableAudio: as the decoder says.
    """
    sound, rate_hz, codec = read_mono(path, decoder)
    if disguise is not None:
        sound, rate_hz, codec = disguise(sound, rate_hz)
    return measure(sound, rate_hz, codec)
