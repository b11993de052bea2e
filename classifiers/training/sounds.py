"""Sounds made here, with known properties: what the demonstration, the tests and the benchmark listen to.

Every maker is a pure function of its arguments: the same seed gives the same samples. Sounds are float32 arrays of
shape ``(frames, channels)`` or ``(frames,)``, full scale 1.0.
"""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

Sound = npt.NDArray[np.float32]

RATE_HZ = 44_100
_CHORDS = ((0, 4, 7), (9, 12, 16), (5, 9, 12), (7, 11, 14), (2, 5, 9), (4, 7, 11))
_SCALE = (0, 2, 4, 5, 7, 9, 11, 12, 14, 16)


def silence(duration_s: float, rate_hz: int = RATE_HZ) -> Sound:
    return np.zeros(int(duration_s * rate_hz), np.float32)


def tone(duration_s: float, frequency_hz: float = 440.0, level_db: float = -12.0, rate_hz: int = RATE_HZ) -> Sound:
    """A sine whose peak stands at ``level_db`` dBFS."""
    time = np.arange(int(duration_s * rate_hz)) / rate_hz
    return (10 ** (level_db / 20) * np.sin(2 * np.pi * frequency_hz * time)).astype(np.float32)


def noise(
    duration_s: float, colour: str = "white", *, seed: int = 0, level_db: float = -18.0, rate_hz: int = RATE_HZ
) -> Sound:
    """Stationary noise of RMS ``level_db`` dBFS: ``white``, ``pink`` (-3 dB an octave) or ``brown`` (-6 dB)."""
    slope = {"white": 0.0, "pink": 0.5, "brown": 1.0}[colour]
    count = int(duration_s * rate_hz)
    spectrum = np.fft.rfft(np.random.default_rng(seed).standard_normal(count))
    frequencies = np.fft.rfftfreq(count, 1 / rate_hz)
    spectrum *= np.maximum(frequencies, 20.0) ** -slope
    spectrum[frequencies < 10.0] = 0
    sound = np.fft.irfft(spectrum, count)
    return _at_level(sound, level_db)


def rain(duration_s: float, *, seed: int = 0, level_db: float = -20.0, rate_hz: int = RATE_HZ) -> Sound:
    """Rain: a bed of filtered noise and thousands of short drops of different brightness."""
    random = np.random.default_rng(seed)
    sound = 0.6 * noise(duration_s, "pink", seed=seed, rate_hz=rate_hz).astype(np.float64)
    drops = random.integers(0, len(sound) - 600, int(duration_s * 400))
    decay = np.exp(-np.arange(600) / 60.0)
    burst = random.standard_normal((16, 600)) * decay
    for start, kind, level in zip(
        drops, random.integers(0, 16, len(drops)), random.exponential(0.15, len(drops)), strict=True
    ):
        sound[start : start + 600] += level * burst[kind]
    return _at_level(sound, level_db)


def _at_level(sound: npt.NDArray[np.float64], level_db: float) -> Sound:
    level = float(10 ** (level_db / 20) / np.sqrt(np.mean(sound**2)))
    return np.asarray(sound * level, np.float32)


