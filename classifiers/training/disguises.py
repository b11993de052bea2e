"""What happens to a recording on its way: codecs, rate conversion, filters, noise, changed speed.

Each disguise takes a mono sound and its rate and gives them back changed. They are what the detector must see through.
"""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import scipy.signal
import soxr

from classifiers.audio.decode import Decoder
from classifiers.audio.spectra import downmix
from classifiers.training.files import write_audio
from classifiers.training.sounds import Sound

Disguise = Callable[[Sound, int], tuple[Sound, int, str]]
"""From a mono sound and its rate in Hz to the changed sound, its rate, and the codec that it came through."""


def encoded(sound: Sound, rate_hz: int, suffix: str, bit_rate_kbps: int) -> tuple[Sound, int, str]:
    """Encoded in the format of the suffix and decoded again."""
    with TemporaryDirectory() as folder, Decoder() as decoder:
        path = write_audio(Path(folder) / f"a{suffix}", sound, rate_hz=rate_hz, bit_rate_kbps=bit_rate_kbps)
        stream = decoder.open(path)
        blocks = [downmix(block).copy() for block in stream]
        return np.concatenate(blocks).astype(np.float32), stream.info.sample_rate_hz, stream.info.codec


def resampled(sound: Sound, rate_hz: int, to_hz: int) -> tuple[Sound, int, str]:
    """Converted to another sample rate, which takes away what lies over half of it."""
    return np.asarray(soxr.resample(sound, rate_hz, to_hz), np.float32), to_hz, "pcm_s16le"


def low_passed(sound: Sound, rate_hz: int, edge_hz: float) -> tuple[Sound, int, str]:
    """Without anything above ``edge_hz`` (Butterworth of eighth order, there and back)."""
    if edge_hz >= 0.45 * rate_hz:
        return sound, rate_hz, "pcm_s16le"
    sections = scipy.signal.butter(8, edge_hz, fs=rate_hz, output="sos")
    return scipy.signal.sosfiltfilt(sections, sound).astype(np.float32), rate_hz, "pcm_s16le"


def noisy(sound: Sound, rate_hz: int, snr_db: float) -> tuple[Sound, int, str]:
    """With white noise ``snr_db`` under the sound's RMS."""
    level = float(np.sqrt(np.mean(sound**2))) * 10 ** (-snr_db / 20)
    noise = np.random.default_rng(0).standard_normal(len(sound)).astype(np.float32)
    return sound + level * noise, rate_hz, "pcm_s16le"


def sped(sound: Sound, rate_hz: int, ratio: float) -> tuple[Sound, int, str]:
    """Played ``ratio`` times as fast; pitch rises with it."""
    return np.asarray(soxr.resample(sound, rate_hz * ratio, rate_hz), np.float32), rate_hz, "pcm_s16le"


def _semitones(count: float) -> float:
    return float(2 ** (count / 12))


DISGUISES: Mapping[str, Disguise] = {
    "MP3 64 kbit/s": partial(encoded, suffix=".mp3", bit_rate_kbps=64),
    "AAC 96 kbit/s": partial(encoded, suffix=".m4a", bit_rate_kbps=96),
    "Opus 64 kbit/s": partial(encoded, suffix=".opus", bit_rate_kbps=64),
    "resampled to 32 kHz": partial(resampled, to_hz=32_000),
    "low-pass 9 kHz": partial(low_passed, edge_hz=9_000.0),
    "noise at 30 dB": partial(noisy, snr_db=30.0),
    "+1 semitone by speed": partial(sped, ratio=_semitones(1)),
    "-1 semitone by speed": partial(sped, ratio=_semitones(-1)),
    "+2 semitones by speed": partial(sped, ratio=_semitones(2)),
    "-2 semitones by speed": partial(sped, ratio=_semitones(-2)),
    "3 % faster": partial(sped, ratio=1.03),
    "3 % slower": partial(sped, ratio=0.97),
    "8 % faster": partial(sped, ratio=1.08),
    "20 % faster": partial(sped, ratio=1.20),
    "20 % slower": partial(sped, ratio=0.80),
}
"""Every disguise by the name that tables give it."""
