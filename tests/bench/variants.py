"""What is done to a recording before it is delivered again: the rows of the duplicate matrix.

Sound is stereo float32 of shape (2, samples) at 44.1 kHz. Codecs are real encoders (through PyAV), tempo is FFmpeg's
WSOLA (`atempo`), pitch a phase vocoder (librosa) and speed plain resampling (soxr). Everything random is seeded.
"""

import io
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import librosa
import numpy as np
import scipy.signal
import soundfile
import soxr

RATE_HZ = 44_100
Sound = np.ndarray
Variant = Callable[[Sound, Sound], Sound]


def read(path: Path | io.BytesIO) -> Sound:
    """Decode a file to stereo at 44.1 kHz; a mono file has two equal channels."""
    source = path if isinstance(path, io.BytesIO) else str(path)
    with av.open(source) as container:
        resampler = av.AudioResampler("fltp", "stereo", RATE_HZ)
        blocks = [out.to_ndarray() for frame in container.decode(audio=0) for out in resampler.resample(frame)]
        blocks += [out.to_ndarray() for out in resampler.resample(None)]
    return np.concatenate(blocks, axis=1).astype(np.float32)


def _frame(sound: Sound, rate_hz: int) -> av.AudioFrame:
    frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(sound, np.float32), format="fltp", layout="stereo")
    frame.sample_rate, frame.pts, frame.time_base = rate_hz, 0, Fraction(1, rate_hz)
    return frame


def vorbis(sound: Sound, quality: int) -> Sound:
    """Through Ogg Vorbis of that quality (libsndfile's compression level is 1 - quality / 10) and back."""
    file = io.BytesIO()
    clipped = np.clip(sound, -1, 1).T
    soundfile.write(file, clipped, RATE_HZ, format="OGG", subtype="VORBIS", compression_level=1 - quality / 10)
    file.seek(0)
    return read(file)


def coded(sound: Sound, container: str, codec: str, kbps: int) -> Sound:
    """Through a real encoder of FFmpeg's and back."""
    rate_hz = 48_000 if codec == "libopus" else RATE_HZ
    if rate_hz != RATE_HZ:
        sound = soxr.resample(sound.T, RATE_HZ, rate_hz).T
    file = io.BytesIO()
    with av.open(file, "w", format=container) as out:
        stream = out.add_stream(codec, rate=rate_hz)
        stream.layout = "stereo"
        stream.bit_rate = kbps * 1000
        resampler = av.AudioResampler(stream.format.name, "stereo", rate_hz, frame_size=stream.frame_size or 1024)
        for frame in [*resampler.resample(_frame(np.clip(sound, -1, 1), rate_hz)), *resampler.resample(None)]:
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    file.seek(0)
    return read(file)


def filtered(sound: Sound, *filters: tuple[str, str]) -> Sound:
    """Through FFmpeg's audio filters."""
    graph = av.filter.Graph()
    source = graph.add_abuffer(format="fltp", sample_rate=RATE_HZ, layout="stereo", time_base=Fraction(1, RATE_HZ))
    chain = [source, *(graph.add(name, options) for name, options in filters)]
    chain += [graph.add("aformat", "sample_fmts=fltp:channel_layouts=stereo"), graph.add("abuffersink")]
    graph.link_nodes(*chain).configure()
    source.push(_frame(sound, RATE_HZ))
    source.push(None)
    blocks = []
    while True:
        try:
            blocks.append(chain[-1].pull().to_ndarray())
        except (av.error.EOFError, av.error.BlockingIOError):
            return np.concatenate(blocks, axis=1).astype(np.float32)


def level(sound: Sound) -> float:
    """Root mean square over everything."""
    return float(np.sqrt(np.mean(np.square(sound, dtype=np.float64)))) or 1e-9


def speed(sound: Sound, ratio: float) -> Sound:
    """Played `ratio` times as fast, pitch with it."""
    return soxr.resample(sound.T, RATE_HZ, RATE_HZ / ratio).T.astype(np.float32)


def tempo(sound: Sound, ratio: float) -> Sound:
    """`ratio` times as fast at the same pitch."""
    return filtered(sound, ("atempo", str(ratio)))


def pitch(sound: Sound, semitones: float) -> Sound:
    """Transposed at the same tempo, by a phase vocoder."""
    middle = librosa.effects.pitch_shift(sound.mean(axis=0), sr=RATE_HZ, n_steps=semitones)
    return np.stack([middle, middle]).astype(np.float32)


def noise(sound: Sound, decibels: float) -> Sound:
    """White noise at a signal-to-noise ratio."""
    hiss = np.random.default_rng(5).standard_normal(sound.shape).astype(np.float32)
    return sound + hiss * (level(sound) / 10 ** (decibels / 20))