def music(
    duration_s: float, *, seed: int = 0, tempo_bpm: float | None = None, channels: int = 2, rate_hz: int = RATE_HZ
) -> Sound:
    """A plain synthetic piece: bass, chords, a melody that does not repeat, drums and some room.

    Tempo, key, chord order, timbres and the melody come from the seed. It holds energy up to 20 kHz (cymbals, breath)
    and, as no strided decoder made it, no equally spaced lines.
    """
    random = np.random.default_rng(seed)
    beat_s = 60.0 / (tempo_bpm or float(random.uniform(84, 138)))
    frames = int(duration_s * rate_hz)
    left, right = np.zeros(frames + rate_hz * 4), np.zeros(frames + rate_hz * 4)
    key = 45 + int(random.integers(0, 12))
    timbres = [1.0 / np.arange(1, 13) ** random.uniform(0.9, 2.2) * random.uniform(0.4, 1.0, 12) for _ in range(3)]

    def add(sound: npt.NDArray[np.float64], at_s: float, level: float, pan: float) -> None:
        start = int(at_s * rate_hz)
        if start < frames:
            left[start : start + len(sound)] += level * (1 - pan) * sound
            right[start : start + len(sound)] += level * pan * sound

    drums = _drum_kit(random, rate_hz)
    at_s, beat = 0.0, 0
    chord = _CHORDS[0]
    while at_s < duration_s:
        if beat % 4 == 0:
            chord = _CHORDS[int(random.integers(0, len(_CHORDS)))]
            for position, step in enumerate(chord):
                length = beat_s * 4 * random.uniform(0.8, 1.0)
                add(_note(key + 12 + step, length, timbres[1], random, rate_hz, 0.04), at_s, 0.09, 0.3 + 0.2 * position)
        add(_note(key - 12 + chord[0], beat_s * 0.9, timbres[0], random, rate_hz, 0.01), at_s, 0.22, 0.5)
        for half in range(int(random.integers(0, 4))):
            step = _SCALE[int(random.integers(0, len(_SCALE)))]
            late = half * beat_s / 3 + random.normal(0, 0.006)
            add(
                _note(key + 24 + step, beat_s * random.uniform(0.3, 1.4), timbres[2], random, rate_hz, 0.008),
                max(0.0, at_s + late),
                0.12 * random.uniform(0.5, 1.0),
                0.62,
            )
        kick, snare, hat = drums
        add(kick if beat % 2 == 0 else snare, at_s, 0.5 * random.uniform(0.85, 1.0), 0.5)
        for quarter in range(2):
            add(hat * random.uniform(0.3, 1.0), at_s + quarter * beat_s / 2, 0.12, 0.4)
        at_s += beat_s
        beat += 1
    piece = np.stack([left, right], axis=1)[:frames]
    piece[: len(piece)] += 0.0008 * random.standard_normal(piece.shape)
    piece *= 0.7 / max(1e-9, float(np.abs(piece).max()))
    sound: Sound = piece.astype(np.float32)
    return sound if channels == 2 else np.ascontiguousarray(sound.mean(axis=1, keepdims=channels == 1))


def _note(
    pitch: float,
    length_s: float,
    timbre: npt.NDArray[np.float64],
    random: np.random.Generator,
    rate_hz: int,
    attack_s: float,
) -> npt.NDArray[np.float64]:
    """One note of a MIDI pitch: partials with a little vibrato and detuning, each fading at its own rate."""
    time = np.arange(int(max(0.06, length_s) * rate_hz)) / rate_hz
    frequency = 440.0 * 2 ** ((pitch - 69 + random.normal(0, 0.03)) / 12)
    phase = 2 * np.pi * frequency * time + 0.6 * np.sin(2 * np.pi * random.uniform(4.5, 6.0) * time)
    sound = np.zeros_like(time)
    for partial, level in enumerate(timbre, start=1):
        if frequency * partial < 0.45 * rate_hz:
            sound += level * np.sin(partial * phase * (1 + 2e-5 * partial**2)) * np.exp(-time * partial * 0.7)
    fade = np.minimum(1.0, np.minimum(time / attack_s, (time[-1] - time) / 0.02))
    result: npt.NDArray[np.float64] = sound * np.clip(fade, 0, 1)
    return result


def _drum_kit(random: np.random.Generator, rate_hz: int) -> tuple[npt.NDArray[np.float64], ...]:
    time = np.arange(int(0.35 * rate_hz)) / rate_hz
    kick = np.sin(2 * np.pi * (50 * time + 6 * (1 - np.exp(-time * 40)))) * np.exp(-time * 14)
    hiss = random.standard_normal(len(time))
    bright = np.diff(hiss, prepend=0.0)
    snare = 0.5 * hiss * np.exp(-time * 22) + 0.5 * np.sin(2 * np.pi * 185 * time) * np.exp(-time * 18)
    return kick, snare, bright * np.exp(-time * 55)


