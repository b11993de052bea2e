"""Hard cases made of real recordings: two songs over one backing, and sounds that are no music at all."""

from collections.abc import Iterator

import numpy as np
import scipy.signal

from tests.bench.variants import RATE_HZ, Sound

VOICE_BAND_HZ = (250, 4_000)
LEAD_DB = (0.0, 1.5, 3.0)
"""Levels of a lead over its backing, in the band where voices are: as in a mix, the lead is the louder one."""


def voice_level(sound: Sound) -> float:
    band = scipy.signal.butter(2, VOICE_BAND_HZ, "bandpass", fs=RATE_HZ, output="sos")
    return float(np.sqrt(np.mean(np.square(scipy.signal.sosfilt(band, sound.mean(axis=0)))))) or 1e-9


def over_backing(backing: Sound, lead: Sound, decibels: float) -> Sound:
    """A lead over a backing, that much louder than it."""
    length = min(backing.shape[1], lead.shape[1])
    backing, lead = backing[:, :length], lead[:, :length]
    return backing + lead * (voice_level(backing) / voice_level(lead) * 10 ** (decibels / 20))


def noises(count: int) -> Iterator[Sound]:
    """Different white, pink and brown noises of 10 to 60 s, mono and stereo, at levels of a recording."""
    rng = np.random.default_rng(12)
    for number in range(count):
        length = int(RATE_HZ * rng.uniform(10, 60))
        power = (0, 1, 2)[number % 3]
        channels = 1 + number // 3 % 2
        spectrum = np.fft.rfft(rng.standard_normal((channels, length)), axis=1)
        spectrum /= np.maximum(np.fft.rfftfreq(length, 1 / RATE_HZ), 20.0) ** (power / 2)
        noise = np.fft.irfft(spectrum, length, axis=1)
        noise *= rng.uniform(0.02, 0.3) / np.std(noise)
        yield np.broadcast_to(noise, (2, length)).astype(np.float32)


def silences(count: int) -> Iterator[Sound]:
    """Digital silence, direct current, dither and the hum of an open line, of 5 to 60 s."""
    rng = np.random.default_rng(13)
    for number in range(count):
        length = int(RATE_HZ * rng.uniform(5, 60))
        sound = np.zeros((2, length), np.float32)
        if number % 4 == 1:
            sound += np.float32(rng.uniform(-0.01, 0.01))
        elif number % 4 == 2:
            sound += rng.integers(-1, 2, sound.shape).astype(np.float32) / 32_768
        elif number % 4 == 3:
            time = np.arange(length) / RATE_HZ
            sound += (10 ** (-80 / 20) * np.sin(2 * np.pi * 50 * time)).astype(np.float32)
        yield sound
