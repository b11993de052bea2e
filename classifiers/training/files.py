"""Sounds written to files in every format that is delivered, with the tags that generators and people write."""

from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path

import numpy as np

from classifiers.training.sounds import RATE_HZ, Sound

ENCODERS: Mapping[str, tuple[str, str, str]] = {
    ".wav": ("wav", "pcm_s16le", "s16"),
    ".flac": ("flac", "flac", "s16"),
    ".mp3": ("mp3", "libmp3lame", "s16p"),
    ".ogg": ("ogg", "vorbis", "flt"),
    ".opus": ("ogg", "libopus", "s16"),
    ".m4a": ("ipod", "aac", "fltp"),
    ".aac": ("adts", "aac", "fltp"),
    ".aiff": ("aiff", "pcm_s16be", "s16"),
}
"""Container, encoder and sample format by suffix."""


def write_audio(path: Path, sound: Sound, *, rate_hz: int = RATE_HZ, bit_rate_kbps: int | None = None) -> Path:
    """Encode a sound to ``path`` in the format of its suffix and return the path.

    Args:
        sound: ``(frames,)`` or ``(frames, channels)`` of one or two channels, full scale 1.0.
        rate_hz: sample rate of the sound. Opus is written at 48 kHz whatever it is.
        bit_rate_kbps: for lossy formats; the encoder's default where it is missing.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".ogg":
        return _write_vorbis(path, sound, rate_hz, bit_rate_kbps or 128)
    import av

    container_name, codec, sample_format = ENCODERS[path.suffix]
    samples = np.atleast_2d(sound.T)
    layout = "mono" if len(samples) == 1 else "stereo"
    with av.open(str(path), "w", format=container_name) as container:
        stream = container.add_stream(codec, rate=48_000 if codec == "libopus" else rate_hz, layout=layout)
        stream.format = sample_format
        if bit_rate_kbps:
            stream.bit_rate = bit_rate_kbps * 1000
        resampler = av.AudioResampler(format=sample_format, layout=layout, rate=stream.rate, frame_size=1024)
        step = 1 << 16
        for start in range(0, samples.shape[1], step):
            block = np.ascontiguousarray(np.clip(samples[:, start : start + step], -1, 1), np.float32)
            frame = av.AudioFrame.from_ndarray(block, format="fltp", layout=layout)
            frame.sample_rate, frame.pts, frame.time_base = rate_hz, start, Fraction(1, rate_hz)
            for ready in resampler.resample(frame):
                container.mux(stream.encode(ready))
        for ready in resampler.resample(None):
            container.mux(stream.encode(ready))
        container.mux(stream.encode(None))
    return path


def _write_vorbis(path: Path, sound: Sound, rate_hz: int, bit_rate_kbps: int) -> Path:
    """Vorbis by libsndfile (PyAV's wheels have no encoder for it). Its quality scale is set by the bit rate."""
    import soundfile

    channels = 1 if sound.ndim == 1 else sound.shape[1]
    level = float(np.interp(bit_rate_kbps * 2 / channels, [45, 64, 128, 192, 320, 500], [1.0, 0.9, 0.6, 0.4, 0.1, 0.0]))
    with soundfile.SoundFile(
        path, "w", rate_hz, channels, format="OGG", subtype="VORBIS", compression_level=level
    ) as file:
        for start in range(0, len(sound), 1 << 16):
            file.write(sound[start : start + (1 << 16)])
    return path


def write_comment(path: Path, comment: str, *, title: str | None = None) -> Path:
    """Write a comment (and a title) into a file in the way of its format, as generators and taggers do."""
    import mutagen
    from mutagen.id3 import COMM, TIT2
    from mutagen.mp4 import MP4

    if path.suffix == ".wav":
        return _write_riff_info(path, {b"ICMT": comment, **({b"INAM": title} if title else {})})
    file = mutagen.File(path)
    if file.tags is None:
        file.add_tags()
    if isinstance(file, MP4):
        file.tags["\xa9cmt"] = [comment]
        if title:
            file.tags["\xa9nam"] = [title]
    elif path.suffix in (".mp3", ".aiff"):
        file.tags.add(COMM(encoding=3, lang="eng", desc="", text=[comment]))
        if title:
            file.tags.add(TIT2(encoding=3, text=[title]))
    else:
        file.tags["comment"] = [comment]
        if title:
            file.tags["title"] = [title]
    file.save()
    return path


def _write_riff_info(path: Path, values: Mapping[bytes, str]) -> Path:
    """Append a RIFF LIST INFO chunk and correct the length in the header."""
    body = b"INFO"
    for name, value in values.items():
        text = value.encode() + b"\0"
        body += name + len(text).to_bytes(4, "little") + text + b"\0" * (len(text) & 1)
    data = path.read_bytes()
    data += b"LIST" + len(body).to_bytes(4, "little") + body
    path.write_bytes(data[:4] + (len(data) - 8).to_bytes(4, "little") + data[8:])
    return path
