"""Fingerprints of files when nothing else is asked: decoding and the music frames, without the rest of the analysis."""

from pathlib import Path

import numpy as np

from classifiers.audio.decode import Decoder, Limits
from classifiers.audio.pcm import PcmDigest
from classifiers.audio.spectra import PowerFrames, Resampler, downmix
from classifiers.duplicates.fingerprint import FingerprintCodes, Fingerprinter
from classifiers.duplicates.frames import HOP, N_FFT, RATE_HZ


def listen(path: Path, decoder: Decoder, limits: Limits = Limits()) -> FingerprintCodes:
    """Fingerprint one file. Raises `classifiers.audio.decode.UnreadableAudio`."""
    stream = decoder.open(path, limits)
    digest = PcmDigest(stream.info.sample_rate_hz, stream.info.channels)
    to_music, frames = Resampler(stream.info.sample_rate_hz, RATE_HZ), PowerFrames(N_FFT, HOP)
    fingerprinter = Fingerprinter()
    for block in stream:
        mono = downmix(block)
        digest.feed(mono)
        for power in frames.feed(to_music.feed(mono)):
            fingerprinter.feed_music(power)
    for power in frames.feed(to_music.feed(np.zeros(0, np.float32), last=True)):
        fingerprinter.feed_music(power)
    for power in frames.finish():
        fingerprinter.feed_music(power)
    return fingerprinter.finish(duration_s=stream.duration_s, pcm_sha256=digest.finish())