def bed(sound: Sound, other: Sound, decibels: float) -> Sound:
    """Other music under it, that much louder (negative: softer)."""
    repeated = np.tile(other, (1, sound.shape[1] // other.shape[1] + 1))[:, : sound.shape[1]]
    return sound + repeated * (level(sound) / level(repeated) * 10 ** (decibels / 20))


def reverb(sound: Sound, seconds: float = 1.2) -> Sound:
    """A room as loud as the sound itself, decaying by 60 dB in `seconds`."""
    length = int(RATE_HZ * seconds)
    decay = 10 ** (-3 * np.arange(length) / length)
    room = np.random.default_rng(7).standard_normal((2, length)) * decay
    room /= np.sqrt(np.square(room).sum(axis=1, keepdims=True))
    wet = scipy.signal.oaconvolve(sound, room, axes=1)[:, : sound.shape[1]]
    return (0.5 * sound + 0.5 * wet).astype(np.float32)


def telephone(sound: Sound) -> Sound:
    """300 to 3,400 Hz, sampled at 8 kHz in 8 bits of mu-law."""
    band = scipy.signal.butter(4, (300, 3400), "bandpass", fs=RATE_HZ, output="sos")
    mono = soxr.resample(scipy.signal.sosfilt(band, sound.mean(axis=0)), RATE_HZ, 8_000)
    mono = mono / (np.abs(mono).max() or 1)
    law = np.sign(mono) * np.log1p(255 * np.abs(mono)) / np.log(256)
    law = np.round(law * 127) / 127
    line = np.sign(law) * (256 ** np.abs(law) - 1) / 255
    back = soxr.resample(line, 8_000, RATE_HZ).astype(np.float32)
    return np.stack([back, back])


def middle(sound: Sound, seconds: float) -> Sound:
    """The middle of it, or all where it is shorter."""
    length = int(seconds * RATE_HZ)
    start = max(0, (sound.shape[1] - length) // 2)
    return sound[:, start : start + length]


def faded(sound: Sound, seconds: float = 5.0) -> Sound:
    ramp = np.ones(sound.shape[1], np.float32)
    length = min(int(seconds * RATE_HZ), sound.shape[1] // 2)
    ramp[:length] = np.linspace(0, 1, length)
    ramp[-length:] = np.linspace(1, 0, length)
    return sound * ramp


def equalised(sound: Sound) -> Sound:
    """Bass up, middle down, treble up by 8 dB."""
    return filtered(
        sound, ("bass", "g=8:f=200"), ("equalizer", "f=1000:width_type=o:w=1.5:g=-8"), ("treble", "g=8:f=3000")
    )


def compressed(sound: Sound) -> Sound:
    """Heavy compression at -30 dB."""
    return filtered(sound, ("acompressor", "threshold=0.03:ratio=12:attack=5:release=80:makeup=4"))


def mp3(sound: Sound, kbps: int) -> Sound:
    return coded(sound, "mp3", "libmp3lame", kbps)


def combination(sound: Sound) -> Sound:
    """Trimmed, 2 % faster, noise at 20 dB, MP3 at 96 kbit/s."""
    return mp3(noise(speed(sound[:, int(3.3 * RATE_HZ) :], 1.02), 20), 96)


VARIANTS: dict[str, Variant] = {
    "MP3 128": lambda s, o: mp3(s, 128),
    "MP3 64": lambda s, o: mp3(s, 64),
    "AAC 128": lambda s, o: coded(s, "adts", "aac", 128),
    "Ogg q3": lambda s, o: vorbis(s, 3),
    "Opus 48": lambda s, o: coded(s, "ogg", "libopus", 48),
    "trim 5 s": lambda s, o: s[:, 5 * RATE_HZ + 333 :],
    "middle 60 s": lambda s, o: middle(s, 60),
    "middle 20 s": lambda s, o: middle(s, 20),
    "prepend 10 s": lambda s, o: np.concatenate([o[:, : 10 * RATE_HZ], s], axis=1),
    "fade": lambda s, o: faded(s),
    "invert": lambda s, o: -s,
    "mono": lambda s, o: np.stack([s[0], s[0]]),
    "EQ +-8 dB": lambda s, o: equalised(s),
    "compressor": lambda s, o: compressed(s),
    "reverb": lambda s, o: reverb(s),
    "telephone band": lambda s, o: telephone(s),
    "noise 20 dB": lambda s, o: noise(s, 20),
    "noise 10 dB": lambda s, o: noise(s, 10),
    "music bed -12 dB": lambda s, o: bed(s, o, -12),
    **{
        f"speed {r}": (lambda s, o, r=r: speed(s, r))
        for r in (0.8, 0.92, 0.96, 0.98, 0.99, 1.01, 1.02, 1.04, 1.08, 1.2)
    },
    **{f"pitch {p:+}": (lambda s, o, p=p: pitch(s, p)) for p in (-2.0, -1.0, -0.5, 0.5, 1.0, 2.0)},
    **{f"tempo {r}": (lambda s, o, r=r: tempo(s, r)) for r in (0.92, 0.96, 1.04, 1.08)},
    "slowed 0.85 + reverb": lambda s, o: reverb(speed(s, 0.85)),
    "MP3 + speed 1.02 + noise + trim": lambda s, o: combination(s),
}
"""The rows of the matrix: each takes the recording and another, unrelated one."""