def loop(duration_s: float, *, seed: int = 0, cycle_s: float = 2.0, rate_hz: int = RATE_HZ) -> Sound:
    """Exact repetition: ``cycle_s`` seconds of a piece, again and again."""
    cycle = music(cycle_s, seed=seed, rate_hz=rate_hz)
    count = int(duration_s * rate_hz)
    return np.tile(cycle, (-(-count // len(cycle)), 1))[:count]


def strided_decoder(
    sound: Sound,
    *,
    strides: tuple[int, ...] = (8, 5, 4, 2),
    seed: int = 0,
    line_level_db: float = -8.0,
    rate_hz: int = RATE_HZ,
) -> Sound:
    """The sound as a generator's decoder would leave it: passed through strided transposed convolutions.

    A small untrained decoder (PyTorch, ``ConvTranspose1d`` of the given strides with kernels of twice the stride, as
    in EnCodec and DAC) upsamples frames of the sound's own envelope. Inserting zeros makes images of whatever stands
    still in the features, so lines appear at multiples of ``rate_hz / prod(strides)``, whatever the weights (Afchar et
    al., ISMIR 2025). What a trained decoder leaves follows the sound's own spectrum; so that an untrained one's does,
    each line is brought to ``line_level_db`` of the sound's power in the band around it, give or take a few dB.
    """
    import torch

    hop = int(np.prod(strides))
    flat = np.atleast_2d(sound.T).mean(axis=0)
    frames = -(-len(flat) // hop)
    padded = np.zeros(frames * hop, np.float32)
    padded[: len(flat)] = flat
    envelope = np.sqrt(np.mean(padded.reshape(frames, hop) ** 2, axis=1) + 1e-9)
    generator = torch.Generator().manual_seed(seed)
    width = 16
    steady = torch.randn(1, width, 1, generator=generator)
    features = steady + 0.1 * torch.randn(1, width, frames, generator=generator)
    features = features * torch.from_numpy(envelope.astype(np.float32))
    with torch.no_grad():
        for stride in strides:
            out = max(2, width // 2)
            layer = torch.nn.ConvTranspose1d(width, out, 2 * stride, stride, stride // 2 + stride % 2, stride % 2)
            for weights in layer.parameters():
                weights.copy_(torch.randn(weights.shape, generator=generator) / (width * 2) ** 0.5)
            features, width = torch.nn.functional.elu(layer(features)), out
        decoded = features.mean(dim=1)[0].numpy()
    decoded = np.pad(decoded[: len(flat)], (0, max(0, len(flat) - len(decoded))))
    added = _levelled(decoded, flat, rate_hz / hop, line_level_db, rate_hz, np.random.default_rng(seed))
    return np.ascontiguousarray(sound + (added[:, None] if sound.ndim == 2 else added))


def _levelled(
    lines: Sound, sound: Sound, spacing_hz: float, level_db: float, rate_hz: int, random: np.random.Generator
) -> Sound:
    """``lines`` with the power in each band of one spacing set against the sound's own power there."""
    spectrum, reference = np.fft.rfft(lines), np.fft.rfft(sound)
    band = np.round(np.fft.rfftfreq(len(lines), 1 / rate_hz) / spacing_hz).astype(np.int64)
    have, want = np.bincount(band, np.abs(spectrum) ** 2), np.bincount(band, np.abs(reference) ** 2)
    level = 10 ** ((level_db + random.normal(0.0, 3.0, len(have))) / 10)
    gain = np.sqrt(level * want / np.maximum(have, 1e-20))
    gain[0] = 0.0
    return np.fft.irfft(spectrum * gain[band], len(lines)).astype(np.float32)


MAKERS: dict[str, Callable[..., Sound]] = {
    "music": music,
    "loop": loop,
    "rain": rain,
    "noise": noise,
    "tone": tone,
    "silence": silence,
}
"""Every maker by name."""
